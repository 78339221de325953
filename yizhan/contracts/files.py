"""What is known of a stored file, and why one is refused."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, PlainText
from yizhan.contracts.errors import YizhanError

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: All that is ever stored, with the ending that a download gets. A browser runs none of them.
ENDINGS: Final = {JPEG: ".jpg", PNG: ".png", PDF: ".pdf", XLSX: ".xlsx"}
IMAGES: Final = frozenset({JPEG, PNG})

#: 128 random bits, so that an id is found by nobody who was not told it. Unlike other ids it tells no time.
FileId = Identifier
FileName = Annotated[PlainText, Field(min_length=1, max_length=120)]


class StoredFile(Message):
    """A file in the store. `name`: as its uploader called it, which may say more than the public should know;
    what goes into an event goes without.
    """

    id: FileId
    media_type: Annotated[str, Field(max_length=100)]
    bytes: Annotated[int, Field(ge=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    name: FileName | None = None

    def nameless(self) -> StoredFile:
        """The same for an event or the public."""
        return self.model_copy(update={"name": None})


# --- errors -------------------------------------------------------------------------------------------


class FileNotFound(YizhanError):
    """No stored file has this id. What was uploaded and attached to nothing is gone after a day."""

    code = "files.file_not_found"
    status = 404


class FileTooLarge(YizhanError):
    """The file is larger than files of its kind may be; `limit_bytes` tells how large that is."""

    code = "files.file_too_large"
    status = 413


class FileTypeRefused(YizhanError):
    """Files of this type are not taken here.

    What a file is, is told by its content: photos (JPEG, PNG, WebP), PDF and xlsx without macros are taken.
    """

    code = "files.file_type_refused"
    status = 415


class ImageUnreadable(YizhanError):
    """The image is damaged or cut off, or has more pixels than are opened here."""

    code = "files.image_unreadable"
    status = 422


class FileStoreUnavailable(YizhanError):
    """The file store does not answer, or its directory or bucket is missing."""

    code = "files.store_unavailable"
    status = 503
    retryable = True
