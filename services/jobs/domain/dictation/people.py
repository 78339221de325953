"""How many people are wanted: 两个小工, 三到五人, 十来个, 俩人."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.jobs.domain.dictation.mentions import Mention, bounds
from services.jobs.domain.dictation.numerals import NUMBER


@dataclass(frozen=True, slots=True)
class HeadcountMention(Mention):
    """People wanted; `count` None when only a most was said, `most` None when none was."""

    count: int | None
    most: int | None


_WANTED = r"(?:要|招|找|需|请|叫|喊|缺|差|来|雇|聘|派|约|再加|加|用|招聘|还要|急需|安排|招收|去|凑|够|就)"
_NUMBER = rf"(?:\d{{1,3}}|{NUMBER})"
_NOT_PEOPLE = (
    "(?:小时(?!工)|钟头|钟(?!点工)|月(?!嫂)|星期|礼拜|点|半|柜|沙发|冰箱|箱子|集装箱|箱|房|车|棚|大棚"
    "|门|窗|洞|坑|包|袋|工地|地方|站|村|单|孩子|小孩|娃|老人|病人|"
    "来回|班|货柜|多小时|工[价钱]|工$|工一天|块|品种|摊|桌|椅|石|树|花|灯|空调|床|货|鸡"
    "|猪|鱼|塘|池|井|口|路口|红绿灯|厂|店|院|园|楼|层|棺|厕|卫生间|教室|会场|舞台|展|快递"
    "|件|数|苹果|西瓜|果|游|项目|标段)"
)
#: 门卫, 店员 and 包装工 begin like things that are counted and are people.
_WORKER = re.compile(
    r"[\u4e00-\u9fa5]{1,4}?(?:工(?![地厂价钱]|一天)|员|师|匠|手(?!推)|司机|卫|丁|嫂|小哥|安(?!装)|厨(?!房))"
)
_PATTERN = re.compile(
    rf"(?P<vague>至少|最少|起码|大概|大约|差不多|约|可能|估计|怎么也得)?(?P<most>最多|顶多"
    rf"|不超过|至多)?(?:是|要|招)?"
    rf"(?<![\d.第:])(?P<low>{_NUMBER})(?P<approximate>来|多|几)?"
    rf"(?:\s?(?:到|至|-|或者?|、)\s?(?P<high>{_NUMBER}))?(?P<classifier>个(?:人|工人|师傅"
    rf"|劳动力|劳力)?|名|位|人(?!民|参|工湖|家)|号人|口子?人|条人)(?P<within>以内|以下|之内)?(?P<about>左右"
    rf"|上下)?"
)
_PAIR = re.compile(r"(?P<pair>俩|仨|俩仨)(?!孩|娃|小时|钟|月(?!嫂)|老人)(?:人|个)?")
_ONE = re.compile(
    r"(?:要|找|招|请|雇|喊|叫|招聘|缺|差|来|派)(?P<one>个)(?!把)(?=人(?!民)|会|能|[\u4e00-\u9fa5]{0,4}(?:工"
    r"|员|师傅|手|匠|机|嫂|姆|厨|安|洁|徒|师|教|阿姨|家政|大姐|小伙|伙子|人手|孃孃|嬢嬢|演员?|的))"
)
_PER_PERSON = re.compile(
    r"(?:一天|每天|一小时|每小时|给|工资|工钱|[\d一二两三四五六七八九]{1,2}[百\d]|一百"
    r"|管|发|一间|一床|一顿|包)"
)
_GROUPS = re.compile(r"(?:一组|一班|一间|一床|一队|一车|合租|宿舍|间|房)")
_SMALL_BEFORE = re.compile(
    r"(?:每|第|这|那|哪|某|整|几|前|后|上|下|我们|咱们|你们|他们|有|[家厂店]里?现?有|已经来了"
    r"|来了|到了|已有|剩|能[\u4e00-\u9fa5])$"
)


#: 昨天说两个: what was asked for before is not what is wanted now.
_EARLIER = re.compile(
    r"(?:昨天|昨日|前天|上次|上回|原来|本来|之前|先前)(?:(?!还[差要缺])[^，。；！]){0,6}$|多要$"
)


def find_headcounts(text: str) -> list[HeadcountMention]:
    """Every number of people wanted, in order."""
    found = [mention for match in _PATTERN.finditer(text) if (mention := _read(match, text))]
    for match in _PAIR.finditer(text):
        if re.search(r"(?:我们|咱们|咱|你们|他们|我|你|她们)$", text[: match.start()]):
            continue
        if any(match.start() < other.end and other.start < match.end() for other in found):
            continue
        found.append(
            HeadcountMention(match.start(), match.end(), 0.95, 2 if match["pair"][0] == "俩" else 3, None)
        )
    for match in _ONE.finditer(text):
        if all(match.end() <= other.start or match.start() >= other.end for other in found):
            found.append(HeadcountMention(match.start("one"), match.end("one"), 0.85, 1, None))
    return sorted(found, key=lambda mention: mention.start)


def _read(match: re.Match[str], text: str) -> HeadcountMention | None:
    before, after = text[: match.start("low")], text[match.end() :]
    if match["classifier"] == "个" and re.match(_NOT_PEOPLE, after) and not _WORKER.match(after):
        return None
    if _SMALL_BEFORE.search(before) and not re.search(r"(?:还有|只有)$", before):
        return None
    if _EARLIER.search(before):
        return None
    if re.search(r"[年月]$|\d$|[百千万]$", before):
        return None
    said = bounds(match["low"])
    if said is None or not 1 <= said[0] <= 999 or said[0] != int(said[0]):
        return None
    if _is_per_person(match, before, after) or _GROUPS.match(after):
        return None
    if match["classifier"] == "个" and not _is_wanted(before, after):
        return None
    if match["approximate"] == "几":
        return None
    return _mention(match, said)


def _is_per_person(match: re.Match[str], before: str, after: str) -> bool:
    """一个人一百八 prices one person; it does not ask for one."""
    if match["low"] not in ("一", "1") or match["high"]:
        return False
    if match["classifier"] not in ("人", "个人"):
        return False
    return bool(_PER_PERSON.match(after)) and not re.search(rf"{_WANTED}$", before)


def _is_wanted(before: str, after: str) -> bool:
    if re.search(rf"{_WANTED}[^，。；]{{0,8}}$", before) or not before:
        return True
    if re.match(
        r"$|[，。；！？、\s]|吧|就|，|左右|人|师傅|[小大杂普泥木钢电焊水]|工|会|能|熟|手|摘"
        r"|采|搬|卸|装|洗|保|服|女|男|年轻|帮|干|做|打|挖|厨|司|护",
        after,
    ):
        return True
    return bool(
        re.search(r"(?:工|员|师傅|洁|安|厨|机|人|姆|嫂|手|匠|帮|的|，|、|。|\s|不对|改成|是)$", before)
    )


def _mention(match: re.Match[str], said: tuple[float, float]) -> HeadcountMention | None:
    low, high = int(said[0]), int(said[1])
    confidence = 0.95
    if match["high"]:
        upper = bounds(match["high"])
        if upper is None or upper[1] < low:
            return None
        high = int(upper[1])
    if match["approximate"] or match["vague"] or match["about"]:
        confidence = 0.5
    if match["most"] or match["within"]:
        return HeadcountMention(match.start("low"), match.end(), confidence, None, high)
    return HeadcountMention(match.start("low"), match.end(), confidence, low, high if high > low else None)
