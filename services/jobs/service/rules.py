"""Rules as dated data that an administrator edits, and what they say of a text that is no posting yet."""

from __future__ import annotations

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain import lawfulness
from services.jobs.domain.dictation import parse
from services.jobs.domain.rulebook import require_readable, shipped
from services.jobs.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.compliance import (
    AddRuleVersion,
    CheckText,
    ComplianceRpc,
    ReadSpeech,
    RuleQuery,
    RuleVersion,
    RuleVersionList,
    SpokenPosting,
    TextVerdict,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call


class Rules(Desk):
    """Commands and queries about rules, and about texts that are not saved."""

    @method(ComplianceRpc.check_text)
    def check_text(self, tx: Connection, call: Call, request: CheckText) -> TextVerdict:
        place = self._staff_place(tx, call.actor, request.station)
        rules = self._law(tx, place.code, request.start_date or self._today())
        return lawfulness.verdict_of(request, division=place.code, now=self.clock.now(), rules=rules)

    @method(ComplianceRpc.read_speech)
    def read_speech(self, tx: Connection, call: Call, request: ReadSpeech) -> SpokenPosting:
        self._staff_place(tx, call.actor, request.station)
        return SpokenPosting(**parse(request.text, request.now or self.clock.now()).model_dump())

    @method(ComplianceRpc.add_rule_version)
    def add_rule_version(self, tx: Connection, call: Call, request: AddRuleVersion) -> RuleVersion:
        self._require_administrator(tx, call, self._network.root(tx))
        require_readable(request.kind, request.data)
        now = self.clock.now()
        version = RuleVersion(
            id=new_identifier(now),
            kind=request.kind,
            division=request.division,
            valid_from=request.valid_from,
            data=request.data,
            by=call.actor.id,
            at=now,
            reason=request.reason,
        )
        storage.RuleVersions().insert(tx, version)
        return version

    @method(ComplianceRpc.list_rule_versions)
    def list_rule_versions(self, tx: Connection, call: Call, request: RuleQuery) -> RuleVersionList:
        self._require_administrator(tx, call, self._network.root(tx))
        written = [one for one in storage.RuleVersions().all(tx) if one.kind is request.kind]
        return RuleVersionList(versions=(*reversed(written), shipped(request.kind)))
