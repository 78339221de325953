"""Wages as they are said: 180一天, 一天一百八, 一百五六, 一块二一斤, 总共八百."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.jobs.domain.dictation.mentions import Mention, bounds
from services.jobs.domain.dictation.numerals import DIGITS, SPOKEN_CHARACTERS, number_value

WageUnit = Literal["day", "hour", "piece", "month", "total"]


@dataclass(frozen=True, slots=True)
class WageMention(Mention):
    """A wage: whole fen, `max_fen` None unless a range was said, `unit` None when no unit was said."""

    fen: int
    max_fen: int | None
    unit: WageUnit | None
    stated_as_money: bool


_PIECE = (
    "(?:块(?:砖|地砖|瓷砖|地|板|石头)|个坑|个洞|坑|件|斤|公斤|袋|箱|辆|车|吨|亩|棵|株|米"
    "|立方米?|平方米?|平米|平|方|双|只|包|趟|单|次|场|串|筐|捆|桌|户|张|套|间|层|担|挑|背|箩|台"
    "|盏|瓶|桶|篓|背篓|盒|头|条|副|扇|根|床(?!位)|份|本|卷|片|炉|窝|幅|株|车次|来回|个(?!人|月|小时|钟|工|班|星期|礼拜"
    "|点))"
)
# In 一百八一天 the last 一 belongs to the unit, not to the number.
_AMOUNT_NUMBER = (
    rf"(?:\d{{1,8}}(?:\.\d{{1,3}})?(?:[百千万kw]\d{{0,4}})?|(?:(?!一(?:天|日|个|小时|晚"
    rf"|班|人|月|{_PIECE}))[{SPOKEN_CHARACTERS}]){{1,10}})"
)
_UNIT = (
    r"(?:(?P<{n}day>一天|按天(?:算|计)?(?!结|发|付)|每天|每日|一日|(?<=/)[天日](?!结)|日薪|日工资|天薪|一个?工日?(?!人"
    r"|作|地|厂|程)|每个?工(?!人|作|地)|/工(?!人)|一个?白班|一个?夜班|一个?班(?!车|组)"
    r"|每班|/班|一晚上?|每晚|(?<=元)[天日](?!结|薪)|(?<=块)天)"
    r"|(?P<{n}hour>一个?小时|按小时(?:算|计)?|每个?小时|(?<=/)小时|(?<=/)[时h]|时薪|一个?钟头?|每个?钟头?"
    r"|(?<=元)小时|(?<=块)小时|(?<=/)个?钟)"
    r"|(?P<{n}month>一个?月|按月(?!结|发|付)|月均|月收入|平均每月|每个?月|(?<=/)月|月薪|月工资|(?<=元)月|底薪|月入|月保底)"
    rf"|(?P<{{n}}piece>(?:一|每|/|(?<=元))(?:个(?=平|立方))?{_PIECE}|计件)"
    r"|(?P<{n}total>总共|一共|总价|总的|拢共|通共|包干价?|打包价?|全部|整个|一口价|包价|全包|一次性|打总|算下来"
    r"|总计|合计|包工价?|共计))"
)
_AMOUNT = (
    rf"(?:(?P<{{n}}mao>{_AMOUNT_NUMBER})[毛角](?P<{{n}}mao_fen>[\d一二两三四五六七八九](?![天个小日月件斤袋箱车]))?"
    rf"|(?P<{{n}}fen>{_AMOUNT_NUMBER})分(?=钱)"
    rf"|(?P<{{n}}yuan>{_AMOUNT_NUMBER})(?:(?P<{{n}}kuai>[块元圆](?!砖|地砖|地板|瓷|石|板|桥|坝|旦|宵|宝))(?P<{{n}}jiao>[\d一二两三四五六七八九](?![\d天个小日月件斤袋箱车吨亩棵株米平方双只包趟单次场公串筐捆桌户张套间层工班晚头条根夜人名位十百千点号组钟]))?[毛角]?)?)钱?"
)
_FILLER = (
    r"(?:一个人|一人|每个?人|每位|给|开|是|:|约|就|都|能|拿|工资|工钱|薪资|工价|价|大概"
    r"|大约|差不多|不低于|保底|净|算|付|可以|到手|税后|税前|按|最低|起步|结|发|出|合|计"
    r"|做|干|活|要|的|（|\s|(?<=[斤吨亩])[青鲜干湿][\u4e00-\u9fa5]|(?<=间)[房屋]|(?<=桌)[菜席]){0,4}"
)
_WAGE_NOUN = r"(?:工资|工钱|薪资|薪酬|薪水|报酬|待遇|工价|酬劳|价钱|价格|给|开价?|付|钱|劳务费|费用)"
_PATTERN = re.compile(
    rf"(?:(?P<noun>{_WAGE_NOUN})[:是为就按给\s]{{0,2}})?"
    + rf"(?:{_UNIT.format(n='pre_')}{_FILLER})?"
    + rf"(?P<noun2>{_WAGE_NOUN}[:是为就]?)?"
    + r"[¥￥]?"
    + _AMOUNT.replace("{n}", "a_")
    + r"(?P<more>多|来|几|好几)?(?P<more_money>块钱?|元(?!桥|坝|旦|宵|宝))?"
    + rf"(?:(?:[-到至]|、)[¥￥]?{_AMOUNT.replace('{n}', 'b_')})?"
    + r"(?P<approximate>左右|上下|出头|以上|起步?|往上|来块|多块|不等)?"
    + r"(?:钱)?(?:[一每]个?人(?=[一每/]))?(?P<slash>[/\s]?)(?:"
    + _UNIT.replace("{n}", "post_")
    + ")?"
)
_NOT_WAGES = re.compile(
    r"(?:车费|路费|押金|补贴?|补助|餐补|奖金?|罚款?|提成|伙食费?|电话|手机|定金|保险|油费"
    r"|住宿费|房租|报名费?|服装费|培训费|保证金|介绍费|满|超过?|第|共享|门牌|编号|年龄"
    r"|费)[:是有给每一天人交缴]{0,3}$"
)
_STANDS_ALONE_BEFORE = re.compile(
    r"(?:^|[，。；！？、\s）]|[半\d二三四五六]天|个|匠|员|师傅|日结|周结|月结|人|工|不对"
    r"|改成|还是|[员师匠手安姆厨洁嫂机]|元|是|包吃住?|管饭|每天|的|涨到)$"
)
_STANDS_ALONE_AFTER = re.compile(
    r"$|[，。；！？、\s（]|[大小杂普瓦木]工|日结|周结|月结|当天结|现结|吧|干完|做完|包|管|供|不包|一人|一个人|每人|完工"
)
_MEASURE_BEFORE = re.compile(r"(?:面积|身高|路程|里程|海拔|亩|共|有|满|超|近|上|编号|[\d:.点号月第])$")
_WORKER_BEFORE = re.compile(r"[工员师匠手安姆厨傅洁嫂人的徒]$")
_SCALED = re.compile("[百千万佰仟kw]")


def find_wages(text: str) -> list[WageMention]:
    """Every wage said in a plain text, in order; amounts that are no wage (车费20) are left out."""
    found = []
    position = 0
    while position < len(text):
        match = _PATTERN.search(text, position)
        if match is None:
            break
        mention = _read(match, text)
        if mention is not None:
            found.append(mention)
        # Step over the whole number that was refused, or 十五号 would leave 五号 behind.
        position = mention.end if mention else _end_of_number(match)
    return found


def _end_of_number(match: re.Match[str]) -> int:
    for name in ("a_yuan", "a_mao", "a_fen"):
        if match[name] is not None:
            return max(match.end(name), match.start() + 1)
    return match.end() + 1


def _read(match: re.Match[str], text: str) -> WageMention | None:
    first = _yuan_bounds(match, "a_")
    second = _yuan_bounds(match, "b_") if _has_amount(match, "b_") else None
    if first is None:
        return None
    unit_before, unit_after = _unit(match, "pre_"), _unit(match, "post_")
    if match["slash"] and match["slash"] != "/" and unit_after not in (None, "day", "hour", "month"):
        unit_after = None
    unit = unit_after if unit_after not in (None, "total") or unit_before is None else unit_before
    unit = unit_before if unit_before not in (None, "piece") or unit is None else unit
    if match["pre_piece"] == "计件" and unit_after:
        unit = unit_after
    start = match.start()
    if match["pre_piece"] == "一个" and _WORKER_BEFORE.search(text[:start]):
        # 焊工一个二百八 counts a welder; it is no rate by the piece.
        unit, unit_before, start = unit_after, None, _number_start(match)
    money = _is_money(match)
    number_start = _number_start(match)
    if _NOT_WAGES.search(text[max(0, start - 8) : number_start]):
        return None
    said = match["a_yuan"] or ""
    if not money and not _plausible_without_money(match, said, unit, unit_before, text):
        return None
    low, high = first
    if second is not None:
        low, high = _spread(low, second[1], match)
    if low <= 0 or high < low:
        return None
    end = _end(match, unit, unit_after)
    stated = money or unit is not None
    confidence = 0.98 if unit else 0.8 if money or match["noun"] or match["noun2"] else 0.6
    if match["more"] or match["approximate"]:
        confidence = min(confidence, 0.7)
    return WageMention(
        start,
        end,
        confidence,
        fen=round(low * 100),
        max_fen=round(high * 100) if high > low else None,
        unit=unit,
        stated_as_money=stated,
    )


def _has_amount(match: re.Match[str], prefix: str) -> bool:
    return any(match[prefix + kind] is not None for kind in ("mao", "fen", "yuan"))


def _yuan_bounds(match: re.Match[str], prefix: str) -> tuple[float, float] | None:
    if match[prefix + "mao"] is not None:
        tenths = number_value(match[prefix + "mao"])
        hundredths = _digit(match[prefix + "mao_fen"])
        return None if tenths is None else (tenths / 10 + hundredths / 100,) * 2
    if match[prefix + "fen"] is not None:
        hundredths_said = number_value(match[prefix + "fen"])
        return None if hundredths_said is None else (hundredths_said / 100,) * 2
    said = bounds(match[prefix + "yuan"])
    if said is None:
        return None
    tenths_said = _digit(match[prefix + "jiao"]) / 10
    return said[0] + tenths_said, said[1] + tenths_said


def _digit(said: str | None) -> int:
    if not said:
        return 0
    return int(said) if said.isdigit() else DIGITS[said]


def _spread(low: float, high: float, match: re.Match[str]) -> tuple[float, float]:
    """三到四千 and 4-5k: the first number borrows the scale of the second."""
    second = match["b_yuan"] or ""
    first = match["a_yuan"] or ""
    scale = _SCALED.search(second)
    if scale and not _SCALED.search(first) and low < 10 and high >= 100:
        low *= {"百": 100, "千": 1000, "k": 1000, "万": 10000, "w": 10000}.get(scale.group(), 1)
    return low, high


def _unit(match: re.Match[str], prefix: str) -> WageUnit | None:
    units: tuple[WageUnit, ...] = ("day", "hour", "month", "piece", "total")
    for unit in units:
        if match[prefix + unit] is not None:
            return unit
    return None


def _is_money(match: re.Match[str]) -> bool:
    return any(
        match[name] is not None for name in ("a_mao", "a_fen", "a_kuai", "b_kuai", "b_mao", "more_money")
    )


def _plausible_without_money(
    match: re.Match[str], said: str, unit: WageUnit | None, unit_before: WageUnit | None, text: str
) -> bool:
    """Whether a number without 块 or 元 is a wage: its unit, its noun or its standing alone must say so."""
    value = bounds(said)
    if value is None:
        return False
    spoken = not said[0].isdigit()
    scaled = bool(_SCALED.search(said) or _SCALED.search(match["b_yuan"] or ""))
    before, after = text[: match.start()], text[match.end("a_yuan") :]
    if (
        re.match(
            r"(?:点|号|月(?!薪|结)|岁|周岁|年|个(?!月)|名|位|人|小时|天|楼|栋|组|路|:|度|公里|里|分钟|%|寸)",
            after,
        )
        and not scaled
    ):
        return False
    if unit_before is None and re.search(r"(?:\d[:点]|[年月第])$", before):
        return False
    if unit is not None:
        if unit == "total" and unit_before is not None and value[0] < 50:
            return False
        if match["post_piece"] and match["post_piece"].endswith("个") and spoken and not scaled:
            return False
        if spoken and not scaled and unit in ("day", "month"):
            tens = unit_before == "day" and value[0] >= 30 and said.endswith("十")
            return tens and bool(_STANDS_ALONE_AFTER.match(text[match.start("slash") :]))
        if unit_before in ("day", "month") and value[0] < 30 and not scaled:
            return False
        return unit != "hour" or re.search(r"(?:干|做|工作|上班|搞)$", before) is None
    if match["noun"] or match["noun2"]:
        return value[0] >= 30 and not re.match(r"[岁点号个名位人]", after)
    if value[0] < 50 or (spoken and not scaled and not said.endswith("十")):
        return False
    tail = text[match.start("slash") :]
    if scaled and re.match(r"$|[，。；！？]|加", tail) and not _MEASURE_BEFORE.search(before):
        return value[1] < 20000
    alone = _STANDS_ALONE_BEFORE.search(text[: match.start("a_yuan")]) and _STANDS_ALONE_AFTER.match(tail)
    return bool(alone) and value[1] < 20000 and len(said) < 6


def _number_start(match: re.Match[str]) -> int:
    return min(match.start(name) for name in ("a_yuan", "a_mao", "a_fen") if match[name] is not None)


def _end(match: re.Match[str], unit: WageUnit | None, unit_after: WageUnit | None) -> int:
    if unit_after is not None and unit is not None:
        return match.end()
    return match.end("slash") if match["slash"] == "/" else match.start("slash")
