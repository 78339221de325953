"""The words by which a posting is put up outside, ready to paste. Pure.

All of it stands on the screens already; nothing here names a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.notify.domain.texts import FactText, KitTexts, Topic
from services.notify.domain.wording import moment_text, wage_text
from yizhan.contracts.jobs import Posting
from yizhan.contracts.publications import KitText, PublicationChannel

#: What a job may not have; it is left out then.
_OPTIONAL = {Topic.EXTRAS, Topic.HOURS, Topic.DESCRIPTION}


def values(posting: Posting, station: str, said: KitTexts) -> dict[str, str]:
    """What the texts are filled with. station: what the station is called."""
    terms = posting.terms
    return {
        "trade": terms.trade,
        "wage": wage_text(terms.wage),
        "settlement": said.settlements[terms.settlement],
        "extras": said.between_extras.join(
            text for name, text in said.extras.items() if getattr(terms, name)
        ),
        "missing": str(posting.missing),
        "place": terms.place,
        "starts": moment_text(terms.starts_at),
        "hours": f"{terms.hours_per_day:g}" if terms.hours_per_day else "",
        "description": terms.description or "",
        "employer": posting.employer_name,
        "station": station,
    }


def facts(filled: Mapping[str, str], said: KitTexts) -> Iterator[tuple[FactText, str]]:
    """What is told of a job, and how it is said. filled: its values."""
    for fact in said.facts:
        if fact.topic not in _OPTIONAL or filled[fact.topic]:
            yield fact, fact.text.format_map(filled)


def texts(posting: Posting, station: str, link: str, said: KitTexts) -> tuple[KitText, ...]:
    """The words for each channel. link: where more can be read."""
    filled = values(posting, station, said)
    title = said.title.format_map(filled)
    details = said.details.format(link=link)
    told = [(fact.topic, said.line.format(label=fact.label, text=text)) for fact, text in facts(filled, said)]
    whole = "\n".join([*(line for _, line in told), details, said.warning])
    # The title tells the trade already.
    rest = (line for topic, line in told if topic is not Topic.TRADE)
    short = "\n".join([said.short_title.format(title=title), *rest, details])
    return (
        KitText(channel=PublicationChannel.PORTAL, title=title, body=whole),
        KitText(channel=PublicationChannel.OFFICIAL_ACCOUNT, title=title, body=whole),
        KitText(channel=PublicationChannel.RECRUITMENT_SITE, title=title, body=whole),
        KitText(channel=PublicationChannel.QQ_GROUP, title=None, body=short),
    )
