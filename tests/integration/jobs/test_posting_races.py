"""One posting, fifty people: whatever they do at once ends in one legal history."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.jobs.domain.posting import TRANSITIONS, Step
from tests.integration.jobs.office import ADMIN, TOWN, Office
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.jobs import (
    AmendPosting,
    JobsRpc,
    PostingRef,
    PostingStage,
    PublishPosting,
    RejectPosting,
    SubmitPosting,
    VerificationMethod,
    VerifyPosting,
    WithdrawPosting,
)

pytestmark = pytest.mark.integration

PEOPLE = 50
#: What a refusal may say here; anything else, a lost row or a crash among it, fails.
REFUSALS = {"jobs.posting_step_illegal", "jobs.posting_changed_meanwhile"}
_PATIENCE_SECONDS = 60


def _commands(office: Office, id: str) -> list[tuple[Any, Any]]:
    """Fifty commands in a mixed order: edits, verifications and withdrawals, and what lies between them."""
    kinds = [
        lambda number: (
            JobsRpc.amend_posting,
            AmendPosting(id=id, terms=office.terms(place=f"第{number}个集合点")),
        ),
        lambda number: (JobsRpc.submit_posting, SubmitPosting(id=id)),
        lambda number: (
            JobsRpc.verify_posting,
            VerifyPosting(id=id, method=VerificationMethod.PHONE_CALL, note=f"第{number}个人核实"),
        ),
        lambda number: (JobsRpc.reject_posting, RejectPosting(id=id, reason=f"第{number}个人退回")),
        lambda number: (JobsRpc.withdraw_posting, WithdrawPosting(id=id, reason=f"第{number}个人撤下")),
        lambda number: (JobsRpc.publish_posting, PublishPosting(id=id)),
    ]
    made = [kinds[number % len(kinds)](number) for number in range(PEOPLE)]
    random.Random(PEOPLE).shuffle(made)
    return made


def _is_legal(steps: list[tuple[Step, PostingStage]]) -> bool:
    """Whether each step was legal in the stage that the one before it led to, and led where it leads."""
    stage = None
    for step, after in steps:
        transition = TRANSITIONS[step]
        if (stage is None) != (step is Step.DRAFT):
            return False
        if stage is not None and stage not in transition.sources:
            return False
        if transition.target is not None and transition.target is not after:
            return False
        stage = after
    return True


def test_fifty_at_once_end_in_one_legal_history(office: Office) -> None:
    """Each command either took its step or was refused with a code; history, row and events agree."""
    posting = office.draft(TOWN)

    def take(command: tuple[Any, Any]) -> str | None:
        try:
            office.ask(*command, ADMIN)
        except RemoteProblem as refusal:
            return refusal.problem.code
        return None

    with ThreadPoolExecutor(PEOPLE) as people:
        answers = list(people.map(take, _commands(office, posting.id), timeout=_PATIENCE_SECONDS))
    done = answers.count(None)
    assert set(answers) - {None} <= REFUSALS
    assert done > 1

    after = office.posting(posting.id)
    history = office.ask(JobsRpc.posting_history, PostingRef(id=posting.id), ADMIN).steps
    assert [step.sequence for step in history] == list(range(1, done + 2))
    steps = [(Step(step.step), PostingStage(step.stage)) for step in history]
    assert _is_legal(steps)
    assert (after.sequence, after.whole_stage) == (done + 1, steps[-1][1])
    events = office.events(posting.id)
    assert [event.sequence for event in events] == list(range(1, done + 2))
    assert [event.data.posting.stage for event in events] == [stage for _, stage in steps]
    assert events[-1].data.posting == after
    found = office.rows()
    assert found["posting_steps"] == done + 1


def test_what_is_no_history_is_seen() -> None:
    """The judge above refuses a step from a stage that it is illegal in, and a line that leads elsewhere."""
    draft = (Step.DRAFT, PostingStage.DRAFT)
    assert _is_legal([draft, (Step.SUBMIT, PostingStage.SUBMITTED)])
    assert not _is_legal([draft, (Step.VERIFY, PostingStage.VERIFIED)])
    assert not _is_legal([draft, (Step.SUBMIT, PostingStage.VERIFIED)])
    assert not _is_legal([(Step.SUBMIT, PostingStage.SUBMITTED)])
