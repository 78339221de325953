"""The one door: HTTP in, RPC out. It knows callers and shapes, and no business rule."""
