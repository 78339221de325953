"""Decisions about stations, staff, devices and notices: pure, over contracts and the standard library."""
