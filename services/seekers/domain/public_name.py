"""How a person is called where others hear it: 王师傅, never the full name."""

from __future__ import annotations

import re
import unicodedata

_TITLE = "师傅"
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U000323af]")

#: Surnames of two characters. A name of just these two is a surname of one and a given name of one.
_COMPOUND = (
    "欧阳 上官 司马 诸葛 夏侯 皇甫 尉迟 公孙 慕容 司徒 令狐 东方 南宫 西门 端木 轩辕 长孙 宇文 独孤 "
    "闻人 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 仲孙 钟离 鲜于 闾丘 司空 司寇 赫连 拓跋 百里 呼延 "
    "东郭 南门 第五 公羊 谷梁 万俟 左丘 东门 西陵 梁丘 羊舌 微生 纳兰 完颜 耶律 段干 巫马 漆雕 壤驷 "
    "乐正 公西 颛孙 亓官 歐陽 司馬 諸葛 尉遲 公孫 東方 南宮 西門 軒轅 長孫"
)
_COMPOUND_SURNAMES = frozenset(_COMPOUND.split())


#: A surname and no more; how long the rest is would tell something too.
_REST = "**"


def surname_of(full_name: str) -> str:
    """The surname; "" where none can be told, as in a name in Latin letters.

    A name of parts (阿依古丽·买买提) gives its first character: a whole part would be the full given name.
    """
    name = "".join(unicodedata.normalize("NFC", full_name).split())
    if not name or not _HAN.match(name):
        return ""
    return name[:2] if len(name) > 2 and name[:2] in _COMPOUND_SURNAMES else name[0]


def public_name(full_name: str) -> str:
    """Surname and 师傅; 师傅 alone where no surname can be told."""
    return surname_of(full_name) + _TITLE


def masked_name(full_name: str) -> str:
    """What lists show: 王**."""
    return surname_of(full_name) + _REST


def public_name_of_masked(masked: str) -> str:
    """The public name of whom `masked_name` shows."""
    return masked.removesuffix(_REST) + _TITLE


def masked_form(typed: str) -> str | None:
    """What to look for where somebody types a surname alone or a masked name; None for a whole name."""
    name = "".join(unicodedata.normalize("NFC", typed).split())
    if name.endswith("*"):
        return name.rstrip("*") + _REST
    alone = len(name) == 1 or name in _COMPOUND_SURNAMES
    return name + _REST if alone and _HAN.match(name) else None
