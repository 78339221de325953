"""Putting a posting up outside: the kit, and the receipt of where it stands."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import timedelta

import pytest

from tests.integration.notify.office import ADMIN, TOWN, Office
from tests.support.service_stand import OTHER_CLERK
from yizhan.contracts.jobs import PostingStatus, PostingWithdrawn
from yizhan.contracts.publications import (
    KitQuery,
    PublicationChannel,
    PublicationQuery,
    PublicationsRpc,
    RecordPublication,
)

pytestmark = pytest.mark.integration

LINK = "https://yizhan.example.cn/screen/52273001"


def test_the_kit_has_words_for_each_channel_and_a_poster(office: Office) -> None:
    """Ready to paste: the job's facts, nothing that names a person; the poster is a drawing of its own."""
    id = office.publish().subject
    query = KitQuery(posting_id=id, link=LINK)
    kit = office.ask(PublicationsRpc.publication_kit, query)
    assert {text.channel for text in kit.texts} == set(PublicationChannel) - {PublicationChannel.POSTER}
    assert all("200元/天" in f"{text.title}{text.body}" and LINK in text.body for text in kit.texts)
    assert ElementTree.fromstring(kit.poster).tag.endswith("svg")
    assert office.refusal(PublicationsRpc.publication_kit, query, OTHER_CLERK).status == 403


def test_what_has_left_the_screens_is_not_put_up_elsewhere(office: Office) -> None:
    """Nor what is not known here."""
    posting = office.publish().data.posting
    changes = {"status": PostingStatus.WITHDRAWN, "sequence": posting.sequence + 1}
    gone = posting.model_copy(update=changes)
    office.tell(PostingWithdrawn(posting=gone, by="c"), gone.id, sequence=gone.sequence)
    query = KitQuery(posting_id=gone.id, link=LINK)
    assert office.refusal(PublicationsRpc.publication_kit, query).code == "notify.posting_not_public"
    unknown = KitQuery(posting_id=office.new_id(), link=LINK)
    assert office.refusal(PublicationsRpc.publication_kit, unknown).code == "notify.posting_unknown"


def test_a_receipt_is_kept_and_told(office: Office) -> None:
    """Channel, time and link; not of a time before the job was public, nor one that is still to come."""
    id = office.publish().subject
    office.later(minutes=5)
    receipt = RecordPublication(
        posting_id=id, channel=PublicationChannel.PORTAL, link="https://example.cn/1", note="县门户"
    )
    made = office.ask(PublicationsRpc.record_publication, receipt)
    (told,) = [event for event in office.events() if event.type == "notify.publication.recorded.v1"]
    assert told.data.publication == made
    listed = office.ask(PublicationsRpc.list_publications, PublicationQuery(station="522730"), ADMIN)
    assert listed.publications == (made,)
    elsewhere = PublicationQuery(station=TOWN)
    assert office.refusal(PublicationsRpc.list_publications, elsewhere, OTHER_CLERK).status == 403
    for away in (timedelta(minutes=1), timedelta(days=-1)):
        wrong = receipt.model_copy(update={"published_at": office.clock.now() + away})
        refusal = office.refusal(PublicationsRpc.record_publication, wrong)
        assert refusal.code == "notify.publication_time_invalid"
