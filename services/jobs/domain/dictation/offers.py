"""What goes with the work as it is said: when it is paid, and whether meals, lodging and rides are given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.jobs.domain.dictation.mentions import Mention

Settlement = Literal["daily", "weekly", "monthly", "on_completion"]


@dataclass(frozen=True, slots=True)
class SettlementMention(Mention):
    """When the wage is paid."""

    settlement: Settlement


@dataclass(frozen=True, slots=True)
class OfferMention(Mention):
    """Whether something (meals, lodging, transport) is provided; False when it was said that it is not."""

    provided: bool


_SETTLEMENTS: tuple[tuple[Settlement, re.Pattern[str]], ...] = (
    (
        "daily",
        re.compile(
            r"日结|天结(?!束)|当[天日](?:就|都|干完|做完|下班|收工)?(?:就)?(?:给|付|拿)?(?:结|发"
            r"|清|现金|现钱|钱|兑现|付)清?|现结|现做现结|一[天日]一(?:结|付|发|清)|每[天日]结|天天(?:结"
            r"|发)|按天(?:结|发|付)|当晚(?:就)?(?:结|给钱|发)|下班就?(?:结|给|发钱)|收工就?(?:结"
            r"|给钱|发钱|拿钱)|(?:做|干)一天(?:给|结|发|付)一天|工资日清|日清|当场(?:结|给|付)"
        ),
    ),
    (
        "weekly",
        re.compile(
            r"周结(?!束)|一(?:周|个?星期|个?礼拜)一?(?:结|发|付)|每(?:周|个?星期|个?礼拜)(?:[一二三四五六日天末])?(?:结"
            r"|发)|按周(?:结|发|付)|(?:星期|礼拜)结"
        ),
    ),
    (
        "monthly",
        re.compile(
            r"(?<!半)月结(?!束)|按月(?:结|发|付|算)|(?<!半)一个?月一(?:结|发|付)|每个?月(?:底|初"
            r"|\d+号|十五号|十号)?(?:结|发)(?:工资|钱|薪)?|月底(?:结|发)|下个?月(?:\d+号|十五号"
            r"|十号)?发工资|满月(?:结|发)"
        ),
    ),
    (
        "on_completion",
        re.compile(
            r"(?:完工|完活|结束|活完|全部完|[\u4e00-\u9fa5]完|(?<![\u4e00-\u9fa5])完|工程完)(?:了|活|后|以后|之后|工)?(?:马上"
            r"|立马|立刻|再|就|一起|一次性?|全部|统一|当场)?(?:结清|结账|结算|结|给钱|付钱|拿钱"
            r"|付清|付款|发钱|给工钱|算账|算钱|清账|付|发工资|给)(?!束)"
        ),
    ),
)


def find_settlements(text: str) -> list[SettlementMention]:
    """Every settlement said, in order."""
    found: list[SettlementMention] = []
    for settlement, pattern in _SETTLEMENTS:
        for match in pattern.finditer(text):
            overlaps = any(match.start() < other.end and other.start < match.end() for other in found)
            negated = re.search(r"(?:不|不是|没有|非|不能|别)$", text[: match.start()])
            if not overlaps and not negated:
                found.append(SettlementMention(match.start(), match.end(), 0.97, settlement))
    return sorted(found, key=lambda mention: mention.start)


_MEAL = (
    "(?:早饭|午饭|中饭|晚饭|夜饭|早餐|午餐|中餐|晚餐|夜宵|宵夜|晌午饭?|[一两三二12]顿(?:饭"
    "|晌午)?|[一两三二123]餐|工作餐|盒饭|伙食|饭|餐|吃|食|过早|早点|早中晚)"
)
_MEALS = re.compile(
    rf"(?P<no>不(?:包|管|供|提供|含)(?:吃|饭|伙食|餐|午饭|中饭|午餐|食|早饭|晚饭)|(?:不"
    rf"|没|没有|无)(?:工作)?(?:餐|饭吃|伙食|午饭)|(?:早|午|中|晚)(?:饭|餐)自[带备]|自(?:己|个)?[带备](?:干粮|午饭|饭|盒饭|中饭"
    rf"|早饭|晌午|水和饭|午餐)|(?:饭|吃饭|午饭|中饭|伙食|餐|午餐|吃的)(?:自理|自己(?:解决"
    rf"|管|带|负责|买|搞定|想办法))|自理伙食|自己(?:带饭|吃饭|解决吃饭|解决午饭|解决伙食"
    rf"|管饭))"
    rf"|(?P<yes>(?:{_MEAL}[、和]?){{1,3}}(?:都|全)(?:包|管|供)|(?:包|管|供|提供|有|含|送"
    rf"|给|发|免费)(?:[一两三]?(?:顿|餐)|[早中午晚]?上?)?(?:的)?{_MEAL}(?![补贴费券厅馆具桌饮])|(?:中午"
    rf"|晚上|早上)?(?:饭|吃饭|伙食|午饭|中饭|午餐)(?:我|老板|我们|厂里|店里|公司|主家|我这边)?(?:全)?(?:包"
    rf"|管|负责)|[早中午晚]上?(?:管|包)(?:一顿|一餐)|(?:管|包)(?:一顿|两顿|三顿|一餐|两餐"
    rf"|三餐|早晚|中午)(?:饭)?|吃住(?:全)?(?:包|管|免费)|食宿(?:全)?(?:包|免费)|伙食(?:免费"
    rf"|好)|包吃|管吃|供吃|吃住我)"
)
_LODGING = re.compile(
    r"(?P<no>(?:不|没法|没有?|无)(?:包|管|提供|安排|含)?(?:吃)?(?:住宿|住处|宿舍|住(?!在"
    r"|得|的|家|户|院))|(?:住宿|住处|住)(?:自理|自己(?:解决|找|想办法|管))|自己(?:找住处"
    r"|租房|找地方住|解决住宿|找住)|自理住宿|不包食宿|食宿自理|吃住自理|吃住自己)"
    r"|(?P<yes>(?:包|管|供|提供|安排|有|免费|含)(?:吃)?(?:包|管|供|又?)?(?:住宿|宿舍|住处"
    r"|住的地方|住|食宿)(?!不(?!包|管|供|提供))|吃住(?:全)?(?:包|管|免费|我|都)|食宿(?:全)?(?:包|免费|全免)"
    r"|餐一宿|住(?:宿)?(?:免费|我安排|[^，。；、]{0,3}(?:工地|工棚|厂里|店里|场里|板房|宿舍|项目部))|(?:工地|工棚|厂里|店里|场里?|板房)住|包食宿|有(?:房子?|棚子?|屋|地方|床位?|板房|工棚)住|住宿(?:全)?包)"
)
_TRANSPORT = re.compile(
    r"(?P<no>(?:不|没有?|无)(?:包|管|提供|安排|报|负责)?(?:接送|车接|车费|路费|交通|来回车"
    r"|专车)|(?:车费|路费|交通|交通费|来回)(?:自理|自己(?:出|解决|想办法|负责))|自行(?:前往"
    r"|到达|过来|到场|坐车)|自己(?:坐车|开车|骑车|搭车|打车|想办法(?:过来|来))(?:过?来"
    r"|过?去|到)?|自备车|自带(?:车|摩托|电动车)(?!辆费))"
    r"|(?P<yes>(?:包|管|有|专车|免费|负责|提供|安排|早晚|派车|厂车|班车|我|老板)?(?:车)?接送"
    r"|(?:包|管|报|有|出|给|报销)(?:来回|往返)?(?:的)?(?:车费|路费|车(?!的|者|优|一族|有"
    r"|[，。；、]|$)|交通费|交通)(?!间|站|床|祸|工|位|库|身|辆|厂|票$)|(?:来回|往返)?(?:车费"
    r"|路费|交通费?)(?:报销|全包|我出|老板出|我们出|包|全报|管|给报)|(?:(?:三轮|面包|小?货|大巴|中巴|皮卡|拖拉机|班|专|农用|摩托)车?|有车)(?:统一|来|去|过来|负责|到村里?|到家)?(?:接"
    r"|拉人|送(?!货|水|菜|餐|快))|有车(?=[，。；、]|$)|派车(?:来)?(?:接|拉)?|专车|车接车送|包来回|我(?:开)?车(?:来"
    r"|去)接|开车来接|车子?来接|有班车|有厂车|有大巴|面包车(?:来)?接)"
)


def find_meals(text: str) -> list[OfferMention]:
    """Whether meals were said to be provided or not."""
    return _offers(_MEALS, text)


def find_lodging(text: str) -> list[OfferMention]:
    """Whether lodging was said to be provided or not."""
    return _offers(_LODGING, text)


def find_transport(text: str) -> list[OfferMention]:
    """Whether rides were said to be provided or not."""
    return _offers(_TRANSPORT, text)


_SHARED_DENIAL = re.compile(r"不(?:包|管|提供)吃住|不包食宿|食宿自理|吃住自理|吃住自己|不管食宿|不提供食宿")


def _offers(pattern: re.Pattern[str], text: str) -> list[OfferMention]:
    denial = _SHARED_DENIAL.search(text)
    if denial is not None and pattern is not _TRANSPORT:
        return [OfferMention(denial.start(), denial.end(), 0.97, False)]
    found = []
    for match in pattern.finditer(text):
        provided = match["yes"] is not None
        if provided and re.search(r"(?:不|不用|没|没有|无|别|不能)$", text[: match.start()]):
            provided = False
        found.append(OfferMention(match.start(), match.end(), 0.97, provided))
    return found
