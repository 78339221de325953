"""What the county's screens might show on a working morning, and texts as long as the contracts allow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.jobs import Settlement, Wage, WageUnit
from yizhan.contracts.screen import (
    Branch,
    FairCard,
    JobRow,
    NoticeLine,
    ScreenState,
    StationCard,
    Totals,
)
from yizhan.contracts.stations import OpeningHours, StationFacts, StationKind

STATION = "5227300101"
CODE = "7K3M9QX2VB4T8N6RHDWE"
MORNING = "2026-11-23T08:12:00+08:00"

SLOGANS = (
    "零工小市场 就业大民生",
    "家门口就业 服务暖民心",
    "找零工 用零工 就来零工市场",
)

_DAY, _HOUR, _MONTH, _PIECE = WageUnit.DAY, WageUnit.HOUR, WageUnit.MONTH, WageUnit.PIECE

#: trade, fen, max_fen, unit, piece, settlement, missing, place, day, time, perks (m, l, t)
_JOBS: tuple[tuple[str, int, int | None, WageUnit, str | None, str, int, str, int, str, str], ...] = (
    ("搬运工", 20000, None, _DAY, None, "daily", 3, "老农贸市场门口集合", 0, "09:00", "m"),
    ("泥瓦工", 32000, None, _DAY, None, "weekly", 2, "谷脚镇双龙工地", 0, "09:30", "m"),
    ("小工", 18000, 22000, _DAY, None, "daily", 6, "龙里大道三期工地", 0, "10:00", ""),
    ("保洁", 2200, None, _HOUR, None, "daily", 4, "冠山街道龙城大厦", 0, "13:00", ""),
    ("装卸工", 2500, None, _HOUR, None, "daily", 6, "快递物流园", 0, "13:00", "t"),
    ("钢筋工", 34000, 38000, _DAY, None, "on_completion", 5, "谷脚镇千家卡安置房", 0, "14:00", "ml"),
    ("传菜员", 1800, None, _HOUR, None, "daily", 2, "龙山镇农家乐", 0, "16:30", "m"),
    ("摘辣椒", 120, None, _PIECE, "斤", "daily", 20, "湾滩河镇辣椒基地", 1, "06:00", "t"),
    ("采茶", 150, None, _PIECE, "斤", "daily", 30, "龙山镇茶香村", 1, "06:30", "mt"),
    ("木工", 30000, None, _DAY, None, "weekly", 3, "醒狮镇安置点", 1, "07:00", "m"),
    ("刺梨采摘", 80, None, _PIECE, "斤", "daily", 25, "谷脚镇茶香刺梨园", 1, "07:00", "t"),
    ("绿化工", 15000, None, _DAY, None, "daily", 8, "龙里河滨公园", 1, "08:00", ""),
    ("电焊工", 35000, None, _DAY, None, "weekly", 1, "高新区标准厂房", 2, "08:00", "m"),
    ("厨工", 320000, 380000, _MONTH, None, "monthly", 1, "龙山镇农家乐", 2, "09:00", "ml"),
    ("护工", 420000, None, _MONTH, None, "monthly", 2, "县人民医院", 3, "08:00", "m"),
)
_NEIGHBOURS = (
    (STATION, "兴龙驿站"),
    ("5227300102", "谷脚驿站"),
    ("5227300103", "湾滩河驿站"),
    (STATION, "兴龙驿站"),
)


def job_id(number: int) -> str:
    """A well-formed identifier."""
    return str(UUID(int=0x0197_0000_0000_7000_8000_0000_0000_0000 | number))


def job(number: int, now: datetime, **changed: Any) -> JobRow:
    """The number-th posting; later rounds of the same fifteen start later."""
    trade, fen, max_fen, unit, piece, settlement, missing, place, day, clock, perks = _JOBS[number % 15]
    midnight = now.astimezone(COUNTY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    hour, minute = map(int, clock.split(":"))
    starts_at = midnight + timedelta(days=day + 3 * (number // 15), hours=hour, minutes=minute)
    station, name = _NEIGHBOURS[number % 4]
    fields: dict[str, Any] = {
        "id": job_id(number),
        "sequence": 4,
        "trade": trade,
        "wage": Wage(fen=fen, max_fen=max_fen, unit=unit, piece_name=piece),
        "settlement": Settlement(settlement),
        "missing": missing,
        "headcount": missing + 1,
        "place": place,
        "starts_at": starts_at,
        "ends_at": None,
        "expires_at": starts_at,
        "meals": "m" in perks,
        "lodging": "l" in perks,
        "transport": "t" in perks,
        "published_at": now - timedelta(hours=2),
        "station": station,
        "from_station": name,
        "verified_at": now - timedelta(minutes=17 * number % 1300),
        "stale": number % 11 == 5,
    }
    return JobRow(**{**fields, **changed})


def station_card(**facts: Any) -> StationCard:
    """兴龙's name plate and lines."""
    given: dict[str, Any] = {
        "name_plate": "龙里县冠山街道兴龙社区零工驿站",
        "short_name": "兴龙驿站",
        "slogans": SLOGANS,
        "hotline": "0854-000 0000",
        "complaint_line": "0854-000 0001",
        "opening_hours": OpeningHours(opens="05:30", closes="20:00"),
        "address": "兴龙社区老农贸市场门口",
    }
    return StationCard(
        code=STATION, kind=StationKind.COMMUNITY_STATION, open=True, facts=StationFacts(**{**given, **facts})
    )


