"""The file store, in a directory and in a bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.support.fake_s3 import FakeS3, fake_s3
from yizhan.contracts.files import JPEG, PDF, FileNotFound, FileStoreUnavailable, FileTypeRefused
from yizhan.files import FileStore
from yizhan.settings import SettingMissing, Settings

KEY_ID, SECRET = "AKYIZHAN", "s3cr3t/with+signs"
CONTENT = b"\xff\xd8\xff" + bytes(range(256)) * 40
NOBODYS = "00000000-0000-0000-0000-000000000000"


def bucket_settings(s3: FakeS3, secret: str = SECRET) -> Settings:
    return Settings(
        files_s3_bucket=s3.bucket,
        files_s3_endpoint=s3.endpoint,
        files_s3_region=s3.region,
        files_s3_key_id=SecretStr(KEY_ID),
        files_s3_secret=SecretStr(secret),
    )


@pytest.fixture
def s3() -> Iterator[FakeS3]:
    with fake_s3(KEY_ID, SECRET) as store:
        yield store


@pytest.fixture(params=["directory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """A store of each kind."""
    if request.param == "directory":
        return FileStore.from_settings(Settings(data_dir=tmp_path))
    return FileStore.from_settings(bucket_settings(request.getfixturevalue("s3")))


def test_a_file_comes_back_as_it_went_in(store: FileStore) -> None:
    """With what is known of it, under an id of 128 random bits."""
    stored = store.put(CONTENT, media_type=JPEG, name="营业执照 王家.jpg")
    other = store.put(CONTENT, media_type=JPEG)
    assert stored.id != other.id
    assert (stored.bytes, stored.media_type, stored.name) == (len(CONTENT), JPEG, "营业执照 王家.jpg")
    assert store.stat(stored.id) == stored
    assert store.read(stored.id) == CONTENT


def test_what_is_not_there_is_none(store: FileStore) -> None:
    """As is what no id can be: the store's own paths are out of reach."""
    stored = store.put(CONTENT, media_type=PDF)
    for id in (
        NOBODYS,
        "",
        "../jobs.db",
        f"../fresh/{stored.id}",
        f"{stored.id}/x",
        stored.id.upper() + "\n",
    ):
        assert store.stat(id) is None
        assert store.read(id) is None
    with pytest.raises(FileNotFound):
        store.keep(NOBODYS)
    store.delete(NOBODYS)


def test_only_known_types_are_stored(store: FileStore) -> None:
    """Nothing that a browser or a machine would run."""
    for media_type in ("image/svg+xml", "text/html", "application/x-sh"):
        with pytest.raises(FileTypeRefused):
            store.put(CONTENT, media_type=media_type)


def test_what_nobody_kept_is_swept_after_a_day(store: FileStore) -> None:
    """What was kept stays, however often it was kept."""
    kept, left = (store.put(CONTENT, media_type=JPEG) for _ in range(2))
    assert store.keep(kept.id) == kept == store.keep(kept.id)
    now = datetime.now(UTC)
    assert store.sweep(now + timedelta(hours=23)) == 0
    assert store.read(left.id) == CONTENT
    assert store.sweep(now + timedelta(hours=25)) == 1
    assert store.sweep(now + timedelta(hours=25)) == 0
    assert store.stat(left.id) is None
    assert store.read(kept.id) == CONTENT
    with pytest.raises(FileNotFound):
        store.keep(left.id)


def test_a_deleted_file_is_gone(store: FileStore) -> None:
    """Fresh or kept."""
    fresh, kept = (store.put(CONTENT, media_type=JPEG) for _ in range(2))
    store.keep(kept.id)
    for stored in (fresh, kept):
        store.delete(stored.id)
        assert store.read(stored.id) is None


def test_a_directory_that_the_operator_named_must_be_there(tmp_path: Path) -> None:
    """An empty folder in the place of a volume that is not mounted would swallow files."""
    store = FileStore.from_settings(Settings(files_dir=tmp_path / "volume"))
    for ask in (store.check, lambda: store.put(CONTENT, media_type=JPEG), lambda: store.read(NOBODYS)):
        with pytest.raises(FileStoreUnavailable, match="missing"):
            ask()
    (tmp_path / "volume").mkdir()
    store.check()
    assert store.read(store.put(CONTENT, media_type=JPEG).id) == CONTENT


