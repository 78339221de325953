"""A county's day from a seed, matched by the code that matches in production, beside the best that hindsight
could have done."""
