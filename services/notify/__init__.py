"""What people are told outside the screens: who hears what, when, in which words, and what became of it."""
