"""A station's life: its steps, what stands in the way of opening, what is due."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection

from services.stations.domain import stage
from services.stations.domain.readiness import Condition, missing
from services.stations.domain.scope import require_county_admin, require_staff
from services.stations.domain.stage import Stepped
from services.stations.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.errors import FieldFault, RequestInvalid
from yizhan.contracts.rpc import Call
from yizhan.contracts.stages import (
    DueList,
    DueQuery,
    InspectStation,
    MendRectification,
    OpenStation,
    Readiness,
    Rectification,
    RectificationNotFound,
    RectifyStation,
    RevokeStation,
    StagesRpc,
    StationHasOthersBelow,
    StationHistory,
    StationNotReady,
    StationStepKind,
    StationStepQuery,
    SuspendStation,
)
from yizhan.contracts.stations import Station, StationRef

#: So many of the stations in the way are named.
_NAMED_BELOW = 20


class Stages(Desk):
    """Steps are the county's decision; what is mended, the station itself says."""

    @method(StagesRpc.inspect_station)
    def inspect_station(self, tx: Connection, call: Call, request: InspectStation) -> Station:
        current = self._decided_on(tx, call, request.code)
        return self._take(tx, call, self._stepped(call, current, StationStepKind.INSPECT, request.reason))

    @method(StagesRpc.rectify_station)
    def rectify_station(self, tx: Connection, call: Call, request: RectifyStation) -> Station:
        current = self._decided_on(tx, call, request.code)
        stepped = stage.rectify(
            current,
            request,
            new_id=self._new_id,
            now=self.clock.now(),
            today=self._today(),
            by=call.actor.id,
        )
        return self._take(tx, call, stepped)

    @method(StagesRpc.open_station)
    def open_station(self, tx: Connection, call: Call, request: OpenStation) -> Station:
        current = self._decided_on(tx, call, request.code)
        stepped = self._stepped(call, current, StationStepKind.OPEN, request.reason)
        readiness = self._readiness(tx, current)
        if readiness.missing:
            raise StationNotReady(
                f"{len(readiness.missing)} things stand in the way of opening",
                station=current.code,
                rules_from=readiness.rules_from.isoformat(),
                missing=[thing.model_dump(mode="json") for thing in readiness.missing],
            )
        return self._take(tx, call, stepped)

    @method(StagesRpc.suspend_station)
    def suspend_station(self, tx: Connection, call: Call, request: SuspendStation) -> Station:
        current = self._decided_on(tx, call, request.code)
        return self._take(tx, call, self._stepped(call, current, StationStepKind.SUSPEND, request.reason))

    @method(StagesRpc.revoke_station)
    def revoke_station(self, tx: Connection, call: Call, request: RevokeStation) -> Station:
        current = self._decided_on(tx, call, request.code)
        stepped = self._stepped(call, current, StationStepKind.REVOKE, request.reason)
        below = self._stations.are_below(tx, current, limit=_NAMED_BELOW)
        if below:
            raise StationHasOthersBelow(
                "stations below it are not revoked", station=current.code, below=below
            )
        return self._take(tx, call, stepped)

    @method(StagesRpc.mend_rectification)
    def mend_rectification(self, tx: Connection, call: Call, request: MendRectification) -> Rectification:
        thing = self._stages.lock_rectification(tx, request.id)
        if thing is None:
            raise RectificationNotFound("nothing that is to be mended has this id", id=request.id)
        require_staff(self._acting(tx, call.actor), self._station(tx, thing.station).path)
        now = self.clock.now()
        mended = stage.mend(thing, request, now=now, by=call.actor.id)
        if mended is not thing:
            self._stages.save_rectification(tx, mended)
            self._events.rectification_mended(tx, call, mended, now=now)
        return mended

    @method(StagesRpc.station_history)
    def station_history(self, tx: Connection, call: Call, request: StationStepQuery) -> StationHistory:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.code).path)
        steps, following = self._stages.of_station(tx, request.code, after=request.after, limit=request.limit)
        return StationHistory(steps=tuple(steps), next=following)

    @method(StagesRpc.station_readiness)
    def station_readiness(self, tx: Connection, call: Call, request: StationRef) -> Readiness:
        station = self._station(tx, request.code)
        require_staff(self._acting(tx, call.actor), station.path)
        return self._readiness(tx, station)

    @method(StagesRpc.list_due)
    def list_due(self, tx: Connection, call: Call, request: DueQuery) -> DueList:
        top = self._station(tx, request.station)
        require_staff(self._acting(tx, call.actor), top.path)
        today = self._today()
        found = self._stages.due(
            tx,
            top.path,
            today=today,
            until=today + timedelta(days=request.within_days),
            after=_cursor(request.after),
            limit=request.limit,
        )
        page = found[: request.limit]
        following = f"{page[-1].due_on}:{page[-1].id}" if len(found) > request.limit else None
        return DueList(due=tuple(page), next=following)

    def _decided_on(self, tx: Connection, call: Call, code: str) -> Station:
        """The station for a decision of the county's, locked, so that steps come one after another."""
        current = self._locked_station(tx, code)
        require_county_admin(self._acting(tx, call.actor), current.path)
        return current

    def _stepped(self, call: Call, current: Station, kind: StationStepKind, reason: str | None) -> Stepped:
        return stage.step(
            current, kind, id=self._new_id(), now=self.clock.now(), by=call.actor.id, reason=reason
        )

    def _take(self, tx: Connection, call: Call, stepped: Stepped) -> Station:
        self._stations.save(tx, stepped.station)
        self._stages.write(tx, stepped.step)
        self._events.station_amended(tx, call, stepped.station, now=stepped.step.at)
        self._events.station_step_taken(tx, call, stepped.step)
        return stepped.station

    def _readiness(self, tx: Connection, station: Station) -> Readiness:
        today = self._today()
        requirements = self.requirements.on(today)
        needs = requirements.kinds[station.kind]
        condition = Condition(
            facts=station.facts,
            premises=self._premises.find(tx, station.code),
            active_staff=self._accounts.active_at(tx, station.code),
            service_items=self._service_items.offered_count(tx, station.path),
            facilities=self._facilities.present(tx, station.code, (*needs.facilities, *needs.inspected)),
            rectifications=self._stages.unfinished(tx, station.code),
        )
        return Readiness(
            code=station.code,
            stage=stage.stage_of(station),
            missing=missing(condition, needs, today),
            rules_from=requirements.in_force_from,
        )


def _cursor(after: str | None) -> tuple[date, str] | None:
    if after is None:
        return None
    day, _, id = after.partition(":")
    try:
        return date.fromisoformat(day), id
    except ValueError:
        fault = FieldFault(pointer="query:after", code="cursor", detail="names no day")
        raise RequestInvalid("the cursor is none of ours", faults=(fault,)) from None
