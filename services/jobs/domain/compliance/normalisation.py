"""Undoing the disguises of a posting's text while remembering where each character stood.

A rule must see 限女性 in `限.女.性`, `现女性`, `限㊛性` and `限 nv 性`, and the finding must still quote
the words as the employer wrote them.  So the folded text travels with the span of the original that each
of its characters came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

#: Separators that end a clause; kept in the folded text (as one of these two characters).
CLAUSE_END = "，"
LINE_END = "\n"

_CLAUSE_CHARACTERS = frozenset("，,。；;！!？?（）()【】[]{}《》<>「」")
_SOFT_CHARACTERS = frozenset(" \t\u3000\u00a0.·•・*_|^#=`'\"“”‘’…:：—－-~～&%$\\○●◆◇■□★☆※→丨丿丶ㄧ│┃╱╲⁄∕")
_KEPT_BETWEEN_NUMBERS = frozenset(".:-~/*")
#: 早9:00-晚10:00 keeps its dash.
_PARTS_OF_DAY = frozenset("早晚下次凌")
_NUMBER_CHARACTERS = frozenset("0123456789零〇一二两三四五六七八九十百千万半元块点")


_SPELLED_WORD = re.compile("(?<![wn])w(?:s{1,2}w){2,}(?![wn])")


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text with its disguises undone.

    `folded` is what the rules read.  `spans[i]` is the (start, end) of folded character i in `original`.
    """

    original: str
    folded: str
    spans: tuple[tuple[int, int], ...]

    def words(self, start: int, end: int) -> str:
        """The original's own words behind folded[start:end]; empty for an empty range."""
        if start >= end or start >= len(self.spans):
            return ""
        last = min(end, len(self.spans)) - 1
        return self.original[self.spans[start][0] : self.spans[last][1]].strip()


class Folder:
    """Folds texts by the tables of `rules/folding.json`; build it once, it holds compiled automata."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        traditional = tables["traditional"]
        self._characters: dict[str, str] = dict(zip(traditional["from"], traditional["to"], strict=True))
        self._characters.update(tables["look_alike"])
        replacements = _homophone_variants(tables)
        replacements.update(tables["latin_words"])
        exceptions = {word: word for word in tables["homophone_exceptions"]}
        replacements = {**replacements, **exceptions}
        self._replacements = replacements
        # Longest first, so that an exception (威信县) is seen before the variant inside it (威信).
        ordered = sorted(replacements, key=lambda word: (-len(word), word))
        self._variant_pattern = re.compile("|".join(map(re.escape, ordered)))
        self._variant_initials = re.compile("[" + re.escape("".join({word[0] for word in ordered})) + "]")
        self._broken_words = _broken_word_pattern(tables["homophone_words"])

    def fold(self, text: str) -> FoldedText:
        """Fold one text; linear in its length."""
        characters, starts, ends = self._fold_characters(text)
        characters, starts, ends = _drop_noise(characters, starts, ends)
        folded = "".join(characters)
        spans = list(zip(starts, ends, strict=True))
        if CLAUSE_END in folded:
            folded, spans = _rewrite(folded, spans, self._broken_words, _without_clause_ends)
        folded, spans = _rewrite(folded, spans, self._variant_pattern, self._canonical)
        return FoldedText(text, folded, tuple(spans))

    def fold_in_place(self, text: str) -> str:
        """Each character's plain form where it stands, so that positions stay those of `text`."""
        return "".join(map(self._single, text))

    def _single(self, raw: str) -> str:
        folded = self._characters.get(raw)
        if folded is None:
            folded = self._characters[raw] = _fold_unicode(raw, self._characters)
        # What folds to nothing (a keycap's frame) must not break a run of digits.
        return folded if len(folded) == 1 else folded[:1] or "·"

    def _canonical(self, variant: str) -> str:
        return self._replacements[variant]

    def _fold_characters(self, text: str) -> tuple[list[str], list[int], list[int]]:
        known = self._characters
        characters: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for position, raw in enumerate(text):
            folded = known.get(raw)
            if folded is None:
                folded = _fold_unicode(raw, known)
                known[raw] = folded
            for character in folded:
                characters.append(character)
                starts.append(position)
                ends.append(position + 1)
        return characters, starts, ends


def _fold_unicode(raw: str, known: Mapping[str, str]) -> str:
    """One character in its plain form: half width, lower case, circled digits as digits; "" to drop it."""
    if raw == "\n":
        return LINE_END
    if "\u2776" <= raw <= "\u2793":
        # Dingbat circled digits have no compatibility mapping.
        return str((ord(raw) - 0x2776) % 10 + 1)
    if unicodedata.category(raw) in ("Mn", "Me", "Cf", "Cc") and raw not in "\t":
        return ""
    plain = _without_tones(unicodedata.normalize("NFKC", raw).lower())
    if len(plain) == 3 and plain[0] == "(" and plain[2] == ")":
        plain = plain[1]
    if len(plain) == 2 and plain[0].isdigit() and plain[1] == ".":
        plain = plain[0]
    return "".join(known.get(character, character) for character in plain)


