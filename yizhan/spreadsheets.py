"""Whether bytes are an xlsx workbook that is safe to open: no macros, no bomb, nothing cut off."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

from yizhan.contracts.files import FileTypeRefused

#: What all parts of a package may come to when unpacked, and each of them; 5,000 full rows take a quarter.
MOST_UNPACKED_BYTES: Final = 32 * 1024 * 1024
MOST_PART_BYTES: Final = 12 * 1024 * 1024
_MOST_PARTS: Final = 500

_CONTENT_TYPES = "[Content_Types].xml"
_WORKBOOK = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS = (b"macroEnabled", b"vbaProject", b"activeX")
_DOCUMENT_TYPE = (b"<!DOCTYPE", b"<!ENTITY")
_CHUNK_BYTES = 256 * 1024


def check_workbook(content: bytes) -> None:
    """Raise FileTypeRefused unless these are the bytes of an xlsx workbook, as such programs write it.

    Unpacks every part once, in bounded memory, and compares its checksum. Keeps a core busy for up to
    a second.
    """
    if not content.startswith(b"PK\x03\x04"):
        raise _refused("not_xlsx")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_package(package)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refused("damaged") from error


def _check_package(package: zipfile.ZipFile) -> None:
    parts = package.infolist()
    names = [part.filename for part in parts]
    # zipfile unpacks no more of a part than its announced size, so that these sums bound what is read.
    if (
        len(parts) > _MOST_PARTS
        or any(part.file_size > MOST_PART_BYTES for part in parts)
        or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES
    ):
        raise _refused("unpacks_too_large")
    if len(set(names)) != len(names) or _CONTENT_TYPES not in names:
        raise _refused("not_xlsx")
    kinds = package.read(_CONTENT_TYPES)
    if any(mark in kinds for mark in _MACROS) or any("vbaproject" in name.lower() for name in names):
        raise _refused("macros")
    if _WORKBOOK not in kinds:
        raise _refused("not_xlsx")
    for part in parts:
        _check_part(package, part)


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part to its end, which compares its checksum."""
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    tail = b""
    with package.open(part) as source:
        while chunk := source.read(_CHUNK_BYTES):
            if is_xml and any(mark in tail + chunk for mark in _DOCUMENT_TYPE):
                raise _refused("entities")
            tail = chunk[-16:]


def _refused(reason: str) -> FileTypeRefused:
    return FileTypeRefused("this is no workbook that can be taken", reason=reason)
