"""Decisions about planning, wording and delivering: pure, over contracts and the standard library."""