def test_a_damaged_file_is_not_handed_out(tmp_path: Path) -> None:
    """A disk's fault is told, and not shown as a photo."""
    store = FileStore.from_settings(Settings(data_dir=tmp_path))
    stored = store.put(CONTENT, media_type=JPEG)
    path = tmp_path / "files" / "fresh" / stored.id
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(FileStoreUnavailable, match="damaged"):
        store.read(stored.id)
    path.write_bytes(b"{}")
    with pytest.raises(FileStoreUnavailable, match="damaged"):
        store.stat(stored.id)


def test_nothing_in_the_directory_runs(tmp_path: Path) -> None:
    """Not executable, no ending, our own first bytes; and the folder is its owner's alone."""
    store = FileStore.from_settings(Settings(data_dir=tmp_path))
    stored = store.put(b"%PDF-1.4\n#!/bin/sh", media_type=PDF, name="run.sh")
    path = tmp_path / "files" / "fresh" / stored.id
    assert path.stat().st_mode & 0o111 == 0
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700
    assert path.read_bytes().startswith(b'{"id"')


def test_half_a_file_that_a_crash_left_is_swept(tmp_path: Path) -> None:
    """It was never listed, and nobody was told its id."""
    store = FileStore.from_settings(Settings(data_dir=tmp_path))
    store.put(CONTENT, media_type=JPEG)
    draft = tmp_path / "files" / "fresh" / f"{NOBODYS}#1"
    draft.write_bytes(CONTENT[:99])
    old = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(draft, (old, old))
    assert store.stat(NOBODYS) is None
    assert store.sweep(datetime.now(UTC)) == 1
    assert not draft.exists()


def test_a_bucket_believes_only_the_right_key(s3: FakeS3) -> None:
    """The fake makes every signature again; another secret is refused, and told as a store that is away."""
    right = FileStore.from_settings(bucket_settings(s3))
    right.put(CONTENT, media_type=JPEG)
    assert s3.refusals == []
    wrong = FileStore.from_settings(bucket_settings(s3, secret="guessed"))
    with pytest.raises(FileStoreUnavailable):
        wrong.put(CONTENT, media_type=JPEG)
    assert s3.refusals == ["another signature"]
    assert len(s3.objects) == 1


def test_a_bucket_that_stumbles_is_asked_again(s3: FakeS3) -> None:
    """One 503 is a restart of the store; one that is gone is a clear error."""
    store = FileStore.from_settings(bucket_settings(s3))
    s3.fail_next = 1
    assert store.read(store.put(CONTENT, media_type=JPEG).id) == CONTENT
    s3.bucket = "another"
    with pytest.raises(FileStoreUnavailable):
        store.put(CONTENT, media_type=JPEG)


def test_a_bucket_without_keys_is_a_setting_that_is_missing() -> None:
    """Said at the start, not at the first photo."""
    with pytest.raises(SettingMissing, match="YIZHAN_FILES_S3_KEY_ID"):
        FileStore.from_settings(Settings(files_s3_bucket="yizhan"))


def test_settings_of_the_store_come_from_files(tmp_path: Path) -> None:
    """The keys as secrets; the endpoint is an address and nothing more."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    environment = {
        "YIZHAN_FILES_S3_BUCKET": "photos",
        "YIZHAN_FILES_S3_ENDPOINT": "https://minio.example.cn",
        "YIZHAN_FILES_S3_KEY_ID": KEY_ID,
        "YIZHAN_FILES_S3_SECRET_FILE": str(tmp_path / "secret"),
        "YIZHAN_UPLOAD_IMAGE_BYTES": "5000000",
    }
    settings = Settings.from_environment(environment)
    assert settings.files_s3_secret is not None
    assert settings.files_s3_secret.get_secret_value() == SECRET
    assert settings.upload_image_bytes == 5_000_000
    assert SECRET not in repr(settings)
    with pytest.raises(ValueError, match="endpoint"):
        Settings.from_environment({**environment, "YIZHAN_FILES_S3_ENDPOINT": "minio.example.cn/photos"})
