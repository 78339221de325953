"""What is said on the bus, over RPC and to a screen: pure pydantic, no I/O, one definition per message."""
