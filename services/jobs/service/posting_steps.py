"""How a step of a posting is taken, whatever the step: lock, ask whether the caller may, decide, save,
tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain import lawfulness
from services.jobs.domain.duplicates import likenesses
from services.jobs.domain.posting import Decision
from services.jobs.service.posting_people import PostingPeople
from services.jobs.storage import Dossier
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.jobs import CheckedPosting, Likeness, Posting, PostingNotFound
from yizhan.contracts.rpc import Call
from yizhan.network.tree import Place


class PostingSteps(PostingPeople):
    """What commands about postings share."""

    @property
    def _dossiers(self) -> storage.Dossiers:
        return storage.Dossiers()

    def _locked(self, tx: Connection, call: Call, id: str) -> tuple[Posting, Place]:
        """A posting and its station, for staff who may change it. Raises PostingNotFound, OutsideScope."""
        current = self._postings.lock(tx, id)
        if current is None:
            raise PostingNotFound("no posting has this id", posting_id=id)
        return current, self._staff_place(tx, call.actor, current.station)

    def _locked_to_post(self, tx: Connection, call: Call, id: str) -> tuple[Posting, Place]:
        """The same for a step towards the screens, where the employer has to be one who may post.

        Raises EmployerMayNotPost too. The employer is held first, the posting then, as in a sanction.
        """
        found = self._postings.find(tx, id)
        if found is not None:
            self._staff_place(tx, call.actor, found.station)
            self._poster(tx, found.employer_id)
        return self._locked(tx, call, id)

    def _step(self, tx: Connection, call: Call, id: str, decide: Callable[..., Decision]) -> Posting:
        """Take a step with a posting that it is a matter of."""
        current, _ = self._locked(tx, call, id)
        return self._take(tx, call, decide(current, now=self.clock.now(), by=call.actor))

    def _take(self, tx: Connection, call: Call, decision: Decision) -> Posting:
        after, outcome = decision
        self._postings.save(tx, after, outcome)
        self._events.posting_stepped(tx, call, after, outcome)
        self._people_follow(tx, call, after, outcome)
        return after

    def _check(self, tx: Connection, posting: Posting, dossier: Dossier) -> Dossier:
        """The dossier with what the law, as it is on the day that the work starts, says of the terms now."""
        on = posting.terms.starts_at.astimezone(COUNTY_ZONE).date()
        findings = lawfulness.findings_in(
            posting.terms,
            posting.employer_name,
            division=posting.station,
            rules=self._law(tx, posting.station, on),
            claims=dossier.claims,
        )
        return replace(dossier, findings=findings, checked_at=self.clock.now())

    def _like(self, tx: Connection, posting: Posting) -> tuple[Likeness, ...]:
        """Other postings of the county that say the same, or nearly."""
        limits = self._limits(tx, posting.station).duplicates
        others = self._postings.clones_and_near(tx, posting, looked_back=limits.looked_back)
        return likenesses(posting.employer_id, posting.terms, others, near_share=limits.near_share)


def checked(posting: Posting, dossier: Dossier, like: tuple[Likeness, ...] = ()) -> CheckedPosting:
    """The answer to a command that checks what it writes."""
    # Every value here has been validated already.
    fields = {name: getattr(posting, name) for name in Posting.model_fields}
    return CheckedPosting.model_construct(**fields, findings=dossier.findings, like=like)
