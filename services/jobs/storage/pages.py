"""Pages of the rows of a subtree."""

from yizhan.network.pages import MOST_TERMS, Listing, Subtree, cut

__all__ = ["MOST_TERMS", "Listing", "Subtree", "cut"]
