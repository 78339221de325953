"""What one person looks after himself: his inbox, what he wants to hear, and stopping it all."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy import Connection

from services.notify import data, storage
from services.notify.domain.audiences import Preferences
from services.notify.domain.quiet_hours import QuietHours
from services.notify.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import Actor
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.letters import (
    LetterList,
    LetterQuery,
    LettersRead,
    LettersRpc,
    MessageWishes,
    Quiet,
    ReadLetters,
    StopMark,
    StopMarkUnknown,
    Stopped,
    WishesRefused,
)
from yizhan.contracts.notify import KindUnknown
from yizhan.contracts.rpc import Call, Nothing
from yizhan.network.scope import STAFF_ROLES, standing


class LetterDesk(Desk):
    """Each caller sees and changes his own, and nobody else's."""

    @method(LettersRpc.my_letters)
    def my_letters(self, tx: Connection, call: Call, request: LetterQuery) -> LetterList:
        person = self._own(tx, call.actor)
        letters = storage.Letters(self.database)
        found, following = letters.page(
            tx, person, unread=request.unread, after=request.after, limit=request.limit
        )
        return LetterList(letters=tuple(found), unread=letters.unread(tx, person), next=following)

    @method(LettersRpc.read_letters)
    def read_letters(self, tx: Connection, call: Call, request: ReadLetters) -> LettersRead:
        person = self._own(tx, call.actor)
        read = storage.Letters(self.database).read(tx, person, request.ids, now=self.clock.now())
        return LettersRead(read=read)

    @method(LettersRpc.my_wishes)
    def my_wishes(self, tx: Connection, call: Call, request: Nothing) -> MessageWishes:  # noqa: ARG002
        return _wishes(self._people.preferences(tx, self._own(tx, call.actor)))

    @method(LettersRpc.choose_wishes)
    def choose_wishes(self, tx: Connection, call: Call, request: MessageWishes) -> MessageWishes:
        person = self._own(tx, call.actor)
        chosen = self._chosen(person, request)
        self._people.prefer(tx, person, chosen, now=self.clock.now())
        return _wishes(chosen)

    @method(LettersRpc.stop_messages)
    def stop_messages(self, tx: Connection, call: Call, request: StopMark) -> Stopped:  # noqa: ARG002
        person = self._people.marked(tx, request.mark)
        if person is None:
            raise StopMarkUnknown("no message carried this mark")
        stopped = self._people.preferences(tx, person).without_all(data.kinds())
        self._people.prefer(tx, person, stopped, now=self.clock.now())
        return Stopped(kinds=len(stopped.stopped))

    def _own(self, tx: Connection, actor: Actor) -> str:
        """The caller as a recipient. Raises NotAllowed for whoever has no inbox."""
        if actor.role not in STAFF_ROLES:
            raise NotAllowed("this is for staff", role=actor.role.value)
        _, account = self._network.standing(tx, actor.station or "", actor.id)
        standing(actor, account)
        return f"staff:{actor.id}"

    def _chosen(self, person: str, request: MessageWishes) -> Preferences:
        kinds = data.kinds()
        try:
            for name in request.stopped:
                if not kinds.rule(name).stoppable:
                    raise WishesRefused("this kind cannot be stopped", kind=name)
            for name in request.digested:
                if not kinds.rule(name).digestible:
                    raise WishesRefused("this kind waits for no digest", kind=name)
        except KindUnknown as error:
            raise WishesRefused("no such kind of message", **error.evidence) from error
        possible = data.audiences().preferences(person).channels
        if not set(request.channels) <= set(possible):
            raise WishesRefused("not a channel of yours", channels=list(possible))
        quiet = request.quiet_hours
        try:
            return Preferences(
                channels=request.channels,
                quiet_hours=None if quiet is None else QuietHours(begins=quiet.begins, ends=quiet.ends),
                stopped=frozenset(request.stopped),
                digested=frozenset(request.digested),
                digest_at=request.digest_at,
            )
        except ValidationError as error:
            raise WishesRefused("quiet hours end at another time than they begin") from error


def _wishes(chosen: Preferences) -> MessageWishes:
    quiet = chosen.quiet_hours
    return MessageWishes(
        channels=chosen.channels,
        quiet_hours=None if quiet is None else Quiet(begins=quiet.begins, ends=quiet.ends),
        stopped=tuple(sorted(chosen.stopped)),
        digested=tuple(sorted(chosen.digested)),
        digest_at=chosen.digest_at,
    )
