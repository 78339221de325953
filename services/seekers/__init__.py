"""People who look for work: who they are, the day's check-in, and the draw that anyone can check."""
