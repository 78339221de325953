"""Uploads: what is taken, what becomes of it, and what a hostile file gets."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from PIL import Image, ImageCms, PngImagePlugin
from pydantic import SecretStr
from xlsxwriter import Workbook

from gateway import images
from gateway.files_out import content_disposition, stored_file_response
from gateway.sweeping import swept
from tests.support.eventually import eventually_async
from tests.unit.gateway.conftest import KEY, problem
from tests.unit.gateway.fakes import FakeRpc
from yizhan.clock import FrozenClock
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.files import JPEG, PDF, PNG, XLSX, StoredFile
from yizhan.files import FileStore
from yizhan.settings import Settings

UPLOADS = "/api/v1/uploads"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(session_key=SecretStr(KEY), redis_prefix="t:", board_port=8701, data_dir=tmp_path)


@pytest.fixture
def store(settings: Settings) -> FileStore:
    return FileStore.from_settings(settings)


def photo(format: str = "JPEG", size: tuple[int, int] = (400, 300), **options: object) -> bytes:
    """Left half red, right half blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def noise(width: int, height: int, quality: int) -> bytes:
    """A photo that does not compress."""
    image = Image.frombytes("RGB", (width, height), secrets.token_bytes(width * height * 3))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("雇主").write("A1", "雇主名称")
    return out.getvalue()


def repacked(content: bytes, changes: dict[str, bytes]) -> bytes:
    """A package with some parts replaced or added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as package,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in dict.fromkeys([*package.namelist(), *changes]):
            made.writestr(name, changes.get(name) or package.read(name))
    return out.getvalue()


async def uploaded(client: httpx.AsyncClient, content: bytes, **headers: str) -> StoredFile:
    answer = await client.post(UPLOADS, content=content, headers=headers)
    assert answer.status_code == 201, answer.text
    return StoredFile.model_validate_json(answer.content)


async def test_only_staff_upload(client: httpx.AsyncClient) -> None:
    """A stranger's body is not even read."""
    problem(await client.post(UPLOADS, content=photo()), 401, "auth.sign_in_required")


async def test_a_closed_account_uploads_nothing(
    signed_in: httpx.AsyncClient, rpc: FakeRpc, settings: Settings
) -> None:
    """Its session lives on for hours; services/stations knows better."""
    rpc.errors["list_devices"] = NotAllowed("this account is closed")
    problem(await signed_in.post(UPLOADS, content=photo()), 403, "auth.not_allowed")
    assert not (settings.data_dir / "files").exists()


@pytest.mark.parametrize(("given", "becomes"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", JPEG)])
async def test_a_photo_is_made_anew(
    signed_in: httpx.AsyncClient, store: FileStore, given: str, becomes: str
) -> None:
    """Whatever the header says that it is."""
    stored = await uploaded(
        signed_in, photo(given), **{"content-type": "text/html", "x-file-name": "%E9%97%A8%E5%A4%B4.jpg"}
    )
    assert (stored.media_type, stored.name) == (becomes, "门头.jpg")
    content = store.read(stored.id)
    assert content is not None
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (400, 300)
        red, _, blue = image.convert("RGB").getpixel((100, 150))  # type: ignore[misc]
        assert red > 200 > 50 > blue


async def test_a_photo_loses_all_but_its_picture(signed_in: httpx.AsyncClient, store: FileStore) -> None:
    """Place, camera, comment, profile, XMP, and what hangs on behind; the orientation is applied first."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825)[2] = (26.0, 34.0, 0.5)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = photo(exif=exif, comment=b"SECRET-COMMENT", icc_profile=profile, xmp=b"<x>SECRET-XMP</x>")
    stored = await uploaded(signed_in, content + b"<html><script>SECRET-TAIL</script>" + workbook())
    kept = store.read(stored.id)
    assert kept is not None
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (300, 400)
        assert not image.getexif()
        assert not {"icc_profile", "comment", "xmp", "exif"} & set(image.info)
    assert b"SECRET" not in kept
    assert b"PK\x03\x04" not in kept


async def test_text_in_a_png_goes_and_its_transparency_stays(
    signed_in: httpx.AsyncClient, store: FileStore
) -> None:
    """As of a seal that was cut out."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "SECRET")
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 100)).save(out, "PNG", pnginfo=text)
    stored = await uploaded(signed_in, out.getvalue())
    kept = store.read(stored.id)
    assert kept is not None
    assert b"SECRET" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert image.getpixel((10, 10)) == (255, 0, 0, 100)


async def test_a_large_photo_is_made_smaller(signed_in: httpx.AsyncClient, store: FileStore) -> None:
    """A phone's 12 million pixels become 2,560 along the longer side."""
    stored = await uploaded(signed_in, photo(size=(4000, 3000)))
    kept = store.read(stored.id)
    assert kept is not None
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (2560, 1920)


