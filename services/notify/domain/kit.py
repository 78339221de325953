"""The words by which a posting is put up outside, ready to paste. Pure.

All of it stands on the screens already; nothing here names a person.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.notify.domain.wording import moment_text, wage_text
from yizhan.contracts.jobs import Posting, Settlement
from yizhan.contracts.publications import KitText, PublicationChannel

_SETTLEMENTS = {
    Settlement.DAILY: "日结",
    Settlement.WEEKLY: "周结",
    Settlement.MONTHLY: "月结",
    Settlement.ON_COMPLETION: "完工结",
}
_EXTRAS = (("meals", "包吃"), ("lodging", "包住"), ("transport", "接送"))


def pay_text(posting: Posting) -> str:
    """`260元/天，日结`."""
    return f"{wage_text(posting.terms.wage)}，{_SETTLEMENTS[posting.terms.settlement]}"


def extras_text(posting: Posting) -> str:
    """`包吃、接送`; empty when there is nothing."""
    return "、".join(text for name, text in _EXTRAS if getattr(posting.terms, name))


def facts(posting: Posting, station: str) -> Iterator[tuple[str, str]]:
    """What is told of a job, each with its label. station: what the station is called."""
    terms = posting.terms
    yield "工种", terms.trade
    yield "工价", pay_text(posting)
    if extras := extras_text(posting):
        yield "待遇", extras
    yield "人数", f"还缺{posting.missing}人"
    yield "地点", terms.place
    yield "开工", moment_text(terms.starts_at)
    if terms.hours_per_day:
        yield "时长", f"每天{terms.hours_per_day:g}小时"
    if terms.description:
        yield "说明", terms.description
    yield "用工", posting.employer_name
    yield "报名", f"到{station}登记，不收任何费用"


def texts(posting: Posting, station: str, link: str) -> tuple[KitText, ...]:
    """The words for each channel. link: where more can be read."""
    title = (
        f"{posting.terms.place}招{posting.terms.trade}{posting.missing}人，{wage_text(posting.terms.wage)}"
    )
    lines = [f"{label}：{text}" for label, text in facts(posting, station)]
    whole = "\n".join([*lines, f"详情：{link}", "信息已由驿站核实。凡收费、押金、扣证件的都是骗局。"])
    short = "\n".join([f"【招工】{title}", *lines[1:], f"详情：{link}"])
    return (
        KitText(channel=PublicationChannel.PORTAL, title=title, body=whole),
        KitText(channel=PublicationChannel.OFFICIAL_ACCOUNT, title=title, body=whole),
        KitText(channel=PublicationChannel.RECRUITMENT_SITE, title=title, body=whole),
        KitText(channel=PublicationChannel.QQ_GROUP, title=None, body=short),
    )
