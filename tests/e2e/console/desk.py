"""A person at the console: a browser of office size, with what he can see and press."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import BrowserContext, Locator, Page

from tests.support.system import RunningSystem

#: Screenshots of every page that a test opens, to be looked at.
PICTURES = Path(__file__).parents[2] / "output" / "console"
VIEWPORT = {"width": 1440, "height": 900}
#: What is to be seen is there within this, on a busy machine too.
SHOWN_MS = 15_000


@dataclass
class Desk:
    """One browser with a memory of its own. errors: what its pages complained of."""

    system: RunningSystem
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    @classmethod
    async def at(cls, system: RunningSystem, context: BrowserContext) -> Desk:
        """A new page that nobody has signed in to."""
        desk = cls(system, context, await context.new_page())
        desk.page.set_default_timeout(SHOWN_MS)
        desk.page.on("pageerror", lambda error: desk.errors.append(str(error)))
        desk.page.on("console", lambda message: desk._hear(message.type, message.text))
        return desk

    def _hear(self, kind: str, text: str) -> None:
        # A refusal is told to the person; the browser's own line about its status says nothing more.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.errors.append(text)

    async def open(self, path: str = "/") -> None:
        """Go to a page of the console, as in `/postings?status=draft`."""
        await self.page.goto(f"{self.system.gateway_url}/console#{path}")

    async def sign_in(self, role: str = "county_admin") -> None:
        """Sign in with the demo's login of this role, wherever the console asks for it."""
        login = self.system.logins[role]
        await self.sign_in_as(login["name"], login["password"])

    async def sign_in_as(self, login: str, password: str) -> None:
        """Sign in as anybody, wherever the console asks for it."""
        if "/console" not in self.page.url:
            await self.open()
        await self.page.get_by_label("账号").fill(login)
        await self.page.get_by_label("密码").fill(password)
        await self.page.keyboard.press("Enter")
        await self.is_signed_in()

    async def is_signed_in(self) -> None:
        """Wait for the house behind the sign-in."""
        await self.page.get_by_role("navigation", name="主菜单").wait_for()

    async def shows_page(self, title: str) -> None:
        """Wait for the page of this title."""
        await self.page.locator("main h1", has_text=title).wait_for()

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def confirm(self, keys: str = "Control+Enter") -> None:
        """Submit the dialog by these keys and wait until it is closed, since it has the keys for itself."""
        await self.press(keys)
        await self.page.locator("dialog[open]").wait_for(state="hidden")

    async def type(self, text: str) -> None:
        """Type into what is focused."""
        await self.page.keyboard.type(text)

    async def tab_to(self, label: str) -> None:
        """Press Tab until the control of this label is focused, as one does without a mouse."""
        # A page that is still being drawn has it only later.
        until = time.monotonic() + SHOWN_MS / 1000
        while await self.page.evaluate(_FOCUSED_LABEL) != label:
            assert time.monotonic() < until, f"Tab does not reach {label}"
            await self.page.keyboard.press("Tab")

    async def is_told(self, text: str) -> None:
        """Wait for a message."""
        await self.page.locator(".el-message", has_text=text).first.wait_for()

    def row(self, text: str) -> Locator:
        """A row of a list that holds this text."""
        return self.page.locator("tbody tr", has_text=text).first

    def status(self) -> Locator:
        """The state that the head of a detail page tells."""
        return self.page.locator(".page-head .status-tag")

    async def picture(self, name: str) -> None:
        """Keep how the page looks."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png")


_FOCUSED_LABEL = """() => {
    const at = document.activeElement
    const said = at?.labels?.[0]?.textContent ?? at?.getAttribute('aria-label') ?? at?.textContent ?? ''
    return said.replace('*', '').trim()
}"""
