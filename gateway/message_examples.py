"""Examples of messages and publications for the API document. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from yizhan.contracts import deliveries, letters, publications, templates

_AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
_STATION = "52273001"
_STAFF = "01950002-7c00-7000-8000-000000000002"
_POSTING = "01950005-7c00-7000-8000-000000000005"
_DELIVERY = "01950031-7c00-7000-8000-000000000031"
_LETTER = "01950032-7c00-7000-8000-000000000032"
_PUBLICATION = "01950033-7c00-7000-8000-000000000033"
_EVENT = "01950034-7c00-7000-8000-000000000034"
_LINK = "https://yizhan.example.cn/screen/52273001"

_FAILED = deliveries.DeliveryView(
    id=_DELIVERY,
    kind="worker.posting_fits",
    person="seeker:01950035-7c00-7000-8000-000000000035",
    station=_STATION,
    channel="sms",
    state=deliveries.DeliveryState.NOT_CONFIGURED,
    cause=deliveries.DeliveryCause.NOT_CONFIGURED,
    dead_end=True,
    occasion=_EVENT,
    due_at=None,
    expires_at=_AT + timedelta(hours=24),
    attempts=0,
    receipt=None,
    history=(
        deliveries.DeliveryMilestone(state=deliveries.DeliveryState.QUEUED, at=_AT),
        deliveries.DeliveryMilestone(
            state=deliveries.DeliveryState.NOT_CONFIGURED,
            at=_AT + timedelta(seconds=1),
            cause=deliveries.DeliveryCause.NOT_CONFIGURED,
        ),
    ),
)
_KIND = templates.MessageKind(
    kind="staff.fair_short",
    urgent=False,
    stoppable=False,
    digestible=True,
    sample={"title": "春季专场招聘会", "opens": "3月10日 09:00", "confirmed": "3", "least": "5"},
)
_FIELDS = {"title": "招聘会企业不够", "body": "{title}（{opens}）已确认{confirmed}家，需要{least}家。"}
_TEMPLATE = templates.MessageTemplate(
    kind="staff.fair_short",
    channel="inbox",
    version=2,
    fields=_FIELDS,
    signature="",
    written_by=_STAFF,
    written_at=_AT,
)
_WISHES = letters.MessageWishes(
    channels=("inbox",),
    quiet_hours=letters.Quiet(begins="21:00", ends="07:00"),
    digested=("staff.to_verify",),
)
_PUBLISHED = publications.Publication(
    id=_PUBLICATION,
    posting_id=_POSTING,
    station=_STATION,
    channel=publications.PublicationChannel.QQ_GROUP,
    trade="搬运工",
    link=None,
    note="龙里零工群",
    published_at=_AT,
    recorded_at=_AT + timedelta(minutes=2),
    recorded_by=_STAFF,
)

EXAMPLES: tuple[BaseModel, ...] = (
    _FAILED,
    deliveries.DeliveryList(deliveries=(_FAILED,), next=None),
    deliveries.DeliveryRef(id=_DELIVERY),
    _TEMPLATE,
    templates.TemplateList(kinds=(_KIND,), templates=(_TEMPLATE,)),
    templates.PreviewTemplate(kind="staff.fair_short", channel="inbox", fields=_FIELDS),
    templates.TemplatePreview(
        fields={"title": "招聘会企业不够", "body": "春季专场招聘会（3月10日 09:00）已确认3家，需要5家。"},
        length=36,
        parts=1,
    ),
    templates.WriteTemplate(kind="staff.fair_short", channel="inbox", fields=_FIELDS, expected_version=1),
    letters.LetterList(
        letters=(
            letters.Letter(
                id=_LETTER,
                station=_STATION,
                kind="staff.fair_short",
                title="招聘会企业不够",
                body="春季专场招聘会（3月10日 09:00）已确认3家，需要5家。",
                at=_AT,
                read_at=None,
            ),
        ),
        unread=1,
        next=None,
    ),
    letters.ReadLetters(ids=(_LETTER,)),
    letters.LettersRead(read=1),
    _WISHES,
    letters.StopMark(mark="3f9ac2d14b6e0875"),
    letters.Stopped(kinds=8),
    publications.PublicationKit(
        posting_id=_POSTING,
        texts=(
            publications.KitText(
                channel=publications.PublicationChannel.QQ_GROUP,
                title=None,
                body="【招工】龙山镇建材市场招搬运工6人，260元/天",
            ),
        ),
        poster='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 297"></svg>',
        link=_LINK,
    ),
    publications.RecordPublication(
        posting_id=_POSTING, channel=publications.PublicationChannel.QQ_GROUP, note="龙里零工群"
    ),
    _PUBLISHED,
    publications.PublicationList(publications=(_PUBLISHED,), next=None),
)
