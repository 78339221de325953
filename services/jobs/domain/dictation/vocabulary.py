"""Trades: words and their synonyms are data; work that no list knows is read by its form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from services.jobs.domain.dictation.mentions import Mention

_RULES = Path(__file__).resolve().parents[2] / "rules"


@dataclass(frozen=True, slots=True)
class TradeMention(Mention):
    """A trade in the speaker's word; `named` when a worker was named (小工), not an activity (搬砖)."""

    trade: str
    named: bool


class Vocabulary:
    """The trades and towns of `rules/trades.json`, compiled once."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._names = _by_synonym(tables["names"])
        self._activities = {
            said: trade
            for said, trade in _by_synonym(tables["activities"]).items()
            if said not in self._names
        }
        words = sorted({*self._names, *self._activities}, key=lambda word: (-len(word), word))
        self._trades = re.compile("|".join(map(re.escape, words)))
        towns = sorted(tables["towns"], key=len, reverse=True)
        self.towns = re.compile("|".join(map(re.escape, towns)))
        self._not_workers = tuple(tables["unlisted"]["not_workers"])
        self._unlisted = _unlisted(tables["unlisted"])

    def filed_under(self, word: str) -> str:
        """The one word that a word for a trade is filed under; itself where no list has it."""
        return self._names.get(word) or self._activities.get(word) or word

    def words_for(self, trade: str) -> tuple[str, ...]:
        """Every word that is filed under a trade, itself first."""
        said = {**self._activities, **self._names}
        return (trade, *sorted(word for word, filed in said.items() if filed == trade != word))

    def find_trades(self, text: str) -> Iterator[TradeMention]:
        """Every trade said in a plain text, in order, longest word first."""
        for match in self._trades.finditer(text):
            if _part_of_a_place.match(text, match.end()) or _not_a_trade_before.search(text[: match.start()]):
                continue
            said = match.group()
            named = said in self._names
            # 扎钢筋的 is nobody's word for a trade by itself; any other is given as the speaker said it.
            trade = self.filed_under(said) if said.endswith("的") else said
            if text[match.end() : match.end() + 1] in _SEEDLINGS and not said.endswith(_SEEDLINGS):
                # 采辣椒苗 is not 采辣椒.
                yield TradeMention(
                    match.start(), match.end() + 1, 0.8, text[match.start() : match.end() + 1], False
                )
                continue
            yield TradeMention(match.start(), match.end(), 0.97 if named else 0.9, trade, named)

    def find_unlisted_trades(self, text: str) -> Iterator[TradeMention]:
        """Work that no list knows, as it was said: a worker (鼓风工), a verb with its object (摘花椒)."""
        for match in self._unlisted.finditer(text):
            worker = match["worker"]
            if self.towns.match(text, match.start()) or match.group().endswith(_PREMISES):
                continue
            if worker is None or not worker.endswith(self._not_workers):
                name = "worker" if worker else "work"
                yield TradeMention(*match.span(name), 0.7, match[name].replace("个", ""), worker is not None)
        for match in _HANDLING.finditer(text):
            trade = "搬运工" if match.group()[0] in "搬抬扛" else "装卸工"
            yield TradeMention(match.start(), match.end(), 0.6, trade, False)


_PREMISES = ("店", "厂", "公司", "站", "馆")
_SEEDLINGS = ("苗", "秧")

_part_of_a_place = re.compile(
    r"(?:公司|厂(?!里|房|区)|市场|门口|学校|店(?!员)|中心|宿舍|基地|场(?!地)|路|街|服务部|室|间|岗亭)"
)
_not_a_trade_before = re.compile(r"(?:不用|不要|不是|不需要|免费|管|包|自己)$")


#: 卸一车货: handling is named by its verb when nothing tells what is handled.
_HANDLING = re.compile(r"[卸装]一?[车船柜]|卸(?![任妆下载掉])|搬(?![到走迁出进来])|抬(?!头)|扛")
_WORK_ENDS = (
    r"(?=[，。；、！？\s]|$|要|的|需|缺|招|师傅|工人|每|上楼|上[一二三四五六七八九十\d]+楼|按|计件"
    r"|[\d一二两三四五六七八九十]+来?[个名位人天亩块棵])"
)


def _by_synonym(table: Mapping[str, list[str]]) -> dict[str, str]:
    return {said: trade for trade, synonyms in table.items() for said in (trade, *synonyms)}


def _unlisted(table: Mapping[str, Any]) -> re.Pattern[str]:
    """`verbs` maps a verb of work to the characters that make another word of it (收 and 工, 钱)."""
    endings = "|".join(map(re.escape, table["worker_endings"]))
    verbs: Mapping[str, str] = table["verbs"]
    short = "|".join(f"{verb}(?![{others}])" if others else verb for verb, others in verbs.items())
    long = "|".join(map(re.escape, table["whole_verbs"]))
    thing = r"(?!一|了|个|到|的|完|得|好)[\u4e00-\u9fa5]"
    return re.compile(
        rf"(?:(?<![\u4e00-\u9fa5])|(?<=[个名位招聘要请找雇缺喊叫]))"
        rf"(?P<worker>(?:(?![招要请找聘缺雇会的个名位])[\u4e00-\u9fa5]){{1,4}}?(?:{endings})){_WORK_ENDS}"
        rf"|(?P<work>(?:{long})(?:{thing}{{1,4}}?)?|(?<![装维检])(?:{short})个?{thing}{{1,4}}?){_WORK_ENDS}"
    )


@lru_cache(maxsize=1)
def county_vocabulary() -> Vocabulary:
    """The vocabulary shipped with the jobs service; read from disk once."""
    return Vocabulary(json.loads((_RULES / "trades.json").read_text(encoding="utf-8")))
