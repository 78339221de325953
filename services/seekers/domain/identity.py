"""The citizen identity number of GB 11643: what it says, and who may be introduced to a job."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from yizhan.contracts.seekers import (
    BirthDateImpossible,
    IdentityCheckCharacterWrong,
    IdentityNumberMalformed,
    Sex,
    UnderSixteen,
)

_FORM = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
#: By the weighted sum's remainder modulo 11.
_CHECK_CHARACTERS = "10X98765432"
_EARLIEST_BIRTH_YEAR = 1900

LEAST_WORKING_AGE = 16
ADULT_AGE = 18
#: From this age on a band has no upper end: decades of the very old hold so few that they name a person.
_OPEN_BAND_AGE = 70


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A number that holds. `text` stays out of the representation, and so out of logs and tracebacks."""

    text: str = field(repr=False)
    birth: date = field(repr=False)
    sex: Sex


def read_identity_number(typed: str, *, today: date) -> IdentityNumber:
    """The number as it was typed: wide digits, blanks and a small x are taken. today: in Asia/Shanghai.

    The first six digits are where it was issued; divisions come and go, so they refuse nobody.
    Raises IdentityNumberMalformed, IdentityCheckCharacterWrong, BirthDateImpossible; none of them repeats
    the number.
    """
    text = "".join(unicodedata.normalize("NFKC", typed).split()).upper()
    if not _FORM.fullmatch(text):
        raise IdentityNumberMalformed("an identity number is 17 digits and a digit or X", length=len(text))
    if check_character(text[:17]) != text[17]:
        raise IdentityCheckCharacterWrong("the last character does not agree with the others")
    birth = _birth_date(text[6:14], today=today)
    return IdentityNumber(text, birth, Sex.MALE if int(text[16]) % 2 else Sex.FEMALE)


def check_character(body: str) -> str:
    """The 18th character for the first 17 digits."""
    weighted = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECK_CHARACTERS[weighted % 11]


def age_on(birth: date, day: date) -> int:
    """Full years. Who was born on 29 February turns a year older on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def require_working_age(birth: date, *, today: date) -> None:
    """Raises UnderSixteen for whom nobody may introduce to a job."""
    if age_on(birth, today) < LEAST_WORKING_AGE:
        raise UnderSixteen("nobody under 16 may be introduced to a job", least_age=LEAST_WORKING_AGE)


def is_minor_worker(birth: date, *, today: date) -> bool:
    """Whether a person is 16 or 17 (未成年工): may work, but not in mines, with poisons, or in bars."""
    return LEAST_WORKING_AGE <= age_on(birth, today) < ADULT_AGE


def of_age_on(birth: date) -> date:
    """The day on which somebody is no minor worker any more; 1 March for who was born on 29 February."""
    try:
        return birth.replace(year=birth.year + ADULT_AGE)
    except ValueError:
        return date(birth.year + ADULT_AGE, 3, 1)


def age_band(birth: date, *, today: date) -> str:
    """What a screen says of an age, as in 30–39岁. Raises UnderSixteen: a child is on no screen."""
    require_working_age(birth, today=today)
    age = age_on(birth, today)
    if age >= _OPEN_BAND_AGE:
        return f"{_OPEN_BAND_AGE}岁以上"
    decade = age // 10 * 10
    return f"{max(decade, LEAST_WORKING_AGE)}–{decade + 9}岁"


def _birth_date(digits: str, *, today: date) -> date:
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise BirthDateImpossible("no such day in the calendar", reason="no_such_day") from error
    if birth > today:
        raise BirthDateImpossible("born in the future", reason="future")
    if birth.year < _EARLIEST_BIRTH_YEAR:
        raise BirthDateImpossible("born before 1900", reason="before_1900")
    return birth
