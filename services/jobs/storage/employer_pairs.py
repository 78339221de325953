"""Entries of the register that may be one employer: the traits that they share, and the pairs themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, true, update

from services.jobs.domain.employer_duplicates import Trait
from services.jobs.storage.employer_tables import employer_pairs, employer_traits
from services.jobs.storage.tables import employers
from yizhan.contracts.employer_duplicates import DuplicateReason
from yizhan.contracts.employers import EmployerStatus
from yizhan.contracts.identifiers import new_identifier
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree, cut

#: A trait that so many share tells nothing: a common name, the number of a labour market's office.
_MOST_ALIKE = 20
#: A statement takes so many values at once on both databases.
_MOST_VALUES = 1000

_TRAITS_OF = select(employer_traits.c.reason, employer_traits.c.trait).where(
    employer_traits.c.employer_id == bindparam("employer_id")
)
_ALIKE = (
    select(employers.c.id, employers.c.station)
    .select_from(employer_traits.join(employers, employers.c.id == employer_traits.c.employer_id))
    .where(
        employer_traits.c.reason == bindparam("reason"),
        employer_traits.c.trait == bindparam("trait"),
        employers.c.id != bindparam("employer_id"),
        employers.c.status != EmployerStatus.MERGED.value,
    )
    .limit(_MOST_ALIKE)
)
_SHARED = (
    select(employer_traits.c.reason, employer_traits.c.trait)
    .where(
        employer_traits.c.reason.in_([reason.value for reason in DuplicateReason]),
        employer_traits.c.trait.in_(bindparam("traits", expanding=True)),
    )
    .group_by(employer_traits.c.reason, employer_traits.c.trait)
    .having(func.count() > 1)
)
_PAIRS_OF = select(employer_pairs).where(
    or_(
        employer_pairs.c.one_id == bindparam("employer_id"),
        employer_pairs.c.other_id == bindparam("employer_id"),
    )
)
_INSERT_TRAIT = insert(employer_traits)
_DELETE_TRAIT = delete(employer_traits).where(
    employer_traits.c.reason == bindparam("of_reason"),
    employer_traits.c.trait == bindparam("of_trait"),
    employer_traits.c.employer_id == bindparam("of_employer"),
)
_DELETE_PAIR = delete(employer_pairs).where(employer_pairs.c.id == bindparam("pair_id"))
_CHANGE_PAIR = (
    update(employer_pairs)
    .where(employer_pairs.c.id == bindparam("pair_id"))
    .values(reasons=bindparam("new_reasons"))
)
_ONE = select(employer_pairs).where(
    employer_pairs.c.id == bindparam("id"), employer_pairs.c.waiting == true()
)
_DISMISS = (
    update(employer_pairs)
    .where(employer_pairs.c.id == bindparam("pair_id"), employer_pairs.c.waiting == true())
    .values(
        waiting=False,
        dismissed_by=bindparam("by"),
        dismissed_at=bindparam("at"),
        dismissed_because=bindparam("because"),
    )
)
_WAITING = Listing(employer_pairs, employer_pairs.c.waiting == true())


@dataclass(frozen=True)
class Pair:
    """A pair by its ids."""

    id: str
    station: str
    one_id: str
    other_id: str
    reasons: tuple[DuplicateReason, ...]
    found_at: datetime


class EmployerPairs:
    """Pairs are found when an entry is written, so that to list them costs the same in a long register."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(
        self,
        tx: Connection,
        employer_id: str,
        traits: Iterable[Trait],
        *,
        meet: Callable[[str], str | None],
        now: datetime,
    ) -> None:
        """Keep an entry's traits, and the pairs that follow from them.

        meet: from another entry's station to the lowest one that both lie below; None for none. A pair that
        was dismissed stays so.
        """
        self._keep_traits(tx, employer_id, frozenset(traits))
        alike = self._alike(tx, employer_id, traits)
        known = self._revise(tx, employer_id, {other: reasons for other, (_, reasons) in alike.items()})
        fresh = {other: found for other, found in alike.items() if other not in known}
        self._add_pairs(tx, employer_id, fresh, meet=meet, now=now)

    def note_new(
        self,
        tx: Connection,
        traits_of: Mapping[str, frozenset[Trait]],
        *,
        meet: Callable[[str], str | None],
        now: datetime,
    ) -> None:
        """The same for many new entries of one station. traits_of: by entry."""
        rows = [
            {"reason": reason.value, "trait": trait, "employer_id": id}
            for id, traits in traits_of.items()
            for reason, trait in sorted(traits)
        ]
        if not rows:
            return
        tx.execute(_INSERT_TRAIT, rows)
        # Nearly every entry is like no other, and only for those that are is more asked.
        shared = self._shared(tx, sorted({row["trait"] for row in rows}))
        for id, traits in traits_of.items():
            if alike := self._alike(tx, id, traits & shared):
                self._add_pairs(tx, id, alike, meet=meet, now=now)

    def _shared(self, tx: Connection, traits: Sequence[str]) -> frozenset[Trait]:
        """Those of some traits that more than one entry has."""
        found: set[Trait] = set()
        for start in range(0, len(traits), _MOST_VALUES):
            asked = tx.execute(_SHARED, {"traits": traits[start : start + _MOST_VALUES]})
            found.update((DuplicateReason(row.reason), row.trait) for row in asked)
        return frozenset(found)

    def _add_pairs(
        self,
        tx: Connection,
        employer_id: str,
        alike: Mapping[str, tuple[str, list[str]]],
        *,
        meet: Callable[[str], str | None],
        now: datetime,
    ) -> None:
        for other, (station, reasons) in alike.items():
            place = meet(station)
            if place is not None:
                one_id, other_id = sorted((employer_id, other))
                pair = {
                    "id": new_identifier(now),
                    "station": place,
                    "one_id": one_id,
                    "other_id": other_id,
                    "reasons": reasons,
                    "waiting": True,
                    "found_at": now,
                }
                # The other entry may be written at the same time, and find the same pair.
                self._database.insert_ignore(tx, employer_pairs, pair)

    def forget(self, tx: Connection, employer_id: str) -> None:
        """An entry that was merged is like no other any more."""
        self._keep_traits(tx, employer_id, frozenset())
        self._revise(tx, employer_id, {})

    def _revise(self, tx: Connection, employer_id: str, reasons_now: Mapping[str, list[str]]) -> set[str]:
        """Put an entry's pairs right; the other ends of all that were found before."""
        known = set()
        for row in tx.execute(_PAIRS_OF, {"employer_id": employer_id}).mappings().all():
            other = row["other_id"] if row["one_id"] == employer_id else row["one_id"]
            known.add(other)
            reasons = reasons_now.get(other)
            if reasons is None and row["waiting"]:
                tx.execute(_DELETE_PAIR, {"pair_id": row["id"]})
            elif reasons is not None and reasons != row["reasons"]:
                tx.execute(_CHANGE_PAIR, {"pair_id": row["id"], "new_reasons": reasons})
        return known

    def find(self, tx: Connection, id: str) -> Pair | None:
        """A pair that waits for a decision."""
        row = tx.execute(_ONE, {"id": id}).mappings().first()
        return None if row is None else _pair(dict(row))

    def dismiss(self, tx: Connection, id: str, *, by: str, at: datetime, because: str) -> bool:
        """They are two; False when somebody else has decided meanwhile."""
        bound = {"pair_id": id, "by": by, "at": at, "because": because}
        return tx.execute(_DISMISS, bound).rowcount == 1

    def page(
        self, tx: Connection, subtree: Subtree, *, after: str | None, limit: int
    ) -> tuple[list[Pair], str | None]:
        """Pairs that wait, newest first, and the cursor of the next page."""
        rows = _WAITING.page(tx, subtree, after=after, limit=limit)
        return cut([_pair(dict(row)) for row in rows], limit)

    def _keep_traits(self, tx: Connection, employer_id: str, traits: frozenset[Trait]) -> None:
        rows = tx.execute(_TRAITS_OF, {"employer_id": employer_id})
        before = frozenset((DuplicateReason(row.reason), row.trait) for row in rows)
        for reason, trait in before - traits:
            tx.execute(
                _DELETE_TRAIT, {"of_reason": reason.value, "of_trait": trait, "of_employer": employer_id}
            )
        for reason, trait in traits - before:
            tx.execute(_INSERT_TRAIT, {"reason": reason.value, "trait": trait, "employer_id": employer_id})

    def _alike(
        self, tx: Connection, employer_id: str, traits: Iterable[Trait]
    ) -> dict[str, tuple[str, list[str]]]:
        """Entries that share a trait: their station, and the reasons in order."""
        found: dict[str, tuple[str, list[str]]] = {}
        for reason, trait in sorted(traits):
            bound = {"reason": reason.value, "trait": trait, "employer_id": employer_id}
            for row in tx.execute(_ALIKE, bound):
                reasons = found.setdefault(row.id, (row.station, []))[1]
                if reason.value not in reasons:
                    reasons.append(reason.value)
        return found


def _pair(row: dict[str, object]) -> Pair:
    own = {name: row[name] for name in ("id", "station", "one_id", "other_id", "found_at")}
    reasons = tuple(DuplicateReason(reason) for reason in row["reasons"])  # type: ignore[attr-defined]
    return Pair(**own, reasons=reasons)  # type: ignore[arg-type]
