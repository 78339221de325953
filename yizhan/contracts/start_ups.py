"""What services/seekers says of start-up support (创业指导): consultations, cases, loans and subsidies."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Self

from pydantic import model_validator

from yizhan.contracts.base import Identifier, Message, OfficeText, PublicLine, Sequence, StationCode
from yizhan.contracts.checkins import CountyDay
from yizhan.contracts.envelope import Facts
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import SeekerRef
from yizhan.contracts.support import ListedPerson, PageLimit, SupportFen

# --- values -------------------------------------------------------------------------------------------


class ConsultationTopic(StrEnum):
    """What the plan has a station advise on."""

    TRAINING = "training"
    PROJECT = "project"
    OPENING = "opening"
    LOAN = "loan"
    SUBSIDY = "subsidy"
    OTHER = "other"


class ConsultationFacts(Message):
    id: Identifier
    seeker_id: Identifier
    station: StationCode
    held_on: CountyDay
    topic: ConsultationTopic
    sequence: Sequence = 1


class StartUpConsultation(ConsultationFacts):
    """Somebody was advised on a business of his own."""

    note: OfficeText | None
    by: str

    kept_without: ClassVar[frozenset[str]] = frozenset({"note"})


class LicenceKind(StrEnum):
    #: 个体工商户
    INDIVIDUAL = "individual"
    COMPANY = "company"
    #: 农民专业合作社
    COOPERATIVE = "cooperative"


class StartUpStatus(StrEnum):
    PREPARING = "preparing"
    #: Has its licence: the success that the ledger is about.
    LICENSED = "licensed"
    CLOSED = "closed"


class MoneyStatus(StrEnum):
    """Where a loan or a subsidy stands."""

    NONE = "none"
    APPLIED = "applied"
    GRANTED = "granted"
    REFUSED = "refused"


class Money(Message):
    """A loan or a subsidy. fen: as applied for, then as granted; on: the day of its last step."""

    state: MoneyStatus = MoneyStatus.NONE
    fen: SupportFen | None = None
    on: CountyDay | None = None


class StartUpFacts(Message):
    """A case without words."""

    id: Identifier
    seeker_id: Identifier
    station: StationCode
    state: StartUpStatus
    opened_on: CountyDay
    licence: LicenceKind | None = None
    licensed_on: CountyDay | None = None
    loan: Money = Money()
    subsidy: Money = Money()
    closed_on: CountyDay | None = None
    sequence: Sequence


class StartUp(StartUpFacts):
    """One business that somebody starts. business: what it does, as in 早餐店. note: of the last step."""

    business: PublicLine | None
    note: OfficeText | None = None
    by: str

    kept_without: ClassVar[frozenset[str]] = frozenset({"business", "note"})


class StartUpStep(StrEnum):
    LICENSE = "license"
    APPLY_FOR_LOAN = "apply_for_loan"
    GRANT_LOAN = "grant_loan"
    REFUSE_LOAN = "refuse_loan"
    APPLY_FOR_SUBSIDY = "apply_for_subsidy"
    GRANT_SUBSIDY = "grant_subsidy"
    REFUSE_SUBSIDY = "refuse_subsidy"
    CLOSE = "close"


#: Steps that name an amount; no other does.
STEPS_WITH_AMOUNT = (
    StartUpStep.APPLY_FOR_LOAN,
    StartUpStep.GRANT_LOAN,
    StartUpStep.APPLY_FOR_SUBSIDY,
    StartUpStep.GRANT_SUBSIDY,
)


# --- events -------------------------------------------------------------------------------------------


class StartUpConsulted(Facts):
    """Somebody was advised on a business of his own. Subject: the consultation's id."""

    event_type: ClassVar[str] = "seekers.start_up_consultation.held.v1"
    consultation: ConsultationFacts
    by: str


class StartUpStepTaken(Facts):
    """A case was opened or went on: `start_up` says where it stands. Subject: the case's id."""

    event_type: ClassVar[str] = "seekers.start_up.step_taken.v1"
    start_up: StartUpFacts
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class RecordConsultation(Message):
    """id: the person's. held_on: today where it is left out."""

    id: Identifier
    topic: ConsultationTopic
    held_on: CountyDay | None = None
    note: OfficeText | None = None


class OpenStartUp(Message):
    """id: the person's."""

    id: Identifier
    business: PublicLine


class TakeStartUpStep(Message):
    """fen: with an application and with a grant. licence: with the licence. on: today if it is left out."""

    id: Identifier
    step: StartUpStep
    on: CountyDay | None = None
    fen: SupportFen | None = None
    licence: LicenceKind | None = None
    note: OfficeText | None = None

    @model_validator(mode="after")
    def _what_the_step_needs(self) -> Self:
        if (self.step in STEPS_WITH_AMOUNT) != (self.fen is not None):
            raise ValueError("an amount belongs to an application and to a grant")
        if (self.step is StartUpStep.LICENSE) != (self.licence is not None):
            raise ValueError("the kind of licence belongs to the licence")
        return self


class ConsultationQuery(Message):
    """Consultations of a station and all below it, newest first. `after`: the last id of the page before."""

    station: StationCode
    after: Identifier | None = None
    limit: PageLimit = 50


class ConsultationList(Message):
    consultations: tuple[StartUpConsultation, ...]
    people: tuple[ListedPerson, ...]
    next: Identifier | None


class StartUpQuery(Message):
    """Cases of a station and all below it, newest first."""

    station: StationCode
    state: StartUpStatus | None = None
    after: Identifier | None = None
    limit: PageLimit = 50


class StartUpList(Message):
    start_ups: tuple[StartUp, ...]
    people: tuple[ListedPerson, ...]
    next: Identifier | None


class StartUpRecord(Message):
    """All that concerns one person, each the newest first."""

    consultations: tuple[StartUpConsultation, ...]
    start_ups: tuple[StartUp, ...]


class StartUpRpc:
    """The methods of services/seekers that are about start-ups."""

    record_consultation = Method(
        "seekers", "record_consultation", RecordConsultation, StartUpConsultation, command=True
    )
    list_consultations = Method(
        "seekers", "list_consultations", ConsultationQuery, ConsultationList, command=False
    )
    open_start_up = Method("seekers", "open_start_up", OpenStartUp, StartUp, command=True)
    take_start_up_step = Method("seekers", "take_start_up_step", TakeStartUpStep, StartUp, command=True)
    list_start_ups = Method("seekers", "list_start_ups", StartUpQuery, StartUpList, command=False)
    start_up_of_seeker = Method("seekers", "start_up_of_seeker", SeekerRef, StartUpRecord, command=False)
