"""The page of another system: what was done with it, and what personal data went out to it, and why."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from services.seekers.domain.identity import check_character
from tests.e2e.api import Clerk
from tests.e2e.console.desk import Desk
from tests.support.eventually import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

COUNTY, TOWN = "522730", "52273001"
BASIS = "县政府办〔2026〕3号"


def let_in(clerk: Clerk) -> str:
    """The id of an integrator that may hear how people are called, once its events go out to it."""
    read = {"families": ["seekers.card"], "stations": [COUNTY]}
    personal = {"legal_basis": BASIS, "until": (datetime.now(UTC) + timedelta(days=9)).isoformat()}
    body = {
        "name": f"site-{secrets.token_hex(4)}",
        "label": "县人社一体机",
        "grants": {"read": read, "personal": personal},
    }
    id = str(clerk.post(f"/stations/{COUNTY}/integrators", body)["integrator"]["id"])

    def is_served() -> bool:
        use = clerk.client.get(f"/integrators/{id}").raise_for_status().json()["use"]
        return use["queued"] is not None

    eventually(is_served, within_seconds=60)
    return id


def register(clerk: Clerk) -> None:
    """Somebody who agrees to be shown, so that a card of his goes out."""
    birth = f"1980{secrets.randbelow(12) + 1:02d}{secrets.randbelow(28) + 1:02d}"
    body = f"522730{birth}{secrets.randbelow(1000):03d}"
    application = {
        "station": TOWN,
        "id_number": body + check_character(body),
        "name": "王小芳",
        "wishes": {"trades": [{"trade": "搬运工"}]},
        "consents": ["id_number", "public_display"],
    }
    clerk.post("/seekers", application)


async def test_its_steps_and_every_disclosure_are_on_its_page(desk: Desk, clerk: Clerk) -> None:
    """Who did what, newest first, with the reason; each event with personal data, which, and the basis."""
    id = let_in(clerk)
    try:
        await desk.open(f"/integrators/{id}")
        await desk.shows_page("县人社一体机")
        disclosed = desk.page.get_by_role("region", name="个人信息提供记录")
        steps = desk.page.get_by_role("list", name="经过").get_by_role("listitem")
        await expect(disclosed).to_contain_text("没有提供过个人信息。")
        await expect(steps).to_have_count(1)

        register(clerk)
        eventually(
            lambda: clerk.client.get(f"/integrators/{id}/disclosures").json()["disclosures"],
            within_seconds=30,
        )
        clerk.post(f"/integrators/{id}/rotate", {"credential": "api_key"})
        clerk.post(f"/integrators/{id}/suspend", {"reason": "对方机房搬迁"})
        await desk.page.reload()
        line = disclosed.locator("tbody tr[data-row]")
        await expect(line).to_have_count(1)
        for text in ("seekers.card.shown.v1", "称呼", BASIS):
            await expect(line).to_contain_text(text)

        await desk.page.get_by_role("button", name="恢复").click()
        await desk.is_told("已恢复。")
        await expect(steps.locator("strong")).to_have_text(["恢复", "暂停", "换密钥：API 密钥", "新增"])
        await expect(steps.nth(1)).to_contain_text("对方机房搬迁")
        await expect(steps.nth(1)).to_contain_text("经办")
        await disclosed.scroll_into_view_if_needed()
        await desk.picture("integrator-record")
    finally:
        clerk.post(f"/integrators/{id}/revoke", {"reason": "试验完毕"})
