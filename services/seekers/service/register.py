"""The register (求职登记台账)."""

from __future__ import annotations

import secrets
from functools import partial

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain import register as decisions
from services.seekers.domain.history import SLIP, amended_fields
from services.seekers.domain.identity import IdentityNumber, age_on, is_minor_worker, read_identity_number
from services.seekers.domain.public_name import masked_form
from services.seekers.service.cards import CardDesk
from yizhan.bus.clockwork import every
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import SYSTEM, Actor
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.seeker_rights import Consent, PersonalField
from yizhan.contracts.seeker_steps import SeekerStepList, SeekerStepQuery, SeekerStepsRpc
from yizhan.contracts.seekers import (
    AmendSeeker,
    CloseSeeker,
    LookUpPerson,
    Person,
    RegisterSeeker,
    ReopenSeeker,
    ReplaceSlip,
    SearchSeekers,
    Seeker,
    SeekerElsewhere,
    SeekerExists,
    SeekerList,
    SeekerNotFound,
    SeekerQuery,
    SeekerRef,
    SeekersRpc,
    TransferSeeker,
    Whereabouts,
)

#: A slip that chance has given twice is given anew; so often in a row it does not happen.
_SLIP_TRIES = 8

_TOLD_AT_ONCE = 200


class Register(CardDesk):
    """Commands and queries about entries."""

    @method(SeekersRpc.register_seeker)
    def register_seeker(self, tx: Connection, call: Call, request: RegisterSeeker) -> Seeker:
        self._open_place(tx, call.actor, request.station)
        identity = read_identity_number(request.id_number, today=self._today())
        plain: storage.Plain = {
            PersonalField.NAME: request.name,
            PersonalField.ID_NUMBER: identity.text,
            PersonalField.PHONE: request.phone,
            PersonalField.RELATIVE_PHONE: request.relative_phone,
        }
        now = self.clock.now()
        entry, facts = self._inserted(tx, call, request, identity, plain)
        for purpose in sorted(entry.consents):
            wording = self.wordings.wording_of(purpose, self._today())
            consent = Consent(
                purpose=purpose, version=1, wording=wording, given_at=now, given_by=call.actor.id
            )
            self._rights.give(tx, entry.id, consent)
        self._tell_again_later(tx, entry)
        self._follow(tx, call, entry, facts)
        return self._shown(entry)

    def _tell_again_later(self, tx: Connection, entry: decisions.Entry) -> None:
        today = self._today()
        day = decisions.told_anew_on(
            entry,
            today=today,
            rules=self.retirement,
            aid_changes_on=storage.Support(self.database).aid_changes_on(tx, entry.id, today),
        )
        self._register.tell_anew_on(tx, entry.id, day)

    @every(seconds=60)
    def tell_anew_whom_a_day_changes(self, tx: Connection) -> None:
        """Some at a time: after an upgrade that tells more than before, everybody is due at once."""
        for current in self._register.to_tell_anew(tx, today=self._today(), limit=_TOLD_AT_ONCE):
            call = Call(actor=SYSTEM, correlation=new_identifier(self.clock.now()))
            self._tell_again_later(tx, self._step(tx, call, *decisions.tell_anew(current, by=SYSTEM)))

    def _inserted(
        self,
        tx: Connection,
        call: Call,
        request: RegisterSeeker,
        identity: IdentityNumber,
        plain: storage.Plain,
    ) -> decisions.Decision:
        now = self.clock.now()
        for _ in range(_SLIP_TRIES):
            entry, facts = decisions.register(
                request,
                identity,
                id=new_identifier(now),
                slip=decisions.new_slip(secrets.randbelow),
                now=now,
                by=call.actor,
            )
            if self._register.insert(tx, entry, plain):
                return entry, facts
            self._refuse_known(tx, call.actor, identity)
        raise RuntimeError("no slip is left")

    def _refuse_known(self, tx: Connection, actor: Actor, identity: IdentityNumber) -> None:
        known = self._register.of_id_number(tx, identity.text)
        if known is None:
            return
        if self._covers(tx, actor, known.station):
            raise SeekerExists("this person is in the register", seeker_id=known.id)
        # Nothing more: one station's register is closed to another.
        raise SeekerElsewhere("registered at another station; ask for transfer")

    @method(SeekersRpc.look_up_person)
    def look_up_person(self, tx: Connection, call: Call, request: LookUpPerson) -> Person:
        self._staff_place(tx, call.actor, request.station)
        today = self._today()
        identity = read_identity_number(request.id_number, today=today)
        known = self._register.of_id_number(tx, identity.text)
        here = known is not None and self._covers(tx, call.actor, known.station)
        where = Whereabouts.NOWHERE if known is None else Whereabouts.ELSEWHERE
        return Person(
            sex=identity.sex,
            birth_year=identity.birth.year,
            age=age_on(identity.birth, today),
            minor=is_minor_worker(identity.birth, today=today),
            retirement=self.retirement.standing(identity.birth, identity.sex, today=today),
            registered=Whereabouts.HERE if here else where,
            seeker_id=known.id if known is not None and here else None,
        )

    @method(SeekersRpc.get_seeker)
    def get_seeker(self, tx: Connection, call: Call, request: SeekerRef) -> Seeker:
        return self._shown(self._found(tx, call.actor, request.id))

    @method(SeekerStepsRpc.list_seeker_steps)
    def list_seeker_steps(self, tx: Connection, call: Call, request: SeekerStepQuery) -> SeekerStepList:
        entry = self._found(tx, call.actor, request.id)
        found, following = self._history.steps(tx, entry.id, before=request.before, limit=request.limit)
        return SeekerStepList(steps=tuple(found), next=following)

    @method(SeekersRpc.list_seekers)
    def list_seekers(self, tx: Connection, call: Call, request: SeekerQuery) -> SeekerList:
        within = self._network.within(tx, self._staff_place(tx, call.actor, request.station))
        page = storage.Page.of_days(
            request.after, request.limit, request.registered_from, request.registered_to
        )
        if request.trade is not None:
            found = self._register.page_of_trade(tx, within, page, trade=request.trade)
        else:
            found = self._register.page(tx, within, page, status=request.status)
        return self._listed(found)

    @method(SeekersRpc.search_seekers)
    def search_seekers(self, tx: Connection, call: Call, request: SearchSeekers) -> SeekerList:
        within = self._network.within(tx, self._staff_place(tx, call.actor, request.station))
        page = storage.Page(request.after, request.limit)
        if request.slip is not None:
            found = self._register.page_of_slip(tx, within, page, slip=request.slip)
        elif request.phone is not None:
            found = self._register.page_of_phone(tx, within, page, phone=request.phone)
        else:
            assert request.name is not None
            masked = masked_form(request.name)
            if masked is None:
                found = self._register.page_of_name(tx, within, page, name=request.name)
            else:
                found = self._register.page_of_masked_name(tx, within, page, masked_name=masked)
        return self._listed(found)

    def _listed(self, page: tuple[list[decisions.Entry], str | None]) -> SeekerList:
        entries, following = page
        return SeekerList(seekers=tuple(self._shown(entry) for entry in entries), next=following)

    @method(SeekersRpc.amend_seeker)
    def amend_seeker(self, tx: Connection, call: Call, request: AmendSeeker) -> Seeker:
        current = self._found(tx, call.actor, request.id, lock=True)
        after, facts = decisions.amend(current, request, by=call.actor)
        given = {
            PersonalField.NAME: request.name,
            PersonalField.PHONE: request.phone,
            PersonalField.RELATIVE_PHONE: request.relative_phone,
        }
        plain = {
            field: text for field, text in given.items() if text is not None or field.value in request.remove
        }
        return self._shown(self._step(tx, call, after, facts, plain, amended=amended_fields(request)))

    @method(SeekersRpc.close_seeker)
    def close_seeker(self, tx: Connection, call: Call, request: CloseSeeker) -> Seeker:
        current = self._found(tx, call.actor, request.id, lock=True)
        decided = decisions.close(current, request.reason, now=self.clock.now(), by=call.actor)
        return self._shown(self._step(tx, call, *decided))

    @method(SeekersRpc.reopen_seeker)
    def reopen_seeker(self, tx: Connection, call: Call, request: ReopenSeeker) -> Seeker:
        current = self._found(tx, call.actor, request.id, lock=True)
        return self._shown(self._step(tx, call, *decisions.reopen(current, by=call.actor)))

    @method(SeekersRpc.replace_slip)
    def replace_slip(self, tx: Connection, call: Call, request: ReplaceSlip) -> Seeker:
        current = self._found(tx, call.actor, request.id, lock=True)
        new_slip = partial(decisions.new_slip, secrets.randbelow)
        slip = next(slip for slip in iter(new_slip, "") if self._register.of_slip(tx, slip) is None)
        after, facts = decisions.replace_slip(current, slip, by=call.actor)
        return self._shown(self._step(tx, call, after, facts, amended=SLIP))

    @method(SeekersRpc.transfer_seeker)
    def transfer_seeker(self, tx: Connection, call: Call, request: TransferSeeker) -> Seeker:
        self._open_place(tx, call.actor, request.station)
        identity = read_identity_number(request.id_number, today=self._today())
        known = self._register.of_id_number(tx, identity.text, lock=True)
        if known is None:
            raise SeekerNotFound("nobody in the register has this identity number")
        decided = decisions.transfer(known, request.station, by=call.actor)
        return self._shown(self._step(tx, call, *decided))
