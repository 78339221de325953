"""The network tree, what its screens say of a station, staff accounts, screen devices and notices."""