def notice(number: int, now: datetime, text: str) -> NoticeLine:
    """A notice of today."""
    return NoticeLine(
        id=job_id(900 + number),
        text=text,
        valid_from=now - timedelta(hours=1),
        valid_until=now + timedelta(hours=10),
    )


def fair(number: int, now: datetime, **changed: Any) -> FairCard:
    """The number-th fair, on a morning some days ahead."""
    midnight = now.astimezone(COUNTY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    opens_at = midnight + timedelta(days=2 + 5 * number, hours=9)
    fields: dict[str, Any] = {
        "id": job_id(800 + number),
        "sequence": 2,
        "title": ("冠山街道春季零工专场招聘会", "龙山镇采茶用工对接会", "县零工市场家政专场")[number % 3],
        "place": ("老农贸市场广场", "龙山镇文化站", "县零工市场一楼大厅")[number % 3],
        "opens_at": opens_at,
        "closes_at": opens_at + timedelta(hours=4),
        "companies": (18, 0, 26)[number % 3],
        "station": "52273001",
        "from_station": "冠山",
    }
    return FairCard(**{**fields, **changed})


def branches(count: int) -> tuple[Branch, ...]:
    """The sums of so many stations below, most postings first."""
    names = ("冠山街道", "龙山镇", "醒狮镇", "谷脚镇", "湾滩河镇", "洗马镇")
    return tuple(
        Branch(
            station=f"522730{number + 1:02d}",
            short_name=names[number % 6],
            postings=60 - 4 * number,
            hands=188 - 13 * number,
        )
        for number in range(count)
    )


def state_of(
    rows: list[JobRow], *, notices: tuple[NoticeLine, ...] = (), card: StationCard | None = None
) -> ScreenState:
    """A state with these rows, in the order of the contract, and totals that agree."""
    ordered = tuple(sorted(rows, key=lambda row: (row.starts_at, row.id)))
    return ScreenState(
        station=card or station_card(),
        rows=ordered,
        notices=notices,
        totals=Totals(postings=len(rows), hands=sum(row.missing for row in rows)),
    )


def county(count: int, now: datetime) -> ScreenState:
    """So many postings and a notice."""
    return state_of(
        [job(number, now) for number in range(count)],
        notices=(notice(0, now, "11月25日上午九点，老农贸市场举办零工专场招聘会，欢迎带身份证参加"),),
    )


def longest(count: int, now: datetime) -> ScreenState:
    """Every text as long as its contract allows."""
    rows = [
        job(
            number,
            now,
            trade="高层外墙保温抹灰砂浆工",
            wage=Wage(fen=1234567, max_fen=9876543, unit=_PIECE, piece_name="立方大车"),
            settlement=Settlement.ON_COMPLETION,
            missing=2000,
            headcount=2000,
            place="龙里县冠山街道兴龙社区老农贸市场东门对面第二个路口右转两百米工地项目部门口集合处",
            station="5227300103",
            from_station="湾滩河镇云雾茶山联络点",
            meals=True,
            lodging=True,
            transport=True,
        )
        for number in range(count)
    ]
    card = station_card(
        name_plate="贵州省黔南布依族苗族自治州龙里县冠山街道办事处兴龙社区居民委员会零工驿站联络点",
        slogans=("大力宣传国家和省州县支持多渠道灵活就业的政策措施合理引导社会预期积极回应社会关切",),
        address=("龙里县冠山街道兴龙社区老农贸市场门口" * 4)[:80],
    )
    text = (
        "为保障零工人员合法权益，请务工人员与用工主体当面确认工价、工时和结算方式，遇到拖欠工资请及时"
        "到本驿站服务台登记，工作人员将协助调解，必要时提供法律援助，公益服务不收费。"
    )
    fairs = tuple(
        fair(
            number,
            now,
            title="龙里县二〇二六年春风行动暨就业援助月零工市场农村劳动力转移就业专场招聘会（冠山站）"[:40],
            place="龙里县冠山街道兴龙社区老农贸市场东门对面第二个路口右转两百米工地项目部门口集合处",
            companies=1000,
        )
        for number in range(3)
    )
    sums = tuple(
        one.model_copy(update={"short_name": "湾滩河镇云雾茶山联络点站", "postings": 9999, "hands": 99999})
        for one in branches(7)
    )
    state = state_of(rows, notices=(notice(0, now, text[:80]),), card=card)
    return state.model_copy(update={"fairs": fairs, "branches": sums})
