"""What services/notify says to one person: his letters, what he wants to hear, and how to stop it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method, Nothing
from yizhan.contracts.stations import Clocktime
from yizhan.contracts.templates import TemplateKind


class Letter(Message):
    """What somebody finds in the console. station: the one that it is about."""

    id: Identifier
    station: StationCode
    kind: str
    title: str
    body: str
    at: Moment
    read_at: Moment | None


class LetterNotice(Message):
    """That a letter lies in somebody's inbox, and for whom: never what it says. staff_id: whose inbox.
    station: the one that it is about."""

    id: Identifier
    staff_id: Identifier
    station: StationCode
    kind: str
    at: Moment


class LetterLaid(Facts):
    """A letter was laid into the inbox of one of the staff. Subject: the letter's id."""

    event_type: ClassVar[str] = "notify.letter.laid.v1"
    letter: LetterNotice


class LetterQuery(Message):
    """The caller's own letters, newest first. `after`: the last id of the page before."""

    unread: bool = False
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class LetterList(Message):
    """unread: how many the caller has not read, on any page; counted up to 100."""

    letters: tuple[Letter, ...]
    unread: Annotated[int, Field(ge=0, le=100)]
    next: Identifier | None


class ReadLetters(Message):
    """The caller has read these; none for all that he has."""

    ids: Annotated[tuple[Identifier, ...], Field(max_length=200)] = ()


class LettersRead(Message):
    read: Annotated[int, Field(ge=0)]


class Quiet(Message):
    """From `begins` to `ends`, across midnight when that is the earlier, nothing comes that is not urgent."""

    begins: Clocktime
    ends: Clocktime


class MessageWishes(Message):
    """How somebody wants to be told. channels: in the order in which they are tried. stopped: kinds that he
    does not want; digested: kinds that wait for one message a day, at `digest_at`."""

    channels: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z_]{1,16}$")], ...], Field(max_length=6)]
    quiet_hours: Quiet | None = None
    stopped: Annotated[tuple[TemplateKind, ...], Field(max_length=40)] = ()
    digested: Annotated[tuple[TemplateKind, ...], Field(max_length=40)] = ()
    digest_at: Clocktime = "18:00"


class StopMark(Message):
    """mark: what a message carried at its end; it says nothing of who it is."""

    mark: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Stopped(Message):
    """kinds: how many kinds of message will not come any more."""

    kinds: Annotated[int, Field(ge=0)]


class LettersRpc:
    """The methods of services/notify by which somebody looks after his own messages."""

    my_letters = Method("notify", "my_letters", LetterQuery, LetterList, command=False)
    read_letters = Method("notify", "read_letters", ReadLetters, LettersRead, command=True)
    my_wishes = Method("notify", "my_wishes", Nothing, MessageWishes, command=False)
    choose_wishes = Method("notify", "choose_wishes", MessageWishes, MessageWishes, command=True)
    stop_messages = Method("notify", "stop_messages", StopMark, Stopped, command=True)


class StopMarkUnknown(YizhanError):
    """No message carried this mark."""

    code = "notify.stop_mark_unknown"
    status = 404


class WishesRefused(YizhanError):
    """A channel that the caller has not, a kind that cannot be stopped or waits for no digest; or quiet hours
    that end when they begin."""

    code = "notify.wishes_refused"
    status = 422
