"""What a posting's figures say of the law: ages, hours, pay, and numbers that are contacts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.jobs.domain.dictation.mentions import bounds
from services.jobs.domain.dictation.moments import find_times
from services.jobs.domain.dictation.numerals import DIGITS, NUMBER
from services.jobs.domain.dictation.wages import WageMention, find_wages


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure at folded[start:end]."""

    start: int
    end: int
    value: float


@dataclass(frozen=True, slots=True)
class AgeRange:
    """Ages that a posting asks for, in years; None where that side is open."""

    start: int
    end: int
    least: int | None
    most: int | None


_AGE_NUMBER = r"(?:\d{2}|[一二三四五六七八九]?十[一二三四五六七八九]?|[零一二三四五六七八九]{2})"
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
        least, most = _limits(match, int(low[0]), int(high[0]) if high else None)
        if _DENIED_AFTER.match(text[match.end() :]) or _DENIED_BEFORE.search(text[: match.start()]):
            least, most = _inverted(least, most)
        yield AgeRange(match.start(), match.end(), least, most)
    for match in _SMALL_AGES.finditer(text):
        value = bounds(match["years"])
        if value is not None:
            yield AgeRange(match.start(), match.end(), int(value[0]), None)


def _speaks_of_age(match: re.Match[str], text: str) -> bool:
    said_years = "岁" in match.group() or "年龄" in match.group() or "岁数" in match.group()
    if said_years:
        return True
    after, following = match["after"], text[match.end() : match.end() + 2]
    if re.search(r"年龄[^，\n]{0,4}$", text[: match.start()]):
        return True
    # 55以下, 45以内 at a clause's edge, with no unit after: an age, if it stands alone.
    if match["before"] in ("年满", "未满", "不满", "没满") and re.match(
        r"[，\n的者]|$|即可|就行|以上|都|也", following or ""
    ):
        return True
    before = text[: match.start()]
    alone = not before or before[-1] in "，\n男女工人员洁安厨机"
    return bool(
        after in ("以下", "以内", "之内")
        and alone
        and re.match(r"[，\n]|$", following)
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


_DAY_HOURS = re.compile(
    rf"(?P<lead>每天|每日|一天|日均|天天|上班|工作|干|做|上|连续|连轴|值班|在岗|时长|工时"
    rf"|班次|两班倒|两班制|两班|倒班|每班|单班|长白班|夜班|晚班|白班|一班|站|全天)(?:要"
    rf"|得|须|工作|干|做|上班|上|不少于|不低于|至少|大约|约|时间|时长|满|够|超过|:|都|是"
    rf"|为|长达|连续|站|需|在岗){{0,3}}(?:{NUMBER}(?:-|到|至|~))?(?P<hours>{NUMBER})(?:个)?(?P<half>半)?(?:多个?)?(?:小时"
    rf"|钟头|h)"
    rf"|(?P<hours2>{NUMBER})(?:个)?(?:小时|钟头|h)(?:/天|一天|每天|制|工作制|两班倒|轮班"
    rf"|倒班|一班|班|/班|以上|连班|连轴转|大班|长白班|在岗|值守|住岗|上岗|不间断|连续|长班"
    rf"|/日)"
)
_NOT_WORK_HOURS = re.compile(
    r"(?:制?轮班|制?倒班|轮流|轮换|轮岗|不打烊|便利|营业|热线|热水|服务|供应|咨询|监控"
    r"|开放|超市|药店|网吧|自助|内|前|之内|以内|核实|三班|四班|恒温|店|三班倒|四班|工地看"
    r"|餐厅|快餐|酒店)"
)
_SHIFTS_BEFORE = re.compile(r"(?:营业时间?|开放时间?|两班|轮班|倒班|排班)[^，\n]{0,4}$")
_OVERTIME = re.compile(
    rf"(?:每天|每日|一天|天天)?(?:要|需|得)?加班(?:要|到|都|需|至少|时间|不少于)?(?P<hours>{NUMBER})个?(?:多)?(?:小时"
    rf"|钟头)"
)
_NO_REST = re.compile(
    r"(?:全月|整月|每月|一个?月|月)(?:都)?(?:无休|不休|休0天|休零天|没有?休息?|不放假|上满?30天"
    r"|上满?三十天)|(?:没有|无)(?:任何)?(?:休息日|休息天|假期|周末)|连续?上?(?:三十|30"
    r"|二十八|28)天|通宵连轴|连轴转|24小时(?:在岗|值班|待命|随叫随到)|二十四小时(?:在岗"
    r"|值班|待命)|白班?连夜班?|白加黑|五加二|5\+?2白加黑"
)


def find_day_hours(text: str) -> Iterator[Figure]:
    """Hours of work a day said outright."""
    for match in _DAY_HOURS.finditer(text):
        following = text[match.end() : match.end() + 3]
        if _NOT_WORK_HOURS.match(following):
            continue
        value = bounds(match["hours"] or match["hours2"])
        if value is not None and 0 < value[1] <= 24:
            yield Figure(match.start(), match.end(), value[1] + (0.5 if match["half"] else 0))


def find_span_hours(text: str) -> Iterator[Figure]:
    """Hours between a start and an end said as clock times, less the rest that was said."""
    for mention in find_times(text):
        business = re.match(r"营业|开门|开放|供应", text[mention.end :])
        if mention.hours is not None and not business and not _SHIFTS_BEFORE.search(text[: mention.start]):
            yield Figure(mention.start, mention.end, mention.hours)


def find_overtime_hours(text: str) -> Iterator[Figure]:
    """Hours of overtime a day."""
    for match in _OVERTIME.finditer(text):
        value = bounds(match["hours"])
        if value is not None:
            yield Figure(match.start(), match.end(), value[1])


def find_no_rest(text: str) -> re.Match[str] | None:
    """Wording that leaves no day of rest."""
    return _NO_REST.search(text)


_NEGOTIABLE = re.compile(
    r"(?:工资|薪资|薪酬|待遇|价格|价钱|工钱|报酬|工价|月薪|日薪|时薪|薪水|钱|酬劳|收入"
    r"|底薪|薪|费用)[^，\n]{0,6}?(?:面议|面谈|详谈|详聊|商议|协商|好商量|好说|好谈|可谈"
    r"|可议|另谈|另议|商量|再谈|再说|再商量|现谈|当面谈|当面说|当面定|到时候?说|电议|私聊|私谈"
    r"|不会亏待|从优|包你满意|看着给|不是问题|看活给|见面谈|来了谈|来谈|优厚|丰厚)|面议"
    r"|(?:看活|看活儿|看着|看情况)给(?:钱|价|工钱)|(?:待遇|工资|薪资|薪酬|报酬)(?:从优"
    r"|优厚|丰厚|好)|绝不亏待"
)
_NEGOTIABLE_OTHER = re.compile(
    r"(?:时间|地点|班次|工期|细节|其他|具体事宜|人数|排班|路线|工作内容|日期)[^，\n]{0,3}(?:面议"
    r"|面谈|另议)|多的话|活多"
)
_ANY_PAY = re.compile(
    rf"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百千万]+)(?:[块元]|k(?![a-z])|千|/天|/[时月件斤]"
    rf"|一天|每天|一个月)|(?:底薪|保底|工资|月薪|日薪|时薪|每天|一天|日结|月结|一小时|每小时"
    rf"|薪资)[:约是]?(?:\d{{2,5}}|{NUMBER}[百千])"
)


def find_negotiable(text: str) -> re.Match[str] | None:
    """Pay left to talk, in a text that states no figure of pay; None otherwise."""
    for match in _NEGOTIABLE.finditer(text):
        around = text[max(0, match.start() - 8) : match.end()]
        if not _NEGOTIABLE_OTHER.search(around):
            stated = _ANY_PAY.search(text) or any(wage.stated_as_money for wage in find_wages(text))
            return None if stated else match
    return None


def find_rates(text: str) -> list[WageMention]:
    """Wages said with their unit."""
    return [wage for wage in find_wages(text) if wage.unit in ("hour", "day", "month")]


_DIGIT_LOOKS = {character: str(value) for character, value in DIGITS.items() if value < 10}
_DIGIT_LOOKS.update({str(number): str(number) for number in range(10)})
_DIGIT_LOOKS.update(
    {
        "幺": "1",
        "妖": "1",
        "夭": "1",
        "洞": "0",
        "拐": "7",
        "勾": "9",
        "o": "0",
        "l": "1",
        "i": "1",
        "О": "0",
        "酒": "9",
        "久": "9",
        "吧": "8",
        "巴": "8",
        "伞": "3",
        "散": "3",
        "武": "5",
        "舞": "5",
        "柳": "6",
        "溜": "6",
        "妻": "7",
        "期": "7",
        "爸": "8",
        "斯": "4",
        "肆": "4",
        "山": "3",
        "鹅": "2",
        "衣": "1",
        "医": "1",
        "灵": "0",
        "泠": "0",
        "气": "7",
        "就": "9",
        "似": "4",
        "而": "2",
        "儿": "2",
    }
)
_WEAK_DIGITS = frozenset("洞拐勾oli酒久吧巴伞散武舞柳溜妻期爸斯山鹅衣医灵泠气就似而儿О")
_LOOKING_LIKE = str.maketrans(_DIGIT_LOOKS)
_GAP = r"[\s.·•・*_|^#=,，、/\\~\-—–+（）()【】\[\]…:：\"'“”转]{0,3}"
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+?86){_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)")
_LANDLINE = re.compile(rf"(?<!\d)0\d{{2,3}}{_GAP}[2-9](?:[\s-]?\d){{6,7}}(?!\d)")
_CALLED = re.compile(
    r"(?:电话|手机|致电|拨打|联系|热线|号码|call|tel|座机)[^，\n\d]{0,4}(?P<number>[2-9]\d{6,7})(?!\d)"
)
_ENOUGH_DIGITS = re.compile(r"(?:\d.{0,4}?){7}")


def find_numbers_to_call(plain: str) -> Iterator[Figure]:
    """Telephone numbers in a text folded character by character, however the digits are dressed."""
    digits = plain.translate(_LOOKING_LIKE)
    if _ENOUGH_DIGITS.search(digits) is None:
        return
    for match in _MOBILE.finditer(digits):
        words = plain[match.start() : match.end()]
        weak = sum(character in _WEAK_DIGITS for character in words)
        if weak <= 4:
            yield Figure(match.start(), match.end(), 11)
    for match in _LANDLINE.finditer(digits):
        if not any(character in _WEAK_DIGITS for character in plain[match.start() : match.end()]):
            yield Figure(match.start(), match.end(), 11)
    for match in _CALLED.finditer(plain):
        yield Figure(*match.span("number"), 8)
