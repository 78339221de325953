"""What services/seekers says of its register (求职登记台账): who looks for what work, without saying who."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from yizhan.contracts.base import Identifier, Message, Moment, PlainText, PublicText, Sequence, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.jobs import WageUnit
from yizhan.contracts.rpc import Method
from yizhan.contracts.stations import Clocktime

# --- values -------------------------------------------------------------------------------------------


class Sex(StrEnum):
    """As the 17th digit of an identity number tells it."""

    MALE = "male"
    FEMALE = "female"


class RetirementStanding(StrEnum):
    """Where a person stands towards the statutory age on a day. None of these blocks anything."""

    NOT_REACHED = "not_reached"
    #: A woman past the earlier of the two ages that the law knows; which is hers depends on her post.
    DEPENDS_ON_POST = "depends_on_post"
    REACHED = "reached"


#: The word people use for a work: 小工, 泥瓦工, 采茶.
Trade = Annotated[PublicText, Field(max_length=12)]

#: A worker's slip, which stands for him where he has no phone: six characters of Crockford's base 32, given
#: by chance, so that one cannot be made up.
SlipNumber = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{6}$")]

#: As people write it; a landline with its area code.
PhoneNumber = Annotated[str, Field(pattern=r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})$")]

#: Typed or read from the card; what it says is judged by the service.
IdNumberText = Annotated[PlainText, Field(min_length=1, max_length=40)]


def _refuse_blank_name(name: str) -> str:
    if not name.strip():
        raise ValueError("says nothing")
    return name


PersonName = Annotated[PlainText, Field(min_length=1, max_length=40), AfterValidator(_refuse_blank_name)]


class SkillLevel(StrEnum):
    BEGINNER = "beginner"
    ABLE = "able"
    SKILLED = "skilled"
    #: With a certificate of the trade.
    CERTIFIED = "certified"


class TradeSkill(Message):
    trade: Trade
    level: SkillLevel = SkillLevel.ABLE


class LeastWage(Message):
    """What somebody works for at the least."""

    fen: Annotated[int, Field(ge=1, le=10_000_000)]
    unit: WageUnit


class WorkHours(Message):
    """Hours of a day that somebody can work; an end that is not after the start is on the next day."""

    begins: Clocktime
    ends: Clocktime


class Crew(Message):
    """People who come together (班组). people: with himself."""

    people: Annotated[int, Field(ge=2, le=50)]
    leads: bool = False


#: 1 is Monday.
Weekday = Annotated[int, Field(ge=1, le=7)]


class Wishes(Message):
    """What somebody looks for. The first trade is the one he is counted by.

    distance_km: how far he would go; None: anywhere. hours, least_wage: None for any. training: what he
    would like to learn. start_up: whether he would like to start a business of his own.
    """

    trades: Annotated[tuple[TradeSkill, ...], Field(min_length=1, max_length=8)]
    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)] = (1, 2, 3, 4, 5, 6, 7)
    hours: WorkHours | None = None
    distance_km: Annotated[int, Field(ge=0, le=300)] | None = None
    least_wage: LeastWage | None = None
    crew: Crew | None = None
    training: Annotated[tuple[Trade, ...], Field(max_length=5)] = ()
    start_up: bool = False

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for name, values in (
            ("trades", [skill.trade for skill in self.trades]),
            ("days", self.days),
            ("training", self.training),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"{name} says something twice")
        return self


class ConsentPurpose(StrEnum):
    """What somebody agrees to, each by itself."""

    #: A card with his surname or a number on the screens.
    PUBLIC_DISPLAY = "public_display"
    #: That his identity number is kept.
    ID_NUMBER = "id_number"
    #: Messages to his phone.
    MESSAGES = "messages"


class CalledBy(StrEnum):
    """What a screen calls somebody: 王师傅, or a number."""

    SURNAME = "surname"
    NUMBER = "number"


class SeekerStatus(StrEnum):
    ACTIVE = "active"
    CLOSED = "closed"
    #: The person is gone from the register; the row counts on.
    ERASED = "erased"


class CloseReason(StrEnum):
    FOUND_WORK = "found_work"
    MOVED_AWAY = "moved_away"
    NO_LONGER_LOOKING = "no_longer_looking"
    DECEASED = "deceased"


class Seeker(Message):
    """Somebody in the register at one version, with everything that names him masked.

    masked_name: 王**. masked_id_number, masked_phone, masked_relative_phone: the last four digits, None for
    what is not kept. age: full years today; minor: 16 or 17. sex, age, retirement and slip are None once the
    person was erased. consents: those that are in force. called_by: as a screen calls him, with his consent.
    """

    id: Identifier
    station: StationCode
    status: SeekerStatus
    masked_name: str
    masked_id_number: str | None
    masked_phone: str | None
    masked_relative_phone: str | None
    sex: Sex | None
    age: int | None
    minor: bool
    retirement: RetirementStanding | None
    slip: SlipNumber | None
    wishes: Wishes | None
    consents: tuple[ConsentPurpose, ...]
    called_by: CalledBy = CalledBy.SURNAME
    registered_at: Moment
    ended_at: Moment | None
    sequence: Sequence


# --- events -------------------------------------------------------------------------------------------
# The subject is the seeker's id. Each carries all that others may know of the row at that sequence; it names
# nobody.


GREATEST_PRIORITY = 9

#: Somebody's place in the county's published order, the one by which draws weigh tickets: the greater, the
#: sooner. 0: in none.
Priority = Annotated[int, Field(ge=0, le=GREATEST_PRIORITY)]


class Availability(Message):
    """What is needed to find work for somebody: what he can and would do, and what the law makes of his age,
    as of the day on which it was told; it is told anew on the day that changes.

    hours, least_wage, crew, distance_km: as in `Wishes`. minor: 16 or 17. since: from when on he has been
    looking. priority: why he has it stands nowhere.
    """

    skills: Annotated[tuple[TradeSkill, ...], Field(min_length=1, max_length=8)]
    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    hours: WorkHours | None
    distance_km: Annotated[int, Field(ge=0, le=300)] | None
    least_wage: LeastWage | None
    crew: Crew | None
    minor: bool
    retirement: RetirementStanding
    since: Moment
    priority: Priority = 0


class SeekerState(Message):
    """What other services may know of somebody in the register. trades: the first is what counts go by.

    available: of somebody who looks for work; None of everybody else, and from a producer that told nothing
    of it.
    """

    seeker_id: Identifier
    station: StationCode
    status: SeekerStatus
    trades: tuple[Trade, ...]
    training: tuple[Trade, ...]
    start_up: bool
    consents: tuple[ConsentPurpose, ...]
    available: Availability | None = None


class SeekerFacts(Facts):
    seeker: SeekerState
    by: str


class SeekerRegistered(SeekerFacts):
    """Somebody entered the register."""

    event_type: ClassVar[str] = "seekers.seeker.registered.v1"


class SeekerAmended(SeekerFacts):
    """What is known of somebody, or how he can be reached, has changed; or the day has come on which he is of
    age, or of the age at which people retire, and the register itself says so."""

    event_type: ClassVar[str] = "seekers.seeker.amended.v1"


class SeekerClosed(SeekerFacts):
    """Somebody looks for no work any more."""

    event_type: ClassVar[str] = "seekers.seeker.closed.v1"
    reason: CloseReason


class SeekerReopened(SeekerFacts):
    """Somebody looks for work again."""

    event_type: ClassVar[str] = "seekers.seeker.reopened.v1"


class SeekerTransferred(SeekerFacts):
    """Somebody came to another station and is in its register from now on."""

    event_type: ClassVar[str] = "seekers.seeker.transferred.v1"
    from_station: StationCode


# --- RPC ----------------------------------------------------------------------------------------------


class RegisterSeeker(Message):
    """The identity number says sex and birth. consents: what the person agrees to, of which the identity
    number is one, or nothing may be written down. called_by: for the screen, with the consent to it."""

    station: StationCode
    id_number: IdNumberText
    name: PersonName
    phone: PhoneNumber | None = None
    relative_phone: PhoneNumber | None = None
    wishes: Wishes
    consents: Annotated[tuple[ConsentPurpose, ...], Field(max_length=3)]
    called_by: CalledBy = CalledBy.SURNAME


class SeekerRef(Message):
    id: Identifier


class LookUpPerson(Message):
    """What an identity number says, and whether its owner is in the register."""

    station: StationCode
    id_number: IdNumberText


class Whereabouts(StrEnum):
    NOWHERE = "nowhere"
    #: In the caller's scope; `seeker_id` says who.
    HERE = "here"
    #: At a station outside the caller's scope, of which nothing more is said: ask for transfer.
    ELSEWHERE = "elsewhere"


class Person(Message):
    """What an identity number says. birth_year: the year alone, to read back to the person."""

    sex: Sex
    birth_year: int
    age: int
    minor: bool
    retirement: RetirementStanding
    registered: Whereabouts
    seeker_id: Identifier | None


class SeekerQuery(Message):
    """The register of a station and all below it, newest first.

    trade: people who look for it, of which only active ones are found. registered_from, registered_to: days
    in Asia/Shanghai, both included, on which they first entered the register. `after`: the last id of the
    page before.
    """

    station: StationCode
    status: SeekerStatus | None = None
    trade: Trade | None = None
    registered_from: date | None = None
    registered_to: date | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class SearchSeekers(Message):
    """People of a station and all below it by exactly one of these, newest first.

    name: the whole name, or a surname alone or masked (王, 王**) for all who bear it. phone: their own or a
    relative's.
    """

    station: StationCode
    name: PersonName | None = None
    phone: PhoneNumber | None = None
    slip: SlipNumber | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    @model_validator(mode="after")
    def _by_one_thing(self) -> Self:
        if sum(given is not None for given in (self.name, self.phone, self.slip)) != 1:
            raise ValueError("exactly one of name, phone and slip")
        return self


class SeekerList(Message):
    seekers: tuple[Seeker, ...]
    next: Identifier | None


class AmendSeeker(Message):
    """Fields left out stay as they are; `remove` takes a number out. The identity number cannot change."""

    id: Identifier
    name: PersonName | None = None
    phone: PhoneNumber | None = None
    relative_phone: PhoneNumber | None = None
    remove: tuple[Literal["phone", "relative_phone"], ...] = ()
    wishes: Wishes | None = None
    expected_sequence: Sequence | None = None

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if any(getattr(self, name) is not None for name in self.remove):
            raise ValueError("a number is either given or removed")
        return self


class CloseSeeker(Message):
    id: Identifier
    reason: CloseReason


class ReopenSeeker(SeekerRef):
    pass


class ReplaceSlip(SeekerRef):
    """Give a new slip to somebody who has lost his; the old one is void at once."""


class TransferSeeker(Message):
    """Bring somebody into this station's register, who stands at the desk with his identity card."""

    station: StationCode
    id_number: IdNumberText
    person_present: Literal[True]


