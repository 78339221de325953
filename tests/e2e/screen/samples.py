"""What the county's screens might show on a working morning, and texts as long as the contracts allow."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from yizhan.clock import COUNTY_ZONE, county_day
from yizhan.contracts.checkins import QueueOrder, TradeCount
from yizhan.contracts.jobs import Settlement, Wage, WageUnit
from yizhan.contracts.screen import (
    CALL_LIMIT,
    CARD_LIMIT,
    MESSAGE_LIMIT,
    NEXT_LIMIT,
    OVERRIDE_LIMIT,
    TRADE_LIMIT,
    Branch,
    CalledNumber,
    DrawCard,
    FairCard,
    JobRow,
    NoticeLine,
    NumberMessage,
    OverrideLine,
    ScreenState,
    StationCard,
    Totals,
    WaitingLine,
    WorkerCard,
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


_WORKERS = (
    ("王师傅", "30–39岁", ("泥瓦工", "小工"), (1, 2, 3, 4, 5)),
    ("陈师傅", "40–49岁", ("搬运工", "装卸工", "小工"), (1, 2, 3, 4, 5, 6, 7)),
    ("0017号", "20–29岁", ("保洁",), (6, 7)),
    ("欧阳师傅", "50–59岁", ("采茶", "摘辣椒", "绿化工"), (1, 3, 6)),
    ("罗师傅", "30–39岁", ("电焊工", "钢筋工"), (1, 2, 3, 4, 5, 6)),
    ("杨师傅", "60–69岁", ("厨工",), (2, 4)),
    ("李师傅", "40–49岁", ("木工", "泥瓦工", "小工"), (1, 2, 3, 4, 5, 6, 7)),
)


def worker(number: int, **changed: Any) -> WorkerCard:
    """The number-th person who looks for work; the newest has the greatest number."""
    called, age_band, trades, days = _WORKERS[number % 7]
    station, name = _NEIGHBOURS[number % 4]
    fields: dict[str, Any] = {
        "id": job_id(500 + number),
        "sequence": 1,
        "called": called,
        "age_band": age_band,
        "trades": trades,
        "days": days,
        "station": station,
        "from_station": name,
    }
    return WorkerCard(**{**fields, **changed})


def slip(number: int) -> str:
    """A slip's number."""
    return f"A{number:03d}"


def called(number: int, at: datetime, *, times: int = 1) -> CalledNumber:
    """A number that was called."""
    return CalledNumber(date=county_day(at), number=slip(number), times=times, at=at)


def told(count: int, now: datetime, *, minutes: float = 10, **changed: Any) -> NumberMessage:
    """Something for the count-th slip, to be seen for so many minutes."""
    fields: dict[str, Any] = {
        "id": job_id(700 + count),
        "date": county_day(now),
        "number": slip(count),
        "text": "给您留了一份活，11月23日 09:00前请到服务台答复",
        "at": now,
        "until": now + timedelta(minutes=minutes),
    }
    return NumberMessage(**{**fields, **changed})


def waiting(day: date, *, people: int = 23, drawn: bool = True, **changed: Any) -> WaitingLine:
    """Who waits: most of them for a day's work."""
    shares = (("小工", 8), ("泥瓦工", 5), ("搬运工", 4), ("保洁", 3), ("采茶", 2), ("电焊工", 1))
    order = (16, 4, 29, 8, 23, 11, 2, 30, 14, 6, 21, 9)
    fields: dict[str, Any] = {
        "date": day,
        "order": QueueOrder.DRAW,
        "checked_in": people + 8,
        "people": people,
        "by_trade": tuple(TradeCount(trade=trade, people=count) for trade, count in shares),
        "next": tuple(slip(number) for number in order) if drawn else (),
    }
    return WaitingLine(**{**fields, **changed})