async def test_a_photo_of_20_mib_is_refused(signed_in: httpx.AsyncClient, settings: Settings) -> None:
    """By its announced length, and as soon as it is known where none was announced."""
    content = noise(3200, 2400, quality=100)
    content += b"\x00" * (20 * 1024 * 1024 - len(content))
    refused = problem(await signed_in.post(UPLOADS, content=content), 413, "request.too_large")
    assert refused["evidence"]["limit_bytes"] == 10 * 1024 * 1024

    async def chunks():  # type: ignore[no-untyped-def]
        for start in range(0, len(content), 65536):
            yield content[start : start + 65536]

    problem(await signed_in.post(UPLOADS, content=chunks()), 413, "request.too_large")
    assert not (settings.data_dir / "files").exists()


async def test_other_routes_keep_their_bound(signed_in: httpx.AsyncClient) -> None:
    """256 KiB, whatever uploads may have."""
    problem(await signed_in.post("/api/v1/employers", content=b" " * 300_000), 413, "request.too_large")


async def test_each_kind_has_its_own_limit(settings: Settings, tmp_path: Path) -> None:
    """The operator's figures."""
    from gateway.uploads import UploadLimits, accept
    from yizhan.contracts.files import FileTooLarge

    limits = UploadLimits.from_settings(
        Settings(upload_image_bytes=100, upload_pdf_bytes=200, upload_sheet_bytes=300, data_dir=tmp_path)
    )
    assert limits.most_bytes == 300
    for content, limit in ((photo(), 100), (b"%PDF-1.7" + b" " * 200, 200), (workbook(), 300)):
        with pytest.raises(FileTooLarge) as refusal:
            accept(content, limits)
        assert refusal.value.evidence["limit_bytes"] == limit


def header_bomb() -> bytes:
    """A PNG of a few bytes that says it is 60,000 pixels wide and high."""
    content = bytearray(photo("PNG"))
    import struct
    import zlib

    content[16:24] = struct.pack(">II", 60_000, 60_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (SVG, 415, "files.file_type_refused"),
        (b"\x89PNG\r\n\x1a\n" + SVG, 422, "files.image_unreadable"),
        (b"<!DOCTYPE html><script>alert(1)</script>", 415, "files.file_type_refused"),
        (b"GIF89a" + bytes(100), 415, "files.file_type_refused"),
        (b"MZ\x90\x00" + bytes(100), 415, "files.file_type_refused"),
        (b"#!/bin/sh\nid", 415, "files.file_type_refused"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), 415, "files.file_type_refused"),
        (b"PK\x03\x04" + bytes(50), 415, "files.file_type_refused"),
        (photo()[:-200], 422, "files.image_unreadable"),
        (photo("PNG")[:200], 422, "files.image_unreadable"),
        (photo("WEBP")[:60], 422, "files.image_unreadable"),
        (b"\xff\xd8\xff", 422, "files.image_unreadable"),
        (header_bomb(), 422, "files.image_unreadable"),
        (b"", 422, "request.invalid"),
    ],
    ids=[
        "svg", "svg as png", "html", "gif", "exe", "script", "xls", "zip stump",
        "cut jpeg", "cut png", "cut webp", "jpeg stump", "png bomb", "nothing",
    ],
)  # fmt: skip
async def test_a_hostile_file_is_refused(
    signed_in: httpx.AsyncClient, settings: Settings, content: bytes, status: int, code: str
) -> None:
    """With a reason, and nothing of it is stored."""
    headers = {"content-type": "image/png"}
    problem(await signed_in.post(UPLOADS, content=content, headers=headers), status, code)
    assert not (settings.data_dir / "files").exists()


