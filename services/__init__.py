"""The services: each owns its rows and its words, and none imports another."""
