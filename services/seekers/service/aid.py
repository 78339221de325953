"""Aid for those who find it hard to find work (困难零工就业帮扶)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain import aid
from services.seekers.domain.register import require_active
from services.seekers.service.support import SupportDesk
from yizhan.bus.nameko_entrypoints import in_native_thread, method
from yizhan.contracts.aid import (
    AidCase,
    AidCaseClosed,
    AidCaseList,
    AidCaseOpened,
    AidCaseQuery,
    AidCaseVisited,
    AidRecord,
    AidRpc,
    AmendAidPlan,
    CloseAidCase,
    Difficulty,
    DifficultyFileRef,
    DifficultyGroupList,
    DismissLongWaiting,
    LongWaitingDismissed,
    LongWaitingList,
    LongWaitingQuery,
    OpenAidCase,
    RecordAidVisit,
    TagDifficulty,
    WithdrawDifficulty,
)
from yizhan.contracts.files import StoredFile
from yizhan.contracts.rpc import Call, Nothing
from yizhan.contracts.seekers import SeekerRef


class Aid(SupportDesk):
    """Difficulties and what is done about them."""

    @method(AidRpc.difficulty_groups)
    def difficulty_groups(self, tx: Connection, call: Call, request: Nothing) -> DifficultyGroupList:  # noqa: ARG002
        version = self.difficulty_rules.on(self._today())
        return DifficultyGroupList(groups=version.groups, long_waiting=version.long_waiting)

    @method(AidRpc.get_aid)
    def get_aid(self, tx: Connection, call: Call, request: SeekerRef) -> AidRecord:
        entry = self._found(tx, call.actor, request.id)
        return AidRecord(
            difficulties=tuple(self._difficulties.of(tx, seeker_id=entry.id)),
            cases=tuple(self._aid_cases.of(tx, seeker_id=entry.id)),
            visits=tuple(self._aid_visits.of(tx, seeker_id=entry.id)),
        )

    # --- difficulties ------------------------------------------------------------------------------------

    @method(AidRpc.tag_difficulty)
    def tag_difficulty(self, tx: Connection, call: Call, request: TagDifficulty) -> Difficulty:
        entry = self._supported(tx, call, request.id)
        today = self._today()
        group = self.difficulty_rules.on(today).group(request.scope, request.group)
        known = self._difficulties.of(tx, seeker_id=entry.id)
        begins_on = aid.require_taggable(request, group, known, today=today)
        tagged = aid.tag(
            request,
            begins_on,
            self._proofs(request.evidence),
            id=self._fresh_id(),
            station=entry.station,
            now=self.clock.now(),
            by=call.actor.id,
        )
        self._difficulties.insert(tx, tagged)
        self._register.tell_anew_on(tx, entry.id, today)
        return tagged

    def _proofs(self, ids: tuple[str, ...]) -> tuple[StoredFile, ...]:
        """Uploaded files that stay from now on, without the names that say whose they are."""
        return tuple(in_native_thread(self._file_store.keep, id).nameless() for id in dict.fromkeys(ids))

    @method(AidRpc.withdraw_difficulty)
    def withdraw_difficulty(self, tx: Connection, call: Call, request: WithdrawDifficulty) -> Difficulty:
        current = self._own(tx, call, self._difficulties, request.id)
        withdrawn = aid.withdraw(current, request.reason, now=self.clock.now(), today=self._today())
        self._difficulties.save(tx, withdrawn)
        self._register.tell_anew_on(tx, current.seeker_id, self._today())
        return withdrawn

    @method(AidRpc.get_difficulty_file)
    def get_difficulty_file(self, tx: Connection, call: Call, request: DifficultyFileRef) -> StoredFile:
        difficulty = self._own(tx, call, self._difficulties, request.id, lock=False)
        return aid.file_of(difficulty, request.file_id)

    # --- cases -------------------------------------------------------------------------------------------

    @method(AidRpc.open_aid_case)
    def open_aid_case(self, tx: Connection, call: Call, request: OpenAidCase) -> AidCase:
        entry = self._supported(tx, call, request.id)
        opened = aid.open_case(
            request,
            self._difficulties.of(tx, seeker_id=entry.id),
            self._aid_cases.of(tx, seeker_id=entry.id),
            id=self._fresh_id(),
            station=entry.station,
            today=self._today(),
            by=call.actor.id,
        )
        self._aid_cases.insert(tx, opened)
        self._told.aid_case_told(tx, call, AidCaseOpened, opened, self._aid_pseudonym(opened.seeker_id))
        return opened

    @method(AidRpc.amend_aid_plan)
    def amend_aid_plan(self, tx: Connection, call: Call, request: AmendAidPlan) -> AidCase:
        current = self._own(tx, call, self._aid_cases, request.id)
        amended = aid.amend_plan(current, request, today=self._today())
        # Told to nobody: a plan's words and measures are for the station alone.
        self._aid_cases.save(tx, amended)
        return amended

    @method(AidRpc.record_aid_visit)
    def record_aid_visit(self, tx: Connection, call: Call, request: RecordAidVisit) -> AidCase:
        current = self._own(tx, call, self._aid_cases, request.id)
        after, made = aid.visit(
            current,
            request,
            id=self._fresh_id(),
            now=self.clock.now(),
            today=self._today(),
            by=call.actor.id,
        )
        self._aid_cases.save(tx, after)
        self._aid_visits.insert(tx, made)
        self._told.aid_case_told(tx, call, AidCaseVisited, after, self._aid_pseudonym(after.seeker_id))
        return after

    @method(AidRpc.close_aid_case)
    def close_aid_case(self, tx: Connection, call: Call, request: CloseAidCase) -> AidCase:
        current = self._own(tx, call, self._aid_cases, request.id)
        closed = aid.close_case(current, request, today=self._today())
        self._aid_cases.save(tx, closed)
        self._told.aid_case_told(tx, call, AidCaseClosed, closed, self._aid_pseudonym(closed.seeker_id))
        return closed

    @method(AidRpc.list_aid_cases)
    def list_aid_cases(self, tx: Connection, call: Call, request: AidCaseQuery) -> AidCaseList:
        within = self._subtree(tx, call, request.station)
        page = storage.Page(request.after, request.limit)
        found, following = self._aid_cases.page(tx, within, page, state=request.state)
        named = self._support.named(tx, storage.ids_of(found))
        return AidCaseList(cases=tuple(found), people=named, next=following)

    # --- long waiting ------------------------------------------------------------------------------------

    @method(AidRpc.list_long_waiting)
    def list_long_waiting(self, tx: Connection, call: Call, request: LongWaitingQuery) -> LongWaitingList:
        within = self._subtree(tx, call, request.station)
        today = self._today()
        rule = self.difficulty_rules.on(today).long_waiting
        proposals = self._support.long_waiting(
            tx,
            within,
            rule,
            group=aid.LONG_WAITING,
            today=today,
            since=today - timedelta(days=rule.within_days),
            limit=request.limit,
        )
        return LongWaitingList(rule=rule, proposals=proposals)

    @method(AidRpc.dismiss_long_waiting)
    def dismiss_long_waiting(
        self, tx: Connection, call: Call, request: DismissLongWaiting
    ) -> LongWaitingDismissed:
        entry = self._supported(tx, call, request.id)
        require_active(entry)
        today = self._today()
        until = aid.dismissed_until(self.difficulty_rules.on(today).long_waiting, today=today)
        self._support.dismiss(tx, entry.id, until=until, by=call.actor.id, now=self.clock.now())
        return LongWaitingDismissed(id=entry.id, until=until)
