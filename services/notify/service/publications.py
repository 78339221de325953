"""Putting a posting up outside: the kit for it, and the receipt of where it stands."""

from __future__ import annotations

from sqlalchemy import Connection

from services.notify import data, storage
from services.notify.domain import kit
from services.notify.poster import poster
from services.notify.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import Actor
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import Posting, PostingStatus
from yizhan.contracts.publications import (
    KitQuery,
    PostingNotPublic,
    Publication,
    PublicationKit,
    PublicationList,
    PublicationPostingUnknown,
    PublicationQuery,
    PublicationsRpc,
    PublicationTimeInvalid,
    RecordPublication,
)
from yizhan.contracts.rpc import Call


class PublicationDesk(Desk):
    """Commands and queries about publications."""

    @method(PublicationsRpc.publication_kit)
    def publication_kit(self, tx: Connection, call: Call, request: KitQuery) -> PublicationKit:
        posting = self._own_posting(tx, call.actor, request.posting_id)
        if posting.status is not PostingStatus.PUBLISHED:
            raise PostingNotPublic("it is not on the screens", posting_id=posting.id, status=posting.status)
        station = self._people.station_name(tx, posting.station)
        return PublicationKit(
            posting_id=posting.id,
            texts=kit.texts(posting, station, request.link, data.texts().kit),
            poster=poster(posting, station=station, link=request.link, texts=data.texts()),
            link=request.link,
        )

    @method(PublicationsRpc.record_publication)
    def record_publication(self, tx: Connection, call: Call, request: RecordPublication) -> Publication:
        posting = self._own_posting(tx, call.actor, request.posting_id)
        now = self.clock.now()
        published_at = request.published_at or now
        if posting.published_at is None:
            raise PostingNotPublic("it never was public", posting_id=posting.id, status=posting.status)
        if not posting.published_at <= published_at <= now:
            raise PublicationTimeInvalid(
                "not between its publishing and now", published_at=published_at.isoformat()
            )
        publication = Publication(
            id=new_identifier(now),
            posting_id=posting.id,
            station=posting.station,
            channel=request.channel,
            trade=posting.terms.trade,
            link=request.link,
            note=request.note,
            published_at=published_at,
            recorded_at=now,
            recorded_by=call.actor.id,
        )
        storage.Publications().add(tx, publication)
        self._events.publication_recorded(tx, call, publication)
        return publication

    @method(PublicationsRpc.list_publications)
    def list_publications(self, tx: Connection, call: Call, request: PublicationQuery) -> PublicationList:
        subtree = self._subtree(tx, call.actor, request.station)
        found, following = storage.Publications().page(tx, subtree, after=request.after, limit=request.limit)
        return PublicationList(publications=tuple(found), next=following)

    def _own_posting(self, tx: Connection, actor: Actor, id: str) -> Posting:
        posting = storage.Postings(self.database).find(tx, id)
        if posting is None:
            raise PublicationPostingUnknown("no posting with this id was heard of", posting_id=id)
        self._staff_place(tx, actor, posting.station)
        return posting
