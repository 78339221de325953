"""An import's life: read, ready, being taken in, done; and how long its rows are kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from yizhan.contracts.imports import Import, ImportRowsGone, ImportStatus, ImportStepIllegal

#: Rows hold what people wrote of others; they wait no longer than that.
ROWS_KEPT = timedelta(days=7)
#: Work that breaks off so often is not begun again by itself.
MOST_ATTEMPTS = 5


def require_status(current: Import, step: str, *allowed: ImportStatus) -> None:
    """Raises ImportStepIllegal."""
    if current.status not in allowed:
        raise ImportStepIllegal(
            f"an import that is {current.status.value} cannot {step}",
            import_id=current.id,
            status=current.status.value,
        )


def require_rows(current: Import) -> None:
    """Raises ImportRowsGone when what the rows said was deleted."""
    if current.status is ImportStatus.CANCELLED or (current.status is ImportStatus.DONE and not current.rows):
        raise ImportRowsGone("the rows of this import were deleted", import_id=current.id)


def status_after_work(good: int) -> ImportStatus:
    """Where an import stands once it was read, or rows of it were taken."""
    return ImportStatus.READY if good else ImportStatus.DONE


def status_after_cancelling(current: Import) -> ImportStatus:
    """What was imported stays; only the rest is given up."""
    if current.status is ImportStatus.REFUSED:
        return current.status
    return ImportStatus.DONE if current.imported else ImportStatus.CANCELLED


def numbers_said(rows: Collection[int]) -> list[int]:
    """The first of some rows, for an answer."""
    return sorted(rows)[:20]