class SeekersRpc:
    """The methods of services/seekers that are about the register."""

    register_seeker = Method("seekers", "register_seeker", RegisterSeeker, Seeker, command=True)
    look_up_person = Method("seekers", "look_up_person", LookUpPerson, Person, command=False)
    get_seeker = Method("seekers", "get_seeker", SeekerRef, Seeker, command=False)
    list_seekers = Method("seekers", "list_seekers", SeekerQuery, SeekerList, command=False)
    search_seekers = Method("seekers", "search_seekers", SearchSeekers, SeekerList, command=False)
    amend_seeker = Method("seekers", "amend_seeker", AmendSeeker, Seeker, command=True)
    close_seeker = Method("seekers", "close_seeker", CloseSeeker, Seeker, command=True)
    reopen_seeker = Method("seekers", "reopen_seeker", ReopenSeeker, Seeker, command=True)
    replace_slip = Method("seekers", "replace_slip", ReplaceSlip, Seeker, command=True)
    transfer_seeker = Method("seekers", "transfer_seeker", TransferSeeker, Seeker, command=True)


# --- errors -------------------------------------------------------------------------------------------


class SeekerStationUnknown(YizhanError):
    """The network has no such station (a new one is known here within a second of its making)."""

    code = "seekers.unknown_station"
    status = 404
    retryable = True


