"""The wordings of the consents, as dated data that is handed in: what was agreed to has to stay known."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from yizhan.contracts.seeker_rights import ConsentText
from yizhan.contracts.seekers import ConsentPurpose


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wording(_Data):
    """A text in force from a day until the next one of its purpose. wording: its number, 1 for the first."""

    purpose: ConsentPurpose
    wording: Annotated[int, Field(ge=1)]
    in_force_from: date
    text: Annotated[str, Field(min_length=1)]


class Wordings(_Data):
    """Every text there ever was."""

    texts: tuple[Wording, ...]

    @model_validator(mode="after")
    def _each_purpose_has_one(self) -> Self:
        missing = set(ConsentPurpose) - {text.purpose for text in self.texts}
        if missing:
            raise ValueError(f"no text for {', '.join(sorted(missing))}")
        return self

    @classmethod
    def read(cls, data: dict[str, Any]) -> Wordings:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> tuple[ConsentText, ...]:
        """The texts in force on a day, one for each purpose."""
        return tuple(self._of(purpose, day) for purpose in ConsentPurpose)

    def wording_of(self, purpose: ConsentPurpose, day: date) -> int:
        """The number of the text in force."""
        return self._of(purpose, day).wording

    def _of(self, purpose: ConsentPurpose, day: date) -> ConsentText:
        texts = [text for text in self.texts if text.purpose is purpose]
        begun = [text for text in texts if text.in_force_from <= day] or texts[:1]
        latest = max(begun, key=lambda text: text.wording)
        return ConsentText(purpose=purpose, wording=latest.wording, text=latest.text)
