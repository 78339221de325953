"""What services/notify says of publications: a posting put up outside, by hand, with its receipt."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, PublicLine, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method


class PublicationChannel(StrEnum):
    """Where postings are put up (方案 三(四))."""

    PORTAL = "portal"
    #: 公众号
    OFFICIAL_ACCOUNT = "official_account"
    #: 公共招聘网
    RECRUITMENT_SITE = "recruitment_site"
    QQ_GROUP = "qq_group"
    #: A printed poster.
    POSTER = "poster"


#: An address on the public web, without a user or a password in it.
WebLink = Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s/@]+(/[^\s]*)?$")]


class Publication(Message):
    """That a posting was put up somewhere. published_at: when; link: where to see it, None where there is
    none, as for paper and groups. note: which group, which wall."""

    id: Identifier
    posting_id: Identifier
    station: StationCode
    channel: PublicationChannel
    trade: str
    link: WebLink | None
    note: PublicLine | None
    published_at: Moment
    recorded_at: Moment
    recorded_by: str


class PublicationRecorded(Facts):
    """A posting was put up outside, and somebody kept the receipt. Subject: the publication's id."""

    event_type: ClassVar[str] = "notify.publication.recorded.v1"
    publication: Publication


class KitText(Message):
    """The words for one channel, ready to paste. title: None where the channel has none."""

    channel: PublicationChannel
    title: str | None
    body: str


class KitQuery(Message):
    """link: what the poster's code leads to."""

    posting_id: Identifier
    link: WebLink


class PublicationKit(Message):
    """What is needed to put a posting up. poster: an SVG of A4, which every browser shows, prints and keeps.
    link: what its code leads to."""

    posting_id: Identifier
    texts: tuple[KitText, ...]
    poster: str
    link: WebLink


class RecordPublication(Message):
    """published_at: None for now; not later than now, nor before the posting was published."""

    posting_id: Identifier
    channel: PublicationChannel
    link: WebLink | None = None
    note: PublicLine | None = None
    published_at: Moment | None = None


class PublicationQuery(Message):
    """Publications of postings of a station and all below it, newest first. `after`: the last id of the page
    before."""

    station: StationCode
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PublicationList(Message):
    publications: tuple[Publication, ...]
    next: Identifier | None


class PublicationsRpc:
    """The methods of services/notify that are about publications."""

    publication_kit = Method("notify", "publication_kit", KitQuery, PublicationKit, command=False)
    record_publication = Method("notify", "record_publication", RecordPublication, Publication, command=True)
    list_publications = Method(
        "notify", "list_publications", PublicationQuery, PublicationList, command=False
    )


class PublicationPostingUnknown(YizhanError):
    """No posting has this id, or it is not known here yet."""

    code = "notify.posting_unknown"
    status = 404
    retryable = True


class PostingNotPublic(YizhanError):
    """Only what is on the screens is put up elsewhere."""

    code = "notify.posting_not_public"
    status = 409


class PublicationTimeInvalid(YizhanError):
    """A posting is put up after it was published and not in the future."""

    code = "notify.publication_time_invalid"
    status = 422
