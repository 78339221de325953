"""What a person has a right to: consents, knowing who read him, being forgotten."""

from __future__ import annotations

from sqlalchemy import Connection

from services.seekers.domain import register as decisions
from services.seekers.domain.identity import read_identity_number
from services.seekers.domain.register import Entry
from services.seekers.service.cards import CardDesk
from services.seekers.service.forgetting import Forgetting
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call, Nothing
from yizhan.contracts.seeker_rights import (
    ClearReading,
    ClearReadingList,
    ClearReadingQuery,
    ClearSeeker,
    Consent,
    ConsentList,
    ConsentTexts,
    EraseSeeker,
    GiveConsent,
    OwnRecord,
    OwnRecordQuery,
    OwnRecordRefused,
    PersonalField,
    Phones,
    PhonesQuery,
    ReadingPurpose,
    ReadSeekerInClear,
    SeekerRightsRpc,
    WithdrawConsent,
)
from yizhan.contracts.seekers import ConsentPurpose, Seeker, SeekerRef, SeekerStatus, SeekerStepIllegal
from yizhan.network.scope import require_system

#: As many readings as an own record tells of.
_TOLD_READINGS = 50


class Rights(CardDesk, Forgetting):
    """Commands and queries about a person's rights."""

    @method(SeekerRightsRpc.consent_texts)
    def consent_texts(self, tx: Connection, call: Call, request: Nothing) -> ConsentTexts:  # noqa: ARG002
        return ConsentTexts(texts=self.wordings.on(self._today()))

    @method(SeekerRightsRpc.give_consent)
    def give_consent(self, tx: Connection, call: Call, request: GiveConsent) -> Seeker:
        current = self._found(tx, call.actor, request.id, lock=True)
        latest = self._rights.latest_version(tx, current.id, request.purpose)
        in_force = request.purpose in current.consents
        consent = Consent(
            purpose=request.purpose,
            version=latest + 1,
            wording=self.wordings.wording_of(request.purpose, self._today()),
            given_at=self.clock.now(),
            given_by=call.actor.id,
        )
        after, facts = decisions.give_consent(
            current,
            request.purpose,
            version=consent.version,
            wording=consent.wording,
            called_by=request.called_by,
            by=call.actor,
        )
        if in_force:
            # A later consent takes the place of the one before it.
            self._rights.withdraw(tx, current.id, request.purpose, now=consent.given_at, by=call.actor.id)
        self._rights.give(tx, current.id, consent)
        return self._shown(self._step(tx, call, after, facts))

    @method(SeekerRightsRpc.withdraw_consent)
    def withdraw_consent(self, tx: Connection, call: Call, request: WithdrawConsent) -> Seeker:
        current = self._found(tx, call.actor, request.id, lock=True)
        version = self._rights.latest_version(tx, current.id, request.purpose)
        after, facts = decisions.withdraw_consent(current, request.purpose, version=version, by=call.actor)
        now = self.clock.now()
        self._rights.withdraw(tx, current.id, request.purpose, now=now, by=call.actor.id)
        of_id_number = request.purpose is ConsentPurpose.ID_NUMBER
        gone = {PersonalField.ID_NUMBER: None} if of_id_number else {}
        return self._shown(self._step(tx, call, after, facts, gone))

    @method(SeekerRightsRpc.list_consents)
    def list_consents(self, tx: Connection, call: Call, request: SeekerRef) -> ConsentList:
        entry = self._found(tx, call.actor, request.id)
        return ConsentList(consents=tuple(self._rights.consents(tx, entry.id)))

    @method(SeekerRightsRpc.read_seeker_in_clear)
    def read_seeker_in_clear(self, tx: Connection, call: Call, request: ReadSeekerInClear) -> ClearSeeker:
        entry = self._found(tx, call.actor, request.id)
        if entry.status is SeekerStatus.ERASED:
            raise SeekerStepIllegal(
                "there is nothing left to read", seeker_id=entry.id, status=entry.status.value
            )
        reading = self._note_reading(tx, call, entry, tuple(sorted(set(request.fields))), request.purpose)
        clear = self._register.clear(tx, entry.id, reading.fields)
        return ClearSeeker(reading=reading, **{field.value: text for field, text in clear.items()})

    @method(SeekerRightsRpc.phones_for_messages)
    def phones_for_messages(self, tx: Connection, call: Call, request: PhonesQuery) -> Phones:
        require_system(call.actor)
        phones: dict[str, str] = {}
        for id, entry in self._register.entries(tx, request.ids).items():
            if entry.status is not SeekerStatus.ACTIVE or ConsentPurpose.MESSAGES not in entry.consents:
                continue
            clear = self._register.clear(tx, id, (PersonalField.PHONE,))
            if PersonalField.PHONE in clear:
                self._note_reading(tx, call, entry, (PersonalField.PHONE,), ReadingPurpose.CONTACT)
                phones[id] = clear[PersonalField.PHONE]
        return Phones(phones=phones)

    def _note_reading(
        self,
        tx: Connection,
        call: Call,
        entry: Entry,
        fields: tuple[PersonalField, ...],
        purpose: ReadingPurpose,
    ) -> ClearReading:
        """Put on record, here and in an event, that somebody is read in clear now."""
        now = self.clock.now()
        reading = ClearReading(
            id=new_identifier(now),
            fields=fields,
            purpose=purpose,
            station=entry.station,
            by=call.actor.id,
            at=now,
        )
        self._rights.log_reading(tx, entry.id, reading)
        self._events.read_in_clear(tx, call, entry.id, reading)
        return reading

    @method(SeekerRightsRpc.list_clear_readings)
    def list_clear_readings(self, tx: Connection, call: Call, request: ClearReadingQuery) -> ClearReadingList:
        entry = self._found(tx, call.actor, request.id)
        found, following = self._rights.readings(tx, entry.id, after=request.after, limit=request.limit)
        return ClearReadingList(readings=tuple(found), next=following)

    @method(SeekerRightsRpc.erase_seeker)
    def erase_seeker(self, tx: Connection, call: Call, request: EraseSeeker) -> Seeker:
        current = self._found(tx, call.actor, request.id, lock=True)
        now = self.clock.now()
        after, facts = decisions.erase(current, request.reason, now=now, by=call.actor)
        self._rights.withdraw_all(tx, current.id, now=now, by=call.actor.id)
        self._forget_support(tx, call, current.id)
        return self._shown(self._step(tx, call, after, facts, dict.fromkeys(PersonalField)))

    @method(SeekerRightsRpc.own_record)
    def own_record(self, tx: Connection, call: Call, request: OwnRecordQuery) -> OwnRecord:  # noqa: ARG002
        identity = read_identity_number(request.id_number, today=self._today())
        entry = self._register.of_id_number(tx, identity.text)
        if entry is None or entry.slip != request.slip:
            raise OwnRecordRefused("slip and identity number do not belong together")
        readings, _ = self._rights.readings(tx, entry.id, after=None, limit=_TOLD_READINGS)
        return OwnRecord(
            seeker=self._shown(entry),
            consents=tuple(self._rights.consents(tx, entry.id)),
            readings=tuple(readings),
        )