class SeekerStationClosed(YizhanError):
    """The station is not open, and registers and checks in nobody."""

    code = "seekers.station_not_open"
    status = 409


class SeekerNotFound(YizhanError):
    """Nobody in the register has this id, or this identity number."""

    code = "seekers.seeker_not_found"
    status = 404


class SeekerExists(YizhanError):
    """This person is in the register already; `seeker_id` says who it is."""

    code = "seekers.seeker_exists"
    status = 409


class SeekerElsewhere(YizhanError):
    """This person is registered at another station: ask for transfer."""

    code = "seekers.registered_elsewhere"
    status = 409


class SeekerStepIllegal(YizhanError):
    """The status of this person's row does not allow this step."""

    code = "seekers.seeker_step_illegal"
    status = 409


class SeekerChanged(YizhanError):
    """The row has changed since it was read."""

    code = "seekers.seeker_changed_meanwhile"
    status = 409


class ConsentMissing(YizhanError):
    """Without the person's consent this may not be kept or done; `purpose` says to what."""

    code = "seekers.consent_missing"
    status = 422


class IdentityNumberMalformed(YizhanError):
    """An identity number is 17 digits and a digit or X."""

    code = "seekers.identity_number_malformed"
    status = 422


class IdentityCheckCharacterWrong(YizhanError):
    """The identity number's last character does not agree with the others: one was mistyped."""

    code = "seekers.identity_check_character_wrong"
    status = 422


class BirthDateImpossible(YizhanError):
    """The identity number's birth date is no day of the calendar, in the future, or before 1900."""

    code = "seekers.birth_date_impossible"
    status = 422


class UnderSixteen(YizhanError):
    """Nobody under 16 may be introduced to a job."""

    code = "seekers.under_sixteen"
    status = 422