def lot(now: datetime, *, closed: bool = True, drawn: bool = True, overridden: int = 0) -> DrawCard:
    """The draw of the day at one of its stages."""
    return DrawCard(
        date=county_day(now),
        commitment="7026f204d734888bfefc62d670b8e2a550919fde689e9bba062096af621594b9",
        closed_at=now - timedelta(minutes=20) if closed else None,
        tickets=31 if closed else 0,
        tickets_sha256="e1b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" if closed else None,
        seed="3b8b67f4a1c6de2a90f1cd58f3a0ee47b7a9e2c5d4f1a8b60c7d9e3f2a1b4c5d" if drawn else None,
        late=2 if closed else 0,
        overridden=overridden,
        overrides=tuple(
            OverrideLine(ticket=slip(7 + step), position=1, reason="腿脚不便，先安排近处的活", at=now)
            for step in range(overridden)
        )[:OVERRIDE_LIMIT],
    )


def with_day(state: ScreenState, now: datetime, *, cards: int = 20, stage: str = "drawn") -> ScreenState:
    """The same with people who look for work, a queue and a draw. stage: none, arrival, or of the draw."""
    shown = tuple(worker(number) for number in reversed(range(cards)))
    day = county_day(now)
    drawn = stage == "drawn"
    update: dict[str, Any] = {
        "cards": shown[:CARD_LIMIT],
        "totals": state.totals.model_copy(update={"cards": cards}),
    }
    if stage != "none":
        update["waiting"] = waiting(day, drawn=drawn or stage == "arrival")
    if stage == "arrival":
        update["waiting"] = update["waiting"].model_copy(update={"order": QueueOrder.ARRIVAL})
    elif stage != "none":
        update["draw"] = lot(now, closed=stage != "committed", drawn=drawn, overridden=1 if drawn else 0)
    if drawn or stage == "arrival":
        minutes = (9, 12, 26, 33, 40, 41, 50, 55)
        update["called"] = tuple(
            called(number, now - timedelta(minutes=minute))
            for number, minute in zip((17, 5, 12, 28, 3, 19, 25, 1), minutes, strict=True)
        )
    return state.model_copy(update=update)


def longest_day(state: ScreenState, now: datetime) -> ScreenState:
    """The same with every text of the day as long as its contract allows."""
    trade = "高层外墙保温抹灰砂浆工"
    cards = tuple(
        worker(
            number,
            called="欧阳欧阳欧师傅傅",
            age_band="70岁及以上人员",
            trades=(trade,) * 8,
            days=(1, 3, 5, 6, 7),
            station="5227300103",
            from_station="湾滩河镇云雾茶山联络点",
        )
        for number in reversed(range(CARD_LIMIT))
    )
    counts = tuple(TradeCount(trade=trade, people=9999) for _ in range(TRADE_LIMIT))
    numbers = tuple(f"Z{number}" for number in range(999, 999 - NEXT_LIMIT, -1))
    overrides = tuple(
        OverrideLine(ticket="Z999", position=5000, reason="行动不便需要照顾" * 10, at=now)
        for _ in range(OVERRIDE_LIMIT)
    )
    draw = lot(now).model_copy(
        update={"tickets": 5000, "late": 4999, "overridden": 999, "overrides": overrides}
    )
    calls = tuple(
        CalledNumber(date=county_day(now), number=number, times=99, at=now - timedelta(minutes=place))
        for place, number in enumerate(numbers[:CALL_LIMIT])
    )
    messages = tuple(
        told(
            number,
            now,
            number=f"Z{990 + number}",
            text="请到服务台旁边等候叫号并带好身份凭证" * 2 + "谢谢配合",
        )
        for number in range(MESSAGE_LIMIT)
    )
    line = waiting(county_day(now), people=88888, by_trade=counts, next=numbers)
    totals = state.totals.model_copy(update={"cards": 99999})
    return state.model_copy(
        update={
            "cards": cards,
            "waiting": line,
            "called": calls,
            "draw": draw,
            "totals": totals,
            "messages": messages,
        }
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
