"""Examples of the events of services/notify. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, datetime

from yizhan.contracts import letters, publications
from yizhan.contracts.envelope import Facts

_ID = "019ca71c-1c20-7d10-8a07-1f2b3c4d5e6f"
_LETTER = "019ca71a-7f30-7a41-9b62-5c0d8e3f1a27"
_STATION = "5227300103"

publication = publications.Publication(
    id=_ID,
    posting_id="019ca714-a1b0-7d44-8c55-0b7f6a0f4c11",
    station=_STATION,
    channel=publications.PublicationChannel.OFFICIAL_ACCOUNT,
    trade="搬运工",
    link="https://mp.weixin.qq.com/s/aBcDeFgHiJkLmNoPqRsTuV",
    note="县零工市场公众号",
    published_at=datetime(2026, 3, 1, 22, 10, tzinfo=UTC),
    recorded_at=datetime(2026, 3, 1, 22, 12, tzinfo=UTC),
    recorded_by="019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2",
)

letter = letters.LetterNotice(
    id=_LETTER,
    staff_id="019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2",
    station=_STATION,
    kind="staff.to_verify",
    at=datetime(2026, 3, 1, 22, 5, tzinfo=UTC),
)

FACTS: tuple[tuple[Facts, str, int, str], ...] = (
    (letters.LetterLaid(letter=letter), _LETTER, 1, _STATION),
    (publications.PublicationRecorded(publication=publication), _ID, 1, _STATION),
)
