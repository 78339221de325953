"""Decisions about identity numbers, check-ins and draws: pure, over contracts and the standard library."""