async def test_a_bomb_of_even_colour_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 million pixels and one row more compress to a few KiB."""
    bomb = photo("PNG", (8000, 8001))
    monkeypatch.setattr(images, "_clean", lambda _: pytest.fail("decoded"))
    with pytest.raises(images.ImageUnreadable, match="pixels"):
        images.reencode(bomb)


def zip_bomb() -> bytes:
    """A workbook one of whose parts unpacks to 100 MiB."""
    return repacked(workbook(), {"xl/sharedStrings.xml": b" " * (100 * 1024 * 1024)})


def macros() -> bytes:
    package = workbook()
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        kinds = opened.read("[Content_Types].xml").replace(
            b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
        )
    return repacked(package, {"[Content_Types].xml": kinds, "xl/vbaProject.bin": b"x"})


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (zip_bomb, "unpacks_too_large"),
        (macros, "macros"),
        (lambda: repacked(workbook(), {"xl/vbaProject.bin": b"x"}), "macros"),
        (lambda: repacked(workbook(), {"xl/x.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "entities"),
        (lambda: repacked(workbook(), {f"xl/{n}.xml": b"<a/>" for n in range(600)}), "unpacks_too_large"),
        (lambda: repacked(workbook(), {"[Content_Types].xml": b"<Types/>"}), "not_xlsx"),
        (lambda: workbook()[:-300], "damaged"),
    ],
    ids=["zip bomb", "macros", "hidden macros", "entities", "parts", "docx", "cut"],
)
async def test_a_hostile_workbook_is_refused(
    signed_in: httpx.AsyncClient, made: Callable[[], bytes], reason: str
) -> None:
    """And the reason is said."""
    refused = problem(await signed_in.post(UPLOADS, content=made()), 415, "files.file_type_refused")
    assert refused["evidence"]["reason"] == reason


async def test_a_workbook_and_a_pdf_are_stored_as_they_are(
    signed_in: httpx.AsyncClient, store: FileStore
) -> None:
    """They are read elsewhere, or only saved."""
    for content, media_type in ((workbook(), XLSX), (b"%PDF-1.4\n%%EOF\n", PDF)):
        stored = await uploaded(signed_in, content)
        assert stored.media_type == media_type
        assert store.read(stored.id) == content


async def test_uploads_are_limited(signed_in: httpx.AsyncClient) -> None:
    """Sixty a minute for one account."""
    for _ in range(60):
        await uploaded(signed_in, b"%PDF-1.4")
    answer = await signed_in.post(UPLOADS, content=b"%PDF-1.4")
    problem(answer, 429, "request.too_many")
    assert 0 < int(answer.headers["retry-after"]) <= 60


async def test_a_missing_store_is_said(signed_in: httpx.AsyncClient, settings: Settings) -> None:
    """As something that may be well again later."""
    (settings.data_dir / "files").write_bytes(b"in the way")
    problem(await signed_in.post(UPLOADS, content=b"%PDF-1.4"), 503, "files.store_unavailable")


@pytest.mark.parametrize("name", ["%0a", "a%00.jpg", "%E2%80%AEgpj.exe"])
async def test_a_name_that_hides_something_is_refused(signed_in: httpx.AsyncClient, name: str) -> None:
    """Line ends, U+0000, marks that turn the direction of reading."""
    answer = await signed_in.post(UPLOADS, content=b"%PDF-1.4", headers={"x-file-name": name})
    problem(answer, 422, "request.invalid")


def test_a_download_is_named_as_it_was_and_ends_as_it_is() -> None:
    """The uploader chose the name, so that the type says the ending."""
    assert content_disposition("营业执照.exe", PDF) == (
        "attachment; filename=\"____.pdf\"; filename*=UTF-8''%E8%90%A5%E4%B8%9A%E6%89%A7%E7%85%A7.pdf"
    )
    assert content_disposition('a"b\r\nX: y/../c.html', XLSX).startswith(
        'attachment; filename="abX y..c.xlsx"'
    )
    assert content_disposition("门头.png", JPEG).startswith("inline; ")
    assert content_disposition("....", JPEG).endswith("''file.jpg")


async def test_what_nothing_was_attached_to_is_swept_by_the_gateway(
    store: FileStore, clock: FrozenClock
) -> None:
    """Hourly, and a store that is away does not end it."""
    left = store.put(b"%PDF-1.4", media_type=PDF)
    clock.move_to(datetime.now(UTC) + timedelta(days=2))
    async with swept(store, clock, pause_seconds=0.01):
        await eventually_async(lambda: store.stat(left.id) is None, within_seconds=10)


async def test_a_stored_file_is_shown_or_saved_and_never_run(app: FastAPI, store: FileStore) -> None:
    """With its tag, its name, and nothing that a browser could make of it by itself."""
    stored = store.put(b"%PDF-1.4", media_type=PDF, name="证明.html")

    @app.get("/test/file")
    async def file(request: Request) -> Response:
        return await stored_file_response(request, stored)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://yizhan.test") as client:
        first = await client.get("/test/file")
        again = await client.get("/test/file", headers={"if-none-match": first.headers["etag"]})
        store.delete(stored.id)
        problem(await client.get("/test/file"), 404, "files.file_not_found")
    assert (first.content, first.headers["content-type"], again.status_code) == (b"%PDF-1.4", PDF, 304)
    assert first.headers["content-disposition"].endswith("%E8%AF%81%E6%98%8E.pdf")
    assert first.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in first.headers["content-security-policy"]
    assert first.headers["cache-control"] == "private, no-cache"
