"""The file store: photos, evidence and spreadsheets, in a directory or an S3-compatible bucket.

One object holds a file whole: a line of JSON that describes it, then its bytes. So no file is ever without
its description, and nothing in the store can be run or shown by itself.

A new file is fresh. A service that attaches it to a row keeps it; what nobody kept is swept after a day.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from yizhan.contracts.files import ENDINGS, FileNotFound, FileStoreUnavailable, FileTypeRefused, StoredFile
from yizhan.settings import SettingMissing, Settings

#: How long an upload waits to be attached to something.
FRESH_FOR = timedelta(days=1)

_FRESH, _KEPT = "fresh", "kept"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: A description is shorter than this; it fills the first bytes of the object up to the file's own.
_HEAD_BYTES = 2048

#: Before a store that does not answer counts as away: one try, and all tries together.
_TRY_SECONDS, _ALL_TRIES_SECONDS = 10, 15


#: How the store's client says that an object is not there; its answer is the one or the other by its kind.
_ABSENT = (NotFoundError, FileNotFoundError)


class FileStore:
    """Files by id. Every method waits for disk or network: from greenlets call it in a native thread, from
    asyncio by `asyncio.to_thread`. All raise FileStoreUnavailable.
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    @classmethod
    def from_settings(cls, settings: Settings) -> FileStore:
        """The store that the settings name. Touches nothing yet. Raises SettingMissing."""
        if settings.files_s3_bucket is not None:
            return cls(_Bucket(settings))
        if settings.files_dir is not None:
            return cls(_Directory(settings.files_dir, ours=False))
        return cls(_Directory(settings.data_dir / "files", ours=True))

    def put(self, content: bytes, *, media_type: str, name: str | None = None) -> StoredFile:
        """Store a file, whole or not at all. Raises FileTypeRefused for what is not stored here."""
        if media_type not in ENDINGS:
            raise FileTypeRefused("files of this type are not stored", media_type=media_type)
        stored = StoredFile(
            id=str(uuid.UUID(bytes=secrets.token_bytes(16))),
            media_type=media_type,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            name=name,
        )
        head = stored.model_dump_json().encode().ljust(_HEAD_BYTES - 1) + b"\n"
        with _away():
            self._place.put(f"{_FRESH}/{stored.id}", head + content)
        return stored

    def stat(self, id: str) -> StoredFile | None:
        """What is known of a file; None when there is none."""
        for path in _paths(id):
            with _away(), contextlib.suppress(*_ABSENT):
                return _described(
                    bytes(obstore.get_range(self._place.open(), path, start=0, end=_HEAD_BYTES))
                )
        return None

    def read(self, id: str) -> bytes | None:
        """A file's bytes; None when there is none. Raises FileStoreUnavailable too when they are damaged."""
        for path in _paths(id):
            with _away(), contextlib.suppress(*_ABSENT):
                whole = bytes(obstore.get(self._place.open(), path).bytes())
                return _checked(_described(whole[:_HEAD_BYTES]), whole[_HEAD_BYTES:])
        return None

    def keep(self, id: str) -> StoredFile:
        """Keep a file for as long as the row that it is attached to; done twice it is done once.

        Call it before the row is committed: a file that is kept for nothing costs its room, a row whose file
        was swept has lost it. Raises FileNotFound.
        """
        stored = self.stat(id)
        if stored is None:
            raise FileNotFound("no stored file has this id", file_id=id)
        fresh, kept = f"{_FRESH}/{id}", f"{_KEPT}/{id}"
        with _away():
            try:
                self._place.move(fresh, kept)
            except _ABSENT:
                # Kept before; or swept between the two looks at it.
                if not self._has(kept):
                    raise FileNotFound("no stored file has this id", file_id=id) from None
        return stored

    def delete(self, id: str) -> None:
        """Forget a file, if it is there."""
        for path in _paths(id):
            with _away(), contextlib.suppress(*_ABSENT):
                obstore.delete(self._place.open(), path)

    def sweep(self, now: datetime) -> int:
        """Delete what has been fresh for longer than FRESH_FOR; how many files that were."""
        swept = 0
        with _away():
            store = self._place.open()
            for listed in obstore.list(store, prefix=f"{_FRESH}/"):
                for found in listed:
                    if found["last_modified"] < now - FRESH_FOR:
                        # Another sweep, or a service that keeps it, may have been faster.
                        with contextlib.suppress(*_ABSENT):
                            obstore.delete(store, found["path"])
                            swept += 1
            swept += self._place.sweep_drafts(now - FRESH_FOR)
        return swept

    def check(self) -> None:
        """Raise FileStoreUnavailable unless the store answers."""
        with _away():
            next(iter(obstore.list(self._place.open(), prefix=f"{_FRESH}/", chunk_size=1)), None)

    def _has(self, path: str) -> bool:
        try:
            obstore.head(self._place.open(), path)
        except _ABSENT:
            return False
        return True


