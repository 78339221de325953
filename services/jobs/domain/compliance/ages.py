"""Ages that a posting asks of the worker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.jobs.domain.dictation.mentions import bounds


@dataclass(frozen=True, slots=True)
class AgeRange:
    """Ages that a posting asks for, in years; None where that side is open; `welcomed` in 70岁也行."""

    start: int
    end: int
    least: int | None
    most: int | None
    welcomed: bool


_WELCOMED = re.compile(r"[^，\n]{0,8}?(?:也|都|均)(?:可|行|要|能|欢迎|招|收|没关系)|[^，\n]{0,4}欢迎")
_AGE_NUMBER = (
    r"(?:\d{2}|[二三四五六七八]{2}十|[二三四五六七八九]?十[一二三四五六七八][二三四五六七八九]"
    r"|[一二三四五六七八九]?十[一二三四五六七八九]?|[零一二三四五六七八九]{2})"
)
_AGE = re.compile(
    rf"(?P<before>年龄|岁数|未满|不满|不到|未到|没满|年满|满|不超过|超过|不大于|不小于|小于"
    rf"|大于|低于|最大|最小|至少|不低于|不高于|过了|过)?(?:要求|限制|必须|须|需|应|为|是"
    rf"|在|限|:|于){{0,3}}(?P<low>{_AGE_NUMBER})(?:周?岁)?"
    rf"(?:(?:-|~|到|至|—|/)(?P<high>{_AGE_NUMBER}))?(?P<years>周?岁|年龄)?(?:\(?含\)?)?(?P<after>以上"
    rf"|以下|以内|之内|之间|起|及以上|及以下|往上|往下|开外|左右|出头|封顶|即可|就行|都可"
    rf"|之前|为止)?"
)
_DENIED_AFTER = re.compile(
    r"(?:的|人员|者|人|老人|及|、|以上|以下){0,3}[^，\n]{0,3}?(?:勿扰|免谈|不要|不招|不收"
    r"|不用|不考虑|谢绝|除外|别来|勿|拒绝|不得|不予|禁止|不录|不聘|莫来|不行|不可以?(?!少))"
)
_DENIED_BEFORE = re.compile(
    r"(?:不招用?|不要(?!求)|不收|不用|禁止招?用?|严禁|谢绝|拒绝|不录用?|不得招用|不得使用"
    r"|不雇佣?|不聘用?|不使用|不考虑)[^，\n]{0,4}$"
)
_OTHER_PERSON_BEFORE = re.compile(
    r"(?:照顾|照料|护理|陪护|伺候|陪伴|看护|带|接送|看|服侍|辅导|教|家有|家里有|服务|有个"
    r"|有位|孩子|宝宝|老人|奶奶|爷爷|母亲|父亲|婆婆|岳母|小孩|娃|女儿|儿子|(?:[一两二三四五1-9]"
    r"|几)(?:个|位|名))[^，\n]{0,6}$"
)
_OTHER_PERSON_AFTER = re.compile(
    r"(?:的)?(?:左右的)?(?:半)?(?:男|女|小|半自理|自理|失能|瘫痪|卧床|高龄|多)?(?:老人"
    r"|老太|老奶|宝宝|孩子?|小孩|小朋友|男孩|女孩|儿童|娃|病人|患者|母亲|父亲|婆婆|公公"
    r"|大爷|奶奶|爷爷|幼儿|少儿|寿|大寿|生日|宴|学生(?:上课|家教|辅导|补课|培训|班)|婴"
    r"|以上老人|以上的?老人|以下儿童)(?!勿|不|免|谢|都能|也能|能|可以|优)"
)
_SMALL_AGES = re.compile(
    r"(?<![\d十一二三四五六七八九])(?P<years>[5-9]|[五六七八九])周?岁(?:以上)?[^，\n]{0,4}(?:能"
    r"|可|就行|都|来)"
)


def find_ages(text: str) -> Iterator[AgeRange]:
    """Every age asked of the worker, with wording such as 60岁以上勿扰 turned into the limit that it is."""
    for match in _AGE.finditer(text):
        if not _speaks_of_age(match, text) or _speaks_of_another(match, text):
            continue
        low, high = bounds(match["low"]), bounds(match["high"]) if match["high"] else None
        if low is None or not 10 <= low[0] <= 90:
            continue
        welcomed = _WELCOMED.match(text, match.end()) is not None
        if high is None and low[1] > low[0] and not welcomed:
            high = (low[1], low[1])
        least, most = _limits(match, int(low[0]), int(high[0]) if high else None)
        if _DENIED_AFTER.match(text[match.end() :]) or _DENIED_BEFORE.search(text[: match.start()]):
            least, most = _inverted(least, most)
        yield AgeRange(match.start(), match.end(), least, most, welcomed)
    for match in _SMALL_AGES.finditer(text):
        value = bounds(match["years"])
        if value is not None:
            yield AgeRange(match.start(), match.end(), int(value[0]), None, True)


_ENDS_AN_AGE = re.compile(r"[，\n的者]|$|即可|就|可|以上|都|也")


_STANDS_BEHIND_A_SEX = re.compile(r"(?:^|[，\n])[男女]性?[，\n]$")


def _speaks_of_age(match: re.Match[str], text: str) -> bool:
    said_years = "岁" in match.group() or "年龄" in match.group() or "岁数" in match.group()
    if said_years:
        return True
    before, high = text[: match.start()], match["high"]
    after, following = match["after"], text[match.end() : match.end() + 2]
    if re.search(r"年龄[^，\n]{0,4}$", before):
        return True
    if high is not None and before[-1:] in ("男", "女") and not re.match(r"[块元/]", following):
        return True
    if high is not None and _STANDS_BEHIND_A_SEX.search(before) and re.match(r"[，\n]|$", following):
        return True
    # 55以下, 45以内 at a clause's edge, with no unit after: an age, if it stands alone.
    if match["before"] in ("年满", "未满", "不满", "没满") and _ENDS_AN_AGE.match(following):
        return True
    if (
        match["before"] == "满"
        and re.match(r"1[4-8]|十[四五六七八]", match["low"])
        and _ENDS_AN_AGE.match(following)
    ):
        return True
    alone = not before or before[-1] in "，\n男女工人员洁安厨机"
    return bool(
        after in ("以下", "以内", "之内")
        and alone
        and re.match(r"[，\n能的都]|$", following)
        and match["before"] is None
        and int((bounds(match["low"]) or (0, 0))[0]) >= 25
    )


def _speaks_of_another(match: re.Match[str], text: str) -> bool:
    return bool(
        _OTHER_PERSON_AFTER.match(text[match.end() :]) or _OTHER_PERSON_BEFORE.search(text[: match.start()])
    )


def _limits(match: re.Match[str], low: int, high: int | None) -> tuple[int | None, int | None]:
    if high is not None:
        return low, high
    before, after = match["before"] or "", match["after"] or ""
    if before in ("未满", "不满", "不到", "未到", "没满", "小于", "低于") or after in (
        "以下",
        "以内",
        "之内",
        "及以下",
        "往下",
        "封顶",
        "之前",
        "为止",
    ):
        return None, low
    if before in ("不超过", "不大于", "不高于", "最大"):
        return None, low
    return low, None


def _inverted(least: int | None, most: int | None) -> tuple[int | None, int | None]:
    """Keeping out 60 and over asks for less than 60; keeping out under 16 asks for 16 and over."""
    if least is not None and most is None:
        return None, least
    if most is not None and least is None:
        return most, None
    return None, most
