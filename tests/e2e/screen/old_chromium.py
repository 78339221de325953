"""Chromium 64, the oldest browser that the page promises, spoken to over its debugging port.

Playwright no longer speaks to it. The binary comes from YIZHAN_TEST_CHROMIUM_64, else from the npm package
chrome-aws-lambda 0.13.0, unpacked once into the user's cache.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.support.eventually import eventually_async

_PACKAGE = "chrome-aws-lambda@0.13.0"
_BINARY = "package/bin/chromium-64.0.3264.0.br"
_UNPACK = (
    "const z=require('zlib'),f=require('fs');f.createReadStream(process.argv[1])"
    ".pipe(z.createBrotliDecompress()).pipe(f.createWriteStream(process.argv[2],{mode:0o755}))"
)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--single-process", "--no-zygote")


def old_chromium() -> Path:
    """The binary. Skips the test, saying why, where it can be neither found nor fetched."""
    given = os.environ.get("YIZHAN_TEST_CHROMIUM_64")
    if given:
        return Path(given)
    cache = _cache()
    binary = cache / "chromium-64"
    if binary.exists():
        return binary
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip("Chromium 64 is fetched with npm, which is not here; set YIZHAN_TEST_CHROMIUM_64")
    cache.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            _fetch(Path(folder), binary)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"Chromium 64 could not be fetched: {error}")
    return binary


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "yizhan-tests"


def _fetch(folder: Path, binary: Path) -> None:
    subprocess.run(
        ["npm", "pack", "--silent", _PACKAGE], cwd=folder, check=True, timeout=120, stdout=subprocess.DEVNULL
    )
    archive = next(folder.glob("*.tgz"))
    subprocess.run(["tar", "xzf", archive, _BINARY], cwd=folder, check=True, timeout=60)
    unpacked = binary.with_suffix(f".{os.getpid()}")
    subprocess.run(["node", "-e", _UNPACK, folder / _BINARY, unpacked], check=True, timeout=120)
    unpacked.replace(binary)


def _few_fonts() -> Path:
    """A fontconfig file that names the Chinese fonts alone. The old fontconfig inside reads every font whole
    before the first paint, a minute for all that a machine has; its cache is kept beside the binary."""
    folder = _cache() / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    for weight in ("regular", "bold"):
        found = subprocess.run(
            ["fc-match", "-f", "%{file}", f"Noto Sans CJK SC:{weight}"],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout
        with suppress(FileExistsError):
            (folder / Path(found).name).symlink_to(found)
    settings = _cache() / "fonts.conf"
    settings.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{folder}</dir><cachedir>{_cache() / 'fontconfig'}</cachedir></fontconfig>"
    )
    return settings


class OldChromium:
    """One page of a running Chromium 64. exceptions: what its scripts threw."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.exceptions: list[str] = []

    @classmethod
    @asynccontextmanager
    async def running(cls, binary: Path, size: tuple[int, int]) -> AsyncIterator[OldChromium]:
        """Start it with a window of this size, and end it."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            process = await asyncio.create_subprocess_exec(
                binary,
                *_FLAGS,
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                f"--window-size={size[0]},{size[1]}",
                "about:blank",
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "FONTCONFIG_FILE": str(_few_fonts())},
            )
            assert process.stderr is not None
            try:
                port = await asyncio.wait_for(_debugging_port(process.stderr), 20)
                draining = asyncio.create_task(_drain(process.stderr))
                address = await eventually_async(lambda: _page_address(port), within_seconds=120)
                async with connect(address, max_size=None) as socket:
                    self = cls(socket)
                    listening = asyncio.create_task(self._listen())
                    yield self
                    listening.cancel()
                draining.cancel()
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def open(self, url: str) -> None:
        """Go to a page."""
        await self._call("Runtime.enable")
        await self._call("Page.enable")
        await self._call("Page.navigate", url=url)

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression on the page."""
        answer = await self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def screenshot(self) -> str:
        """The picture as base 64 PNG."""
        answer = await self._call("Page.captureScreenshot", format="png")
        return str(answer["data"])

    async def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        return await asyncio.wait_for(answer, 20)

    async def _listen(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if message.get("method") == "Runtime.exceptionThrown":
                self.exceptions.append(json.dumps(message["params"]["exceptionDetails"]))
            answer = self._answers.pop(message.get("id", 0), None)
            if answer is not None and not answer.done():
                answer.set_result(message.get("result", {}))


async def _debugging_port(stderr: asyncio.StreamReader) -> int:
    async for line in stderr:
        if b"DevTools listening on" in line:
            return int(line.decode().split("127.0.0.1:")[1].split("/")[0])
    raise AssertionError("Chromium 64 ended before it listened")


async def _drain(stderr: asyncio.StreamReader) -> None:
    # A full pipe would stop the browser.
    async for _ in stderr:
        pass


async def _page_address(port: int) -> str | None:
    def ask() -> list[dict[str, str]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=120) as answer:
            found: list[dict[str, str]] = json.load(answer)
            return found

    pages = [page for page in await asyncio.to_thread(ask) if page["type"] == "page"]
    return pages[0]["webSocketDebuggerUrl"] if pages else None
