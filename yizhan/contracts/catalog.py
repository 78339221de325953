"""Every event, every RPC method, and who listens to what. Nothing is sent that is not listed here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from yizhan.contracts import (
    aid,
    checkins,
    compliance,
    deliveries,
    dispatches,
    draws,
    employer_duplicates,
    employers,
    external_postings,
    facilities,
    fairs,
    guidance,
    guides,
    imports,
    integrators,
    jobs,
    letters,
    matching,
    premises,
    publications,
    rolls,
    sanctions,
    screen_messages,
    screen_outages,
    seeker_cards,
    seeker_rights,
    seeker_steps,
    seekers,
    skill_training,
    stages,
    start_ups,
    station_days,
    stations,
    templates,
    training,
)
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.rpc import Method

EVENTS: dict[str, type[Facts]] = {
    facts.event_type: facts
    for facts in (
        stations.StationAdded,
        stations.StationAmended,
        stations.StaffAccountAdded,
        stations.StaffAccountAmended,
        stations.ScreenDeviceIssued,
        stations.ScreenDeviceRevoked,
        stations.NoticePosted,
        stations.NoticeEnded,
        stages.StationStepTaken,
        stages.RectificationMended,
        premises.PremisesAmended,
        premises.MapListingReported,
        facilities.FacilityAdded,
        facilities.FacilityAmended,
        facilities.FacilityInspected,
        guides.ServiceItemAdded,
        guides.ServiceItemAmended,
        training.TrainingRecorded,
        training.TrainingWithdrawn,
        employers.EmployerRegistered,
        employers.EmployerAmended,
        employers.EmployerReviewed,
        employers.EmployerVerified,
        employers.EmployerClosed,
        employers.EmployerReopened,
        employers.EmployerContactRead,
        sanctions.EmployerSanctioned,
        sanctions.EmployerSanctionAppealed,
        sanctions.EmployerSanctionUpheld,
        sanctions.EmployerSanctionEnded,
        employer_duplicates.EmployersMerged,
        fairs.FairPlanned,
        fairs.FairAmended,
        fairs.FairAnnounced,
        fairs.FairFellShort,
        fairs.FairHeld,
        fairs.FairEnded,
        fairs.FairClosed,
        fairs.FairCancelled,
        jobs.PostingDrafted,
        jobs.PostingAmended,
        jobs.PostingSubmitted,
        jobs.PostingVerified,
        jobs.PostingRejected,
        jobs.PostingPublished,
        jobs.PostingWithdrawn,
        jobs.PostingExpired,
        jobs.PostingTaken,
        jobs.PostingFilled,
        jobs.PostingReopened,
        jobs.PostingClosed,
        jobs.PostingReconfirmed,
        jobs.PostingMarkedStale,
        jobs.PostingLapsed,
        jobs.PostingDuplicateMarked,
        jobs.PostingOverflowed,
        dispatches.DispatchOffered,
        dispatches.DispatchAccepted,
        dispatches.DispatchDeclined,
        dispatches.DispatchOfferExpired,
        dispatches.DispatchSent,
        dispatches.DispatchConfirmed,
        dispatches.DispatchArrived,
        dispatches.DispatchWorked,
        dispatches.DispatchPaid,
        dispatches.DispatchPayReminded,
        dispatches.DispatchUnpaid,
        dispatches.DispatchCancelled,
        dispatches.DispatchNoShow,
        dispatches.DispatchRated,
        seekers.SeekerRegistered,
        seekers.SeekerAmended,
        seekers.SeekerClosed,
        seekers.SeekerReopened,
        seekers.SeekerTransferred,
        seeker_rights.SeekerErased,
        seeker_rights.ConsentGiven,
        seeker_rights.ConsentWithdrawn,
        seeker_rights.SeekerReadInClear,
        seeker_cards.SeekerCardShown,
        seeker_cards.SeekerCardDropped,
        seeker_cards.StreetCounted,
        checkins.CheckInTaken,
        checkins.WaitingChanged,
        checkins.TicketCalled,
        checkins.QueueOrderSet,
        draws.DrawCommitted,
        draws.DrawClosed,
        draws.DrawRevealed,
        draws.DrawAmended,
        aid.AidCaseOpened,
        aid.AidCaseVisited,
        aid.AidCaseClosed,
        guidance.GuidanceStepTaken,
        skill_training.CoursePlanned,
        skill_training.CourseAmended,
        skill_training.CourseCancelled,
        skill_training.SkillTrainingStepTaken,
        start_ups.StartUpConsulted,
        start_ups.StartUpStepTaken,
        letters.LetterLaid,
        publications.PublicationRecorded,
        screen_messages.ScreenMessageIssued,
        screen_messages.ScreenMessageShown,
        screen_messages.ScreenMessageMissed,
        screen_outages.ScreenOutageBegan,
        screen_outages.ScreenOutageEnded,
        external_postings.ExternalPostingAccepted,
        external_postings.ExternalPostingRefused,
        integrators.IntegratorAdded,
        integrators.IntegratorAmended,
        integrators.IntegratorSuspended,
        integrators.IntegratorResumed,
        integrators.IntegratorRevoked,
        integrators.ReplayEnded,
    )
}


@dataclass(frozen=True)
class Subscription:
    """A durable queue `<service>.<handler>` and the routing keys that it is bound by.

    single_active: one consumer at a time gets deliveries, the others stand by.
    """

    service: str
    handler: str
    bindings: tuple[str, ...]
    single_active: bool = False

    @property
    def queue(self) -> str:
        return f"{self.service}.{self.handler}"


JOBS_NETWORK = Subscription(
    "jobs",
    "network",
    ("stations.station.*.#", "stations.staff_account.*.#", "stations.premises.*.#"),
    single_active=True,
)
#: Who looks for work, and who waits for it today; never who somebody is.
JOBS_SEEKERS = Subscription(
    "jobs",
    "seekers",
    (
        "seekers.seeker.*.#",
        "seekers.consent.*.#",
        "seekers.check_in.taken.#",
        "seekers.ticket.called.#",
        "seekers.draw.*.#",
    ),
    single_active=True,
)
SEEKERS_NETWORK = Subscription(
    "seekers", "network", ("stations.station.*.#", "stations.staff_account.*.#"), single_active=True
)
NOTIFY_NETWORK = Subscription(
    "notify", "network", ("stations.station.*.#", "stations.staff_account.*.#"), single_active=True
)
NOTIFY_HEARD = Subscription(
    "notify",
    "heard",
    (
        "board.screen_message.*.#",
        "board.screen_outage.*.#",
        "jobs.dispatch.*.#",
        "jobs.fair.fell_short.#",
        "jobs.posting.*.#",
        "seekers.check_in.*.#",
        "seekers.consent.*.#",
        "seekers.seeker.*.#",
        "seekers.waiting.*.#",
    ),
    single_active=True,
)
BOARD_FOLD = Subscription(
    "board",
    "fold",
    (
        "stations.station.*.#",
        "stations.notice.*.#",
        "stations.screen_device.*.#",
        "jobs.fair.*.#",
        "jobs.posting.*.#",
        "seekers.card.*.#",
        "seekers.waiting.*.#",
        "seekers.ticket.*.#",
        "seekers.draw.*.#",
        "notify.screen_message.*.#",
    ),
    single_active=True,
)

#: What other systems may do here.
JOBS_INTEGRATORS = Subscription("jobs", "integrators", ("notify.integrator.*.#",), single_active=True)
#: Everything: what of it leaves the house is decided there.
OUTLET_FEED = Subscription("outlet", "feed", ("#",), single_active=True)

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    JOBS_NETWORK,
    JOBS_SEEKERS,
    JOBS_INTEGRATORS,
    SEEKERS_NETWORK,
    NOTIFY_NETWORK,
    NOTIFY_HEARD,
    BOARD_FOLD,
    OUTLET_FEED,
)

METHODS: tuple[Method[Any, Any], ...] = tuple(
    method
    for rpc in (
        stations.StationsRpc,
        stages.StagesRpc,
        premises.PremisesRpc,
        facilities.FacilitiesRpc,
        guides.GuidesRpc,
        training.TrainingRpc,
        employers.EmployersRpc,
        imports.ImportsRpc,
        sanctions.SanctionsRpc,
        employer_duplicates.EmployerDuplicatesRpc,
        fairs.FairsRpc,
        jobs.JobsRpc,
        compliance.ComplianceRpc,
        dispatches.DispatchesRpc,
        matching.MatchingRpc,
        seekers.SeekersRpc,
        seeker_rights.SeekerRightsRpc,
        seeker_cards.SeekerCardsRpc,
        seeker_steps.SeekerStepsRpc,
        checkins.CheckInsRpc,
        rolls.RollsRpc,
        draws.DrawsRpc,
        deliveries.DeliveriesRpc,
        templates.TemplatesRpc,
        letters.LettersRpc,
        publications.PublicationsRpc,
        station_days.StationDaysRpc,
        aid.AidRpc,
        guidance.GuidanceRpc,
        skill_training.SkillTrainingRpc,
        start_ups.StartUpRpc,
        external_postings.ExternalPostingsRpc,
        integrators.IntegratorsRpc,
    )
    for method in vars(rpc).values()
    if isinstance(method, Method)
)


class EventUnreadable(Exception):
    """The bytes are no event of the catalogue: not JSON, an unknown type, or facts that do not fit.

    Retrying cannot mend it; it belongs in the dead letters.
    """


def read_event(body: bytes) -> Event[Any]:
    """An event as a consumer reads it: tolerant of added fields. Raises EventUnreadable."""
    try:
        raw = json.loads(body)
        facts = EVENTS[raw["type"]]
        return Event[facts].tolerant(raw)  # type: ignore[valid-type]
    except (ValueError, TypeError, KeyError, ValidationError) as error:
        raise EventUnreadable(f"{type(error).__name__}: {error}") from error