def _without_tones(plain: str) -> str:
    """Pinyin as it is typed: nǚ is nv, jīn is jin."""
    if not any("\u00e0" <= character <= "\u01dc" for character in plain):
        return plain
    parts = unicodedata.normalize("NFD", plain)
    spelled = parts.replace("u\u0308", "v")
    return "".join(character for character in spelled if unicodedata.category(character) != "Mn")


def _drop_noise(
    characters: list[str], starts: list[int], ends: list[int]
) -> tuple[list[str], list[int], list[int]]:
    """Drop separators that split words; keep those that end clauses or join numbers.

    A clause separator that isolates a single character (限，女，性) is there to split a word.
    """
    kept: list[int] = []
    spelled_out = _separators_inside_spelled_words(characters)
    for index, character in enumerate(characters):
        if index in spelled_out:
            continue
        if character == LINE_END or character in _CLAUSE_CHARACTERS or character == "/":
            if character != "/" and character != LINE_END:
                characters[index] = CLAUSE_END
            kept.append(index)
        elif character in _SOFT_CHARACTERS:
            before = characters[kept[-1]] if kept else ""
            after = _next_character(characters, index)
            if before in _NUMBER_CHARACTERS and (after in _NUMBER_CHARACTERS or after in _PARTS_OF_DAY):
                if character in _KEPT_BETWEEN_NUMBERS:
                    kept.append(index)
                elif before.isdigit() and after.isdigit():
                    characters[index] = CLAUSE_END
                    kept.append(index)
        else:
            kept.append(index)
    return [characters[i] for i in kept], [starts[i] for i in kept], [ends[i] for i in kept]


def _separators_inside_spelled_words(characters: list[str]) -> frozenset[int]:
    """Positions of separators inside a word written one character at a time: 限，女，性."""
    kinds = "".join(map(_kind, characters))
    inside: set[int] = set()
    for match in _SPELLED_WORD.finditer(kinds):
        inside.update(index for index in range(*match.span()) if kinds[index] == "s")
    return frozenset(inside)


def _kind(character: str) -> str:
    if _is_separator(character):
        return "s"
    return "n" if character in _NUMBER_CHARACTERS else "w"


def _is_separator(character: str) -> bool:
    return character in _CLAUSE_CHARACTERS or character in _SOFT_CHARACTERS or character in "/\n"


def _next_character(characters: list[str], index: int) -> str:
    for following in range(index + 1, min(index + 4, len(characters))):
        if characters[following] not in _SOFT_CHARACTERS:
            return characters[following]
    return ""


def _homophone_variants(tables: Mapping[str, Any]) -> dict[str, str]:
    """Every disguised spelling of the listed words that keeps at least one character as it is."""
    classes: Mapping[str, str] = tables["homophones"]
    variants: dict[str, str] = {}
    for word in tables["homophone_words"]:
        choices = [character + classes.get(character, "") for character in word]
        for spelling in product(*choices):
            variant = "".join(spelling)
            if variant != word and any(a == b for a, b in zip(variant, word, strict=True)):
                variants.setdefault(variant, word)
    for word in tables["homophone_words"]:
        variants.pop(word, None)
    return variants


def _broken_word_pattern(words: list[str]) -> re.Pattern[str]:
    """Words too telling to be a coincidence even across a comma: 押，金."""
    telling = [word for word in words if not word.startswith("限") or len(word) > 2]
    return re.compile("|".join(f"{CLAUSE_END}".join(map(re.escape, word)) for word in telling))


def _without_clause_ends(broken: str) -> str:
    return broken.replace(CLAUSE_END, "")


def _rewrite(
    folded: str,
    spans: list[tuple[int, int]],
    pattern: re.Pattern[str],
    replace: Any,
) -> tuple[str, list[tuple[int, int]]]:
    """Replace each match, giving every new character the whole match's span when lengths differ."""
    pieces: list[str] = []
    moved: list[tuple[int, int]] = []
    position = 0
    for match in pattern.finditer(folded):
        replacement: str = replace(match.group())
        if replacement == match.group():
            continue
        start, end = match.span()
        pieces += [folded[position:start], replacement]
        moved += spans[position:start]
        if len(replacement) == end - start:
            moved += spans[start:end]
        else:
            moved += [(spans[start][0], spans[end - 1][1])] * len(replacement)
        position = end
    if not pieces:
        return folded, spans
    pieces.append(folded[position:])
    moved += spans[position:]
    return "".join(pieces), moved
