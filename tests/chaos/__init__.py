"""Breaking the whole system on purpose, and accounting for every command afterwards."""
