"""The envelope of every event: CloudEvents 1.0, structured JSON, add-only per version."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, Self, TypeVar

from pydantic import Field, SerializeAsAny

from yizhan.contracts.base import DivisionCode, Identifier, Message, Moment, Sequence, StationCode

CONTENT_TYPE = "application/cloudevents+json"


def family_of(event_type: str) -> str:
    """`jobs.posting` of `jobs.posting.published.v1`: whose events they are, whatever happened."""
    return ".".join(event_type.split(".")[:2])


class Facts(Message):
    """What one type of event says; a subclass is an event's `data`.

    event_type: `<service>.<aggregate>.<past tense>.v<major>`, stable for ever. Within a major version fields
    are only ever added, and added ones are optional.
    """

    event_type: ClassVar[str] = ""


F = TypeVar("F", bound=Facts)


class Event(Message, Generic[F]):
    """One fact on the bus, with CloudEvents 1.0's attributes and our extensions.

    id: unique for ever; consumers dedupe by it. subject: the aggregate's identifier. sequence: the
    aggregate's version after this fact; consumers order by it. division, station: where it happened.
    correlation: the id that follows one request from the gateway to the screen.
    """

    specversion: Annotated[str, Field(pattern=r"^1\.0$")] = "1.0"
    id: Identifier
    source: Annotated[str, Field(pattern=r"^/yizhan/[a-z]+$")]
    type: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*$")]
    subject: Annotated[str, Field(min_length=1, max_length=80)]
    time: Moment
    datacontenttype: Annotated[str, Field(pattern=r"^application/json$")] = "application/json"
    sequence: Sequence
    division: DivisionCode
    station: StationCode
    correlation: Annotated[str, Field(min_length=1, max_length=64)]
    traceparent: (
        Annotated[str, Field(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None
    ) = None
    #: Serialized by its own type, so that an `Event[Facts]` that holds a subclass loses nothing.
    data: SerializeAsAny[F]

    @classmethod
    def of(
        cls,
        data: F,
        *,
        id: str,
        subject: str,
        sequence: int,
        station: str,
        time: Moment,
        correlation: str,
        traceparent: str | None = None,
    ) -> Self:
        """Wrap facts. Source is the type's first word, division the station code's first six digits."""
        return cls(
            id=id,
            source=f"/yizhan/{data.event_type.split('.', 1)[0]}",
            type=data.event_type,
            subject=subject,
            time=time,
            sequence=sequence,
            division=station[:6],
            station=station,
            correlation=correlation,
            traceparent=traceparent,
            data=data,
        )

    @property
    def routing_key(self) -> str:
        """`jobs.posting.published.<division>.<station>`: the type without its version, then the place."""
        return f"{self.type.rsplit('.', 1)[0]}.{self.division}.{self.station}"
