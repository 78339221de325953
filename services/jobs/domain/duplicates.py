"""Postings that say the same again: word for word, or nearly so."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from yizhan.contracts.jobs import Likeness, Posting, PostingStage, PostingTerms

_SHINGLE = 2
#: What ended before anybody verified it, nothing repeats.
ENDED = (PostingStage.WITHDRAWN, PostingStage.EXPIRED)
#: What nobody has put forward says nothing yet.
NOT_SAID_YET = (PostingStage.DRAFT, PostingStage.REJECTED)
#: Blanks and punctuation, which people put as they like.
_NOISE = re.compile(r"[\W_]+")


def fingerprint(employer_id: str, terms: PostingTerms) -> str:
    """The same for postings of one employer that say the same, at the same place and time; 64 hex digits."""
    said = "\n".join(
        (
            employer_id,
            _plain(terms.trade),
            _plain(terms.place),
            _plain(terms.description),
            terms.wage.model_dump_json(),
            terms.starts_at.isoformat(),
            "" if terms.ends_at is None else terms.ends_at.isoformat(),
        )
    )
    return hashlib.sha256(said.encode()).hexdigest()


def likenesses(
    employer_id: str, terms: PostingTerms, others: Iterable[Posting], *, near_share: float
) -> tuple[Likeness, ...]:
    """Those of the others that say the same, or share at least `near_share` of their wording, likest
    first."""
    own_print, own = fingerprint(employer_id, terms), _shingles(terms)
    found = []
    for other in others:
        if other.verified_at is None and other.whole_stage in ENDED:
            continue
        exact = fingerprint(other.employer_id, other.terms) == own_print
        share = 1.0 if exact else _jaccard(own, _shingles(other.terms))
        if share >= near_share:
            share = round(share, 2)
            of = other.duplicate_of
            found.append(Likeness(posting_id=other.id, share=share, exact=exact, duplicate_of=of))
    return tuple(
        sorted(
            found,
            key=lambda like: (not like.exact, -like.share, like.duplicate_of is not None, like.posting_id),
        )
    )


def _shingles(terms: PostingTerms) -> frozenset[str]:
    # Each part by itself: what ends one and begins the next says nothing. The wage weighs as a word does.
    shingles = {f"wage {terms.wage.unit} {terms.wage.fen}"}
    for part in (terms.trade, terms.place, terms.description):
        plain = _plain(part)
        shingles.update(plain[at : at + _SHINGLE] for at in range(max(len(plain) - _SHINGLE + 1, 1)) if plain)
    return frozenset(shingles)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _plain(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).lower())