class Place(Protocol):
    """Where objects are."""

    def open(self) -> LocalStore | S3Store: ...

    def put(self, path: str, content: bytes) -> None: ...

    def move(self, path: str, to: str) -> None: ...

    def sweep_drafts(self, before: datetime) -> int: ...


class _Directory:
    """A folder. `ours`: made when first written to; one that the operator named must be there, since an empty
    folder in the place of a volume that is not mounted would swallow files.
    """

    def __init__(self, folder: Path, *, ours: bool) -> None:
        self._folder = folder.resolve()
        self._ours = ours

    def open(self) -> LocalStore:
        if not self._folder.is_dir():
            if not self._ours:
                raise FileStoreUnavailable("the file store's directory is missing")
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(self._folder)

    def put(self, path: str, content: bytes) -> None:
        obstore.put(self.open(), path, content, use_multipart=False)
        # The store leaves its writes to the kernel; an upload that was acknowledged outlives a power cut.
        _sync(self._folder / path, (self._folder / path).parent)

    def move(self, path: str, to: str) -> None:
        obstore.rename(self.open(), path, to)
        _sync((self._folder / to).parent, (self._folder / path).parent)

    def sweep_drafts(self, before: datetime) -> int:
        """Files that a crash left half-written, which the store names `<id>#<number>` and does not list."""
        swept = 0
        for draft in (self._folder / _FRESH).glob("*#*"):
            with contextlib.suppress(FileNotFoundError):
                if draft.stat().st_mtime < before.timestamp():
                    draft.unlink()
                    swept += 1
        return swept


class _Bucket:
    """A bucket of an S3-compatible store, addressed by path unless it is Amazon's own."""

    def __init__(self, settings: Settings) -> None:
        key_id, secret = settings.files_s3_key_id, settings.files_s3_secret
        if key_id is None or secret is None:
            raise SettingMissing(
                "a bucket needs YIZHAN_FILES_S3_KEY_ID and YIZHAN_FILES_S3_SECRET, or their _FILE"
            )
        endpoint = settings.files_s3_endpoint
        self._store = S3Store(
            settings.files_s3_bucket,
            config={
                "access_key_id": key_id.get_secret_value(),
                "secret_access_key": secret.get_secret_value(),
                "region": settings.files_s3_region,
                "virtual_hosted_style_request": endpoint is None,
                **({} if endpoint is None else {"endpoint": endpoint}),
            },
            client_options={
                "timeout": timedelta(seconds=_TRY_SECONDS),
                "connect_timeout": timedelta(seconds=5),
                "allow_http": endpoint is not None and endpoint.startswith("http://"),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=_ALL_TRIES_SECONDS)},
        )

    def open(self) -> S3Store:
        return self._store

    def put(self, path: str, content: bytes) -> None:
        try:
            obstore.put(self._store, path, content, use_multipart=False)
        except _ABSENT:
            raise FileStoreUnavailable("the file store's bucket is missing") from None

    def move(self, path: str, to: str) -> None:
        obstore.rename(self._store, path, to)

    def sweep_drafts(self, before: datetime) -> int:  # noqa: ARG002
        """A bucket shows no object that is not whole."""
        return 0


def _sync(*paths: Path) -> None:
    """Have the disk hold a file, or a folder's list of names."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _paths(id: str) -> tuple[str, ...]:
    if not _ID.fullmatch(id):
        return ()
    # A file goes from fresh to kept and never back, so that looking in this order misses none on its way.
    return f"{_FRESH}/{id}", f"{_KEPT}/{id}"


def _described(head: bytes) -> StoredFile:
    try:
        return StoredFile.model_validate_json(head, extra="ignore")
    except ValueError as error:
        raise FileStoreUnavailable("a stored file's description is damaged") from error


def _checked(stored: StoredFile, content: bytes) -> bytes:
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise FileStoreUnavailable("a stored file is damaged", file_id=stored.id)
    return content


@contextlib.contextmanager
def _away() -> Iterator[None]:
    """What the store's client raises, as our own; that an object is not there passes through."""
    try:
        yield
    except _ABSENT as error:
        if "NoSuchBucket" in str(error):
            raise FileStoreUnavailable("the file store's bucket is missing") from None
        raise
    except (BaseError, OSError) as error:
        raise FileStoreUnavailable(f"the file store does not answer ({type(error).__name__})") from error
