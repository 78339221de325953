"""What an upload is, told by its content, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.images import reencode
from yizhan.contracts.files import PDF, XLSX, FileTooLarge, FileTypeRefused
from yizhan.settings import Settings
from yizhan.spreadsheets import check_workbook


@dataclass(frozen=True)
class UploadLimits:
    """The largest upload of each kind."""

    image_bytes: int
    pdf_bytes: int
    sheet_bytes: int

    @classmethod
    def from_settings(cls, settings: Settings) -> UploadLimits:
        """As the operator set them."""
        return cls(settings.upload_image_bytes, settings.upload_pdf_bytes, settings.upload_sheet_bytes)

    @property
    def most_bytes(self) -> int:
        """No upload is larger, whatever it is."""
        return max(self.image_bytes, self.pdf_bytes, self.sheet_bytes)


def accept(content: bytes, limits: UploadLimits) -> tuple[bytes, str]:
    """What is stored of an upload, and its media type: images made anew, PDF and xlsx as they came.

    Keeps a core busy for up to some seconds. Raises FileTypeRefused, FileTooLarge, ImageUnreadable.
    """
    if _is_image(content):
        _require_size(content, limits.image_bytes)
        return reencode(content)
    if content.startswith(b"%PDF-"):
        _require_size(content, limits.pdf_bytes)
        return content, PDF
    if content.startswith(b"PK\x03\x04"):
        _require_size(content, limits.sheet_bytes)
        check_workbook(content)
        return content, XLSX
    raise FileTypeRefused("photos (JPEG, PNG, WebP), PDF and xlsx are taken", reason="unknown_content")


def _is_image(content: bytes) -> bool:
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return is_webp or content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _require_size(content: bytes, limit_bytes: int) -> None:
    if len(content) > limit_bytes:
        raise FileTooLarge(
            f"a file of this kind has at most {limit_bytes} bytes",
            bytes=len(content),
            limit_bytes=limit_bytes,
        )
