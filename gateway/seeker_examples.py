"""Examples of the register, check-ins and the draw for the API document. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel

from yizhan.contracts import checkins, draws, rolls, seeker_cards, seeker_rights, seeker_steps, seekers
from yizhan.contracts.jobs import WageUnit
from yizhan.contracts.seeker_examples import reading, revealed, waiting

_AT = datetime(2026, 3, 1, 21, 40, tzinfo=UTC)
_SEEKER = "01950008-7c00-7000-8000-000000000008"
_CHECK_IN = "01950009-7c00-7000-8000-000000000009"
_DESK = "0195000a-7c00-7000-8000-00000000000a"
_STATION = waiting.station
_DAY = waiting.date
_ID_NUMBER = "522730196803150027"
_SLIP = "7K3MQ9"

_WISHES = seekers.Wishes(
    trades=(seekers.TradeSkill(trade="搬运工", level=seekers.SkillLevel.SKILLED),),
    days=(1, 2, 3, 4, 5),
    hours=seekers.WorkHours(begins="06:00", ends="18:00"),
    distance_km=10,
    least_wage=seekers.LeastWage(fen=18000, unit=WageUnit.DAY),
    training=("砌筑工",),
)
_CONSENTS = (seekers.ConsentPurpose.ID_NUMBER, seekers.ConsentPurpose.PUBLIC_DISPLAY)
_ENTRY = seekers.Seeker(
    id=_SEEKER,
    station=_STATION,
    status=seekers.SeekerStatus.ACTIVE,
    masked_name="王**",
    masked_id_number="****0027",
    masked_phone="****2345",
    masked_relative_phone=None,
    sex=seekers.Sex.FEMALE,
    age=57,
    minor=False,
    retirement=seekers.RetirementStanding.REACHED,
    slip=_SLIP,
    wishes=_WISHES,
    consents=_CONSENTS,
    registered_at=_AT,
    ended_at=None,
    sequence=1,
)
_CONSENT = seeker_rights.Consent(
    purpose=seekers.ConsentPurpose.ID_NUMBER,
    version=1,
    wording=1,
    given_at=_AT,
    given_by=reading.by,
)
_CALLED = checkins.CalledTicket(number="A002", times=1, at=_AT)
_COUNTS = (checkins.TradeCount(trade="小工", people=7),)

EXAMPLES: tuple[BaseModel, ...] = (
    _ENTRY,
    seekers.SeekerList(seekers=(_ENTRY,), next=None),
    seekers.RegisterSeeker(
        station=_STATION,
        id_number=_ID_NUMBER,
        name="王小芳",
        phone="13985412345",
        wishes=_WISHES,
        consents=_CONSENTS,
        called_by=seekers.CalledBy.SURNAME,
    ),
    seekers.SearchSeekers(station=_STATION, name="王"),
    seekers.LookUpPerson(station=_STATION, id_number=_ID_NUMBER),
    seekers.Person(
        sex=seekers.Sex.FEMALE,
        birth_year=1968,
        age=57,
        minor=False,
        retirement=seekers.RetirementStanding.REACHED,
        registered=seekers.Whereabouts.ELSEWHERE,
        seeker_id=None,
    ),
    seekers.TransferSeeker(station=_STATION, id_number=_ID_NUMBER, person_present=True),
    seekers.AmendSeeker(id=_SEEKER, phone="13985412346", remove=("relative_phone",), expected_sequence=1),
    seekers.CloseSeeker(id=_SEEKER, reason=seekers.CloseReason.FOUND_WORK),
    seekers.ReopenSeeker(id=_SEEKER),
    seekers.ReplaceSlip(id=_SEEKER),
    seeker_steps.SeekerStepList(
        steps=(
            seeker_steps.SeekerStep(
                sequence=2,
                kind=seeker_steps.SeekerStepKind.AMENDED,
                about=("phone", "wishes"),
                station=_STATION,
                by=reading.by,
                at=_AT,
            ),
        ),
        next=None,
    ),
    seeker_rights.ConsentTexts(
        texts=(
            seeker_rights.ConsentText(
                purpose=seekers.ConsentPurpose.MESSAGES,
                wording=1,
                text="我同意驿站向我登记的手机号发送招工和办事通知。我可以随时撤回。",
            ),
        )
    ),
    seeker_rights.OwnRecordQuery(slip=_SLIP, id_number=_ID_NUMBER),
    seeker_rights.OwnRecord(seeker=_ENTRY, consents=(_CONSENT,), readings=(reading,)),
    seeker_rights.ConsentList(consents=(_CONSENT,)),
    seeker_rights.GiveConsent(
        id=_SEEKER,
        purpose=seekers.ConsentPurpose.PUBLIC_DISPLAY,
        called_by=seekers.CalledBy.NUMBER,
    ),
    seeker_rights.ReadSeekerInClear(id=_SEEKER, fields=reading.fields, purpose=reading.purpose),
    seeker_rights.ClearSeeker(reading=reading, phone="13985412345"),
    seeker_rights.ClearReadingList(readings=(reading,), next=None),
    seeker_rights.EraseSeeker(id=_SEEKER, reason=seeker_rights.ErasureReason.ASKED_FOR),
    checkins.TakeCheckIn(station=_STATION, id=_CHECK_IN, channel=checkins.CheckInChannel.SLIP, slip=_SLIP),
    checkins.CheckedIn(
        id=_CHECK_IN, station=_STATION, date=_DAY, number="A001", at=_AT, first=True, late=False
    ),
    checkins.MergeCheckIns(
        station=_STATION,
        date=_DAY,
        sent_at=_AT,
        check_ins=(checkins.OfflineCheckIn(id=_CHECK_IN, number="B001", at=_AT, slip=_SLIP),),
    ),
    checkins.MergedCheckIns(standing=(_CHECK_IN,), set_aside=()),
    checkins.ReserveSeries(station=_STATION, date=_DAY, desk=_DESK),
    checkins.Series(station=_STATION, date=_DAY, letter="B"),
    checkins.SetQueueOrder(station=_STATION, order=checkins.QueueOrder.DRAW),
    checkins.StationQueueOrder(station=_STATION, order=checkins.QueueOrder.DRAW),
    checkins.StationDay(waiting=waiting, called=(_CALLED,)),
    rolls.DayRoll(
        station=_STATION,
        date=_DAY,
        order=checkins.QueueOrder.DRAW,
        usual_order=checkins.QueueOrder.DRAW,
        tickets=(
            rolls.RollTicket(
                id=_CHECK_IN,
                number="A001",
                at=_AT,
                seeker_id=_SEEKER,
                masked_name="王**",
                slip=_SLIP,
                trade="搬运工",
                late=False,
                called=0,
            ),
        ),
        set_aside=(),
    ),
    checkins.CallNext(station=_STATION),
    checkins.CallTicket(station=_STATION, number=_CALLED.number),
    _CALLED,
    seeker_cards.CountStreet(station=_STATION, id=_CHECK_IN, trade="小工", people=2),
    seeker_cards.StreetCounts(station=_STATION, date=_DAY, counts=_COUNTS),
    draws.AnnounceDraw(station=_STATION),
    draws.CloseDraw(station=_STATION),
    draws.RevealDraw(station=_STATION),
    draws.OverrideDraw(station=_STATION, ticket="A001", position=1, reason="家里有病人，经大家同意先走"),
    revealed,
)
