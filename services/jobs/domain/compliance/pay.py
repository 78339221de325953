"""Pay that a posting states, or leaves to talk."""

from __future__ import annotations

import re

from services.jobs.domain.dictation.numerals import NUMBER
from services.jobs.domain.dictation.wages import WageMention, find_wages

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


_PART_TIME = re.compile(
    r"兼职|非全日|半天班|半班|小时工|钟点工|隔天|抽空|每次\d|每次[一二两三四]个?小时"
    r"|(?:每周|一周|每个?星期|一个?星期)(?:[^，\n]{0,4})(?:[一二两三四1-4])(?:次|天|趟|个半天)|(?:周末|双休日)(?:两天|上班|班)"
)


def says_part_time(text: str) -> bool:
    """Whether the work is told as part-time, so that no month's floor applies to its month."""
    return _PART_TIME.search(text) is not None


def find_rates(text: str) -> list[WageMention]:
    """Wages said with their unit."""
    return [wage for wage in find_wages(text) if wage.unit in ("hour", "day", "month")]
