"""The unified social credit code of GB 32100: 18 characters of 31, the last one a check character."""

from __future__ import annotations

#: Digits and capitals without I, O, S, V and Z, which are mistaken for digits or each other.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_LENGTH = 18
_WEIGHTS = tuple(pow(3, position, 31) for position in range(_LENGTH - 1))


def check_character_holds(code: str) -> bool:
    """Whether a code is of GB 32100's form and its check character agrees.

    False is a reason for a person to look, not to refuse: genuine codes are known to fail.
    """
    values = [_VALUES[character] for character in code if character in _VALUES]
    if len(code) != _LENGTH or len(values) != _LENGTH:
        return False
    weighted = sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=False))
    return (31 - weighted % 31) % 31 == values[-1]
