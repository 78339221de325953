"""What the doctor reads off the metrics of running processes: who relays, and how screens fare."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator, Mapping

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from yizhan.cli.finding import Finding
from yizhan.settings import DATABASE_OWNERS

#: Of the screens online; a single one that lags is its own affair.
_SLOW_SHARE = 0.1

_TIMEOUT_SECONDS = 5.0


def examine_metrics(addresses: Mapping[str, str]) -> Iterator[Finding]:
    """Findings over all processes together. addresses: process → base URL; one that does not answer is left
    out, since the check of the processes names it."""
    samples = [sample for url in addresses.values() for sample in read_metrics(url)]
    for service in DATABASE_OWNERS:
        yield from _relaying(service, samples)
    yield from _screens(samples)


def read_metrics(base_url: str) -> list[Sample]:
    """Every sample of a process; none when it does not answer."""
    try:
        with urllib.request.urlopen(f"{base_url}/metrics", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            text = answer.read().decode("utf-8")
        return [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    except (OSError, ValueError):
        return []


def _relaying(service: str, samples: list[Sample]) -> Iterator[Finding]:
    told = [sample.value for sample in _of("yizhan_relay_active", samples, service=service)]
    if told:
        fault = None if sum(told) else "没有 relay 在发布"
        remedy = "查看 relay 的日志：它连不上数据库，或等待的锁被别的进程占着"
        yield Finding(f"发布 {service}", fault, remedy)


def _screens(samples: list[Sample]) -> Iterator[Finding]:
    online = sum(sample.value for sample in _of("yizhan_board_screens_online", samples))
    stale = sum(sample.value for sample in _of("yizhan_board_screens_stale", samples))
    slow = sum(sample.value for sample in _of("yizhan_board_screens_slow", samples))
    if not _of("yizhan_board_screens_online", samples):
        return
    fault = f"{online:.0f} 块在线，其中 {stale:.0f} 块超过 30 秒没有画出新内容" if stale else None
    yield Finding(
        "屏幕画面", fault, "GET /api/v1/stations/<站点>/screens 查看是哪几块，在现场重启页面或电视盒"
    )
    crowded = slow > max(1.0, _SLOW_SHARE * online)
    fault = f"{slow:.0f} 块屏幕收得太慢" if crowded else None
    yield Finding("屏幕网络", fault, "查看这些站点的网络；都慢时查看 board 所在机器的出口带宽")


def _of(name: str, samples: list[Sample], **labels: str) -> list[Sample]:
    return [
        sample for sample in samples if sample.name == name and labels.items() <= dict(sample.labels).items()
    ]
