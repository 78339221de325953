"""How an employer pays, as a share behind which enough dispatches stand."""

from __future__ import annotations

from services.jobs.domain.dispatch_rules import DispatchRules
from yizhan.contracts.dispatches import Punctuality


def punctuality(
    employer_id: str, *, on_time: int, counted: int, stars: int, rated: int, rules: DispatchRules
) -> Punctuality:
    """on_time: of those counted. stars: the sum of those rated.

    Fewer than the rules ask for tell no share: it would say what happened to one person.
    """
    least = rules.punctuality_least
    return Punctuality(
        employer_id=employer_id,
        days=rules.punctuality_days,
        least=least,
        counted=counted,
        share=on_time / counted if counted >= least else None,
        rated=rated,
        stars=stars / rated if rated >= least else None,
    )
