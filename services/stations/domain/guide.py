"""What the public is told: service items, the way through the house, the organisation chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yizhan.contracts.guides import (
    MOST_SERVICE_ITEMS,
    AddServiceItem,
    AmendGuide,
    AmendServiceItem,
    ChartInvalid,
    FlowStep,
    Guide,
    GuideChanged,
    Post,
    ServiceItem,
    ServiceItemChanged,
    ServiceItemsFull,
    ServiceItemWithdrawn,
)


@dataclass(frozen=True)
class OwnGuide:
    """A station's own flow and chart at one version; 0 before the first."""

    station: str
    flow: tuple[FlowStep, ...] = ()
    posts: tuple[Post, ...] = ()
    sequence: int = 0


def shown(code: str, upwards: Sequence[OwnGuide], items: Sequence[ServiceItem]) -> Guide:
    """What a station shows. upwards: its own guide, then those of the stations above, the nearest first."""
    flow = next((one for one in upwards if one.flow), None)
    posts = next((one for one in upwards if one.posts), None)
    own = next((one for one in upwards if one.station == code), OwnGuide(code))
    return Guide(
        code=code,
        items=tuple(items),
        flow=flow.flow if flow else (),
        flow_of=flow.station if flow else None,
        posts=posts.posts if posts else (),
        posts_of=posts.station if posts else None,
        sequence=own.sequence,
    )


def amend(own: OwnGuide, request: AmendGuide) -> OwnGuide:
    """The guide after the change; the same object when nothing changes. Raises GuideChanged, ChartInvalid."""
    if request.expected_sequence is not None and request.expected_sequence != own.sequence:
        raise GuideChanged("the guide has changed since it was read", code=own.station, sequence=own.sequence)
    flow = own.flow if request.flow is None else request.flow
    posts = own.posts if request.posts is None else request.posts
    _check_chart(posts)
    if (flow, posts) == (own.flow, own.posts):
        return own
    return OwnGuide(own.station, flow, posts, own.sequence + 1)


def add_item(request: AddServiceItem, *, id: str, offered: int) -> ServiceItem:
    """A new item. offered: how many the station has of its own. Raises ServiceItemsFull."""
    if offered >= MOST_SERVICE_ITEMS:
        raise ServiceItemsFull("the station has as many service items as it may", most=MOST_SERVICE_ITEMS)
    return ServiceItem(id=id, sequence=1, **request.model_dump())


def amend_item(item: ServiceItem, request: AmendServiceItem) -> ServiceItem:
    """The item after the change; the same object when nothing changes.

    Raises ServiceItemWithdrawn, ServiceItemChanged.
    """
    if not item.active:
        raise ServiceItemWithdrawn("the item is no longer offered", id=item.id)
    if request.expected_sequence is not None and request.expected_sequence != item.sequence:
        raise ServiceItemChanged("the item has changed since it was read", id=item.id, sequence=item.sequence)
    given = {
        name: getattr(request, name)
        for name in ("reach", "name", "materials", "limit_days", "basis")
        if getattr(request, name) is not None
    }
    if all(getattr(item, name) == value for name, value in given.items()):
        return item
    return item.model_copy(update={**given, "sequence": item.sequence + 1})


def withdraw_item(item: ServiceItem) -> ServiceItem:
    """The item, no longer offered; one that is withdrawn already stays as it is."""
    if not item.active:
        return item
    return item.model_copy(update={"active": False, "sequence": item.sequence + 1})


def _check_chart(posts: tuple[Post, ...]) -> None:
    above = {post.title: post.reports_to for post in posts}
    if len(above) != len(posts):
        raise ChartInvalid("a title is in the chart twice")
    for post in posts:
        title, climbed = post.reports_to, {post.title}
        while title is not None:
            if title not in above:
                raise ChartInvalid("a post reports to one that is not in the chart", title=post.title)
            if title in climbed:
                raise ChartInvalid("posts report to each other in a circle", title=post.title)
            climbed.add(title)
            title = above[title]
