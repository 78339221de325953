"""What services/seekers says of all support alike: aid, guidance, training, start-up.

The free text of every row is kept sealed, goes into no event, and goes when the person is erased; the row
with its days, states and amounts stays for the counts.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from yizhan.contracts.base import Identifier, Message
from yizhan.contracts.errors import YizhanError

#: An amount of a loan or a subsidy.
SupportFen = Annotated[int, Field(ge=1, le=2_000_000_000)]

#: Pages of every list of support.
PageLimit = Annotated[int, Field(ge=1, le=200)]


class ListedPerson(Message):
    """Whom a row of a list is about, masked as in the register; the name of somebody erased is empty."""

    id: Identifier
    masked_name: str


# --- errors -------------------------------------------------------------------------------------------


class SupportNotFound(YizhanError):
    """No row of this kind has this id."""

    code = "seekers.support_not_found"
    status = 404


class SupportStepIllegal(YizhanError):
    """The row's state does not allow this step; `state` says where it stands."""

    code = "seekers.support_step_illegal"
    status = 409


class SupportDayInvalid(YizhanError):
    """A day is too early or too late: nothing that has happened is to come, nothing ends before it begins."""

    code = "seekers.support_day_invalid"
    status = 422


class SupportChanged(YizhanError):
    """The row has changed since it was read."""

    code = "seekers.support_changed_meanwhile"
    status = 409
