"""Messages: how they are worded, what became of them, who gets them and who wants none; publications."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.deliveries import DeliveriesRpc, DeliveryNotFound
from yizhan.contracts.letters import LettersRpc, StopMarkUnknown, WishesRefused
from yizhan.contracts.notify import (
    ChannelUnknown,
    DeliveryStepIllegal,
    KindUnknown,
    NotifyStationUnknown,
    TemplateMalformed,
    TemplateVariableUnknown,
    TemplateVersionTaken,
    TextRefused,
    TextTooLong,
)
from yizhan.contracts.publications import (
    PostingNotPublic,
    PublicationPostingUnknown,
    PublicationsRpc,
    PublicationTimeInvalid,
)
from yizhan.contracts.templates import TemplatesRpc

_TAG = "messages"
_PUBLICATIONS = "publications"
_WORDING = (
    ChannelUnknown,
    KindUnknown,
    TemplateMalformed,
    TemplateVariableUnknown,
    TextRefused,
    TextTooLong,
)

OPERATIONS = (
    Operation(
        "listDeliveries",
        "GET",
        "/deliveries",
        DeliveriesRpc.list_deliveries,
        _TAG,
        "List deliveries",
        problems=(NotifyStationUnknown,),
    ),
    Operation(
        "queueDeliveryAgain",
        "POST",
        "/deliveries/{id}/queue-again",
        DeliveriesRpc.queue_delivery_again,
        _TAG,
        "Queue a delivery again",
        "One that failed, or whose channel had no account. What was refused stays refused.",
        takes={"id": "id"},
        problems=(DeliveryNotFound, DeliveryStepIllegal),
    ),
    Operation(
        "listTemplates",
        "GET",
        "/message-templates",
        TemplatesRpc.list_templates,
        _TAG,
        "List templates",
        "The newest version of each, and what each kind's templates may name.",
    ),
    Operation(
        "previewTemplate",
        "POST",
        "/message-templates/preview",
        TemplatesRpc.preview_template,
        _TAG,
        "Preview a template",
        "With sample values, under its channel's rules of length and form; nothing is kept.",
        problems=_WORDING,
    ),
    Operation(
        "writeTemplate",
        "POST",
        "/message-templates",
        TemplatesRpc.write_template,
        _TAG,
        "Write a template",
        "A new version, for the county's administrators. What was sent before stays as it was worded.",
        status=201,
        problems=(*_WORDING, TemplateVersionTaken),
    ),
    Operation(
        "myLetters",
        "GET",
        "/my/letters",
        LettersRpc.my_letters,
        _TAG,
        "Read one's own inbox",
    ),
    Operation(
        "readLetters",
        "POST",
        "/my/letters/read",
        LettersRpc.read_letters,
        _TAG,
        "Mark letters as read",
    ),
    Operation(
        "myMessageWishes",
        "GET",
        "/my/message-wishes",
        LettersRpc.my_wishes,
        _TAG,
        "Read what one wants to hear",
        "What was chosen, or what holds for whoever has chosen nothing.",
    ),
    Operation(
        "chooseMessageWishes",
        "PUT",
        "/my/message-wishes",
        LettersRpc.choose_wishes,
        _TAG,
        "Choose what one wants to hear",
        problems=(WishesRefused,),
    ),
    Operation(
        "stopMessages",
        "POST",
        "/message-stops",
        LettersRpc.stop_messages,
        _TAG,
        "Stop all messages",
        "By the mark at the end of a message, without signing in. What cannot be stopped still comes.",
        access=Access.OPEN,
        guessed="mark",
        problems=(StopMarkUnknown,),
    ),
    Operation(
        "publicationKit",
        "GET",
        "/postings/{id}/publication-kit",
        PublicationsRpc.publication_kit,
        _PUBLICATIONS,
        "Read what is needed to put a posting up",
        "Words for each channel, ready to paste, and a poster with a code.",
        takes={"id": "posting_id"},
        problems=(PublicationPostingUnknown, PostingNotPublic, NotifyStationUnknown),
    ),
    Operation(
        "recordPublication",
        "POST",
        "/postings/{id}/publications",
        PublicationsRpc.record_publication,
        _PUBLICATIONS,
        "Record where a posting was put up",
        takes={"id": "posting_id"},
        status=201,
        problems=(
            PublicationPostingUnknown,
            PostingNotPublic,
            PublicationTimeInvalid,
            NotifyStationUnknown,
        ),
    ),
    Operation(
        "listPublications",
        "GET",
        "/publications",
        PublicationsRpc.list_publications,
        _PUBLICATIONS,
        "List publications",
        problems=(NotifyStationUnknown,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
