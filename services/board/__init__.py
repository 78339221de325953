"""What every screen shows: facts are folded into ordered changes per station, and told to the screens."""
