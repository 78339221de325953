"""What services/seekers says of what a person has a right to: consents, who read him in clear, erasure."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method, Nothing
from yizhan.contracts.seekers import (
    CalledBy,
    ConsentPurpose,
    IdNumberText,
    PhoneNumber,
    Seeker,
    SeekerFacts,
    SeekerRef,
    SlipNumber,
)

# --- values -------------------------------------------------------------------------------------------


class ConsentText(Message):
    """What is read out or signed. wording: its version."""

    purpose: ConsentPurpose
    wording: Annotated[int, Field(ge=1)]
    text: str


class Consent(Message):
    """One consent. version: 1 for the first that somebody gave for this purpose, one more for each that
    followed; wording: which text he agreed to."""

    purpose: ConsentPurpose
    version: Annotated[int, Field(ge=1)]
    wording: Annotated[int, Field(ge=1)]
    given_at: Moment
    given_by: str
    withdrawn_at: Moment | None = None
    withdrawn_by: str | None = None


class PersonalField(StrEnum):
    """What is kept sealed."""

    NAME = "name"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    RELATIVE_PHONE = "relative_phone"


class ReadingPurpose(StrEnum):
    """What somebody is read in clear for."""

    CONTACT = "contact"
    VERIFY_IDENTITY = "verify_identity"
    LABOUR_CONTRACT = "labour_contract"
    SUBSIDY_APPLICATION = "subsidy_application"
    INSURANCE = "insurance"
    MEDIATION = "mediation"
    LEGAL_REQUEST = "legal_request"


class ClearReading(Message):
    """That somebody was read in clear: what, by whom, where, what for. Never the data."""

    id: Identifier
    fields: tuple[PersonalField, ...]
    purpose: ReadingPurpose
    station: StationCode
    by: str
    at: Moment


class ErasureReason(StrEnum):
    ASKED_FOR = "asked_for"
    #: The consent to keep the identity number was withdrawn, and nothing else asks for keeping it.
    CONSENT_WITHDRAWN = "consent_withdrawn"
    #: The time for which records are kept is over.
    KEPT_LONG_ENOUGH = "kept_long_enough"


# --- events -------------------------------------------------------------------------------------------


class ConsentGiven(SeekerFacts):
    """Somebody agreed. Subject: the seeker's id."""

    event_type: ClassVar[str] = "seekers.consent.given.v1"
    purpose: ConsentPurpose
    version: int
    wording: int


class ConsentWithdrawn(SeekerFacts):
    """Somebody took his consent back; what rests on it ends at once. Subject: the seeker's id."""

    event_type: ClassVar[str] = "seekers.consent.withdrawn.v1"
    purpose: ConsentPurpose
    version: int


class SeekerReadInClear(Facts):
    """Somebody was read in clear: says what was read and what for. Subject: the reading's id."""

    event_type: ClassVar[str] = "seekers.clear_reading.made.v1"
    seeker_id: Identifier
    reading: ClearReading


class SeekerErased(SeekerFacts):
    """The person is gone from the register; the row counts on without him. Subject: the seeker's id."""

    event_type: ClassVar[str] = "seekers.seeker.erased.v1"
    reason: ErasureReason


# --- RPC ----------------------------------------------------------------------------------------------


class ConsentTexts(Message):
    texts: tuple[ConsentText, ...]


class GiveConsent(Message):
    """called_by: for the screen; of no meaning for another purpose."""

    id: Identifier
    purpose: ConsentPurpose
    called_by: CalledBy = CalledBy.SURNAME


class WithdrawConsent(Message):
    id: Identifier
    purpose: ConsentPurpose


class ConsentList(Message):
    """Every consent that was ever given, the newest first."""

    consents: tuple[Consent, ...]


class ReadSeekerInClear(Message):
    id: Identifier
    fields: Annotated[tuple[PersonalField, ...], Field(min_length=1, max_length=4)]
    purpose: ReadingPurpose


class ClearSeeker(Message):
    """What was asked for, in clear; None for what was not, or is not kept.

    In the answer to a repeated Idempotency-Key all is None: whoever lost the first answer reads again.
    """

    kept_without: ClassVar[frozenset[str]] = frozenset({"name", "id_number", "phone", "relative_phone"})

    reading: ClearReading
    name: str | None = None
    id_number: str | None = None
    phone: str | None = None
    relative_phone: str | None = None


class ClearReadingQuery(Message):
    """Who read somebody in clear, newest first. `after`: the last id of the page before."""

    id: Identifier
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ClearReadingList(Message):
    readings: tuple[ClearReading, ...]
    next: Identifier | None


class EraseSeeker(Message):
    id: Identifier
    reason: ErasureReason


class OwnRecordQuery(Message):
    """Somebody asks for his own record, on any phone: by his slip and his identity number together."""

    slip: SlipNumber
    id_number: IdNumberText


class OwnRecord(Message):
    """What is kept of somebody, what he has agreed to, and the last who read him in clear."""

    seeker: Seeker
    consents: tuple[Consent, ...]
    readings: tuple[ClearReading, ...]


class PhonesQuery(Message):
    """Whom a message goes to now. Asked by the process that sends, and by nobody else."""

    ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]


class Phones(Message):
    """Phones in clear by id. Whoever has none, has not agreed to messages, or is not in the register is left
    out. Each reading is on record as one for contact, by the system."""

    phones: dict[Identifier, PhoneNumber]


class SeekerRightsRpc:
    """The methods of services/seekers that are about a person's rights."""

    consent_texts = Method("seekers", "consent_texts", Nothing, ConsentTexts, command=False)
    give_consent = Method("seekers", "give_consent", GiveConsent, Seeker, command=True)
    withdraw_consent = Method("seekers", "withdraw_consent", WithdrawConsent, Seeker, command=True)
    list_consents = Method("seekers", "list_consents", SeekerRef, ConsentList, command=False)
    read_seeker_in_clear = Method(
        "seekers", "read_seeker_in_clear", ReadSeekerInClear, ClearSeeker, command=True
    )
    list_clear_readings = Method(
        "seekers", "list_clear_readings", ClearReadingQuery, ClearReadingList, command=False
    )
    erase_seeker = Method("seekers", "erase_seeker", EraseSeeker, Seeker, command=True)
    phones_for_messages = Method("seekers", "phones_for_messages", PhonesQuery, Phones, command=True)
    own_record = Method("seekers", "own_record", OwnRecordQuery, OwnRecord, command=False)


# --- errors -------------------------------------------------------------------------------------------


class OwnRecordRefused(YizhanError):
    """Slip and identity number do not belong together; which of them is wrong is not said."""

    code = "seekers.own_record_refused"
    status = 403
