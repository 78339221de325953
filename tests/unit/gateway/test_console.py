"""The console's session cookie, its guard against forged requests, and the files of its page."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from gateway.console_files import ConsoleFiles
from gateway.routes import console
from tests.unit.gateway.conftest import problem
from tests.unit.gateway.fakes import FakeRpc
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import Actor
from yizhan.contracts.errors import NotAllowed, RemoteProblem
from yizhan.contracts.stations import Staff, StaffList

SESSION = "/api/v1/console/session"
GOOD = {"login": "wang.fang", "password": "a-long-passphrase"}
WITHDRAW = "/api/v1/postings/01950005-7c00-7000-8000-000000000005/withdraw"
REASON = {"reason": "活已经干完"}


@pytest.fixture
async def browser(client: httpx.AsyncClient, rpc: FakeRpc, staff: Staff) -> httpx.AsyncClient:
    """A browser that has signed in; its page knows the CSRF token as `csrf`."""
    rpc.answers["list_staff"] = StaffList(staff=(staff,))
    opened = await client.post(SESSION, json=GOOD)
    assert opened.status_code == 201, opened.text
    client.headers["x-test-csrf"] = opened.json()["csrf_token"]
    return client


def csrf(browser: httpx.AsyncClient) -> dict[str, str]:
    return {"X-CSRF-Token": browser.headers["x-test-csrf"]}


async def test_signing_in_keeps_the_session_where_no_script_reads_it(
    client: httpx.AsyncClient, staff: Staff
) -> None:
    """An httpOnly, same-site cookie of the API's path; the body holds no token."""
    opened = await client.post(SESSION, json=GOOD)
    cookie = opened.headers["set-cookie"]
    assert {"HttpOnly", "Path=/api/v1", "SameSite=strict", "Max-Age=28800"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert set(opened.json()) == {"staff", "expires_at", "csrf_token"}
    assert opened.json()["staff"]["id"] == staff.id


async def test_under_https_the_cookie_is_secure(app: FastAPI) -> None:
    """It never travels in the clear then."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://t") as client:
        assert "Secure" in (await client.post(SESSION, json=GOOD)).headers["set-cookie"].split("; ")


async def test_the_cookie_reads_and_with_the_csrf_token_changes(
    browser: httpx.AsyncClient, rpc: FakeRpc, staff: Staff
) -> None:
    """The services are asked in the name of who signed in."""
    assert (await browser.get("/api/v1/sessions/current")).json()["staff_id"] == staff.id
    assert (await browser.post(WITHDRAW, json=REASON, headers=csrf(browser))).status_code == 200
    assert rpc.last.actor == Actor(id=staff.id, role=staff.role, station=staff.station)


@pytest.mark.parametrize("brought", [{}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "é".encode()}])
async def test_a_command_by_cookie_alone_is_refused(
    browser: httpx.AsyncClient, rpc: FakeRpc, brought: dict[str, str]
) -> None:
    """No token, or another session's: no service hears of it."""
    asked = len(rpc.asked)
    problem(await browser.post(WITHDRAW, json=REASON, headers=brought), 403, "auth.csrf_refused")
    assert len(rpc.asked) == asked


async def test_a_csrf_token_belongs_to_one_session(browser: httpx.AsyncClient) -> None:
    """That of an earlier session of the same person opens nothing."""
    earlier = csrf(browser)
    assert (await browser.post(SESSION, json=GOOD)).status_code == 201
    problem(await browser.post(WITHDRAW, json=REASON, headers=earlier), 403, "auth.csrf_refused")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_sites_page_signs_nobody_in_and_changes_nothing(
    browser: httpx.AsyncClient, site: str
) -> None:
    """As far as the browser tells."""
    foreign = {"Sec-Fetch-Site": site}
    problem(await browser.post(SESSION, json=GOOD, headers=foreign), 403, "auth.csrf_refused")
    told = {**foreign, **csrf(browser)}
    problem(await browser.post(WITHDRAW, json=REASON, headers=told), 403, "auth.csrf_refused")


async def test_a_bearer_token_needs_no_csrf_token(browser: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """It is in no browser's jar, so that no other page can send it; it goes before the cookie."""
    assert (await browser.post(WITHDRAW, json=REASON, headers=bearer)).status_code == 200
    headers = {"Authorization": "Bearer x.y.z", **csrf(browser)}
    problem(await browser.post(WITHDRAW, json=REASON, headers=headers), 401, "auth.session_invalid")


async def test_the_page_reads_its_session_again_after_a_reload(
    browser: httpx.AsyncClient, staff: Staff
) -> None:
    """With the account as it stands now, and the same CSRF token."""
    read = (await browser.get(SESSION)).json()
    assert read["csrf_token"] == csrf(browser)["X-CSRF-Token"]
    assert read["staff"] == staff.model_dump(mode="json")


async def test_a_closed_account_has_no_session_any_more(
    browser: httpx.AsyncClient, rpc: FakeRpc, staff: Staff
) -> None:
    """Whether the service refuses him or lists him as closed."""
    rpc.answers["list_staff"] = StaffList(staff=(staff.model_copy(update={"active": False}),))
    problem(await browser.get(SESSION), 401, "auth.session_invalid")
    rpc.errors["list_staff"] = RemoteProblem(NotAllowed("closed").to_problem())
    problem(await browser.get(SESSION), 401, "auth.session_invalid")


async def test_an_ended_session_asks_to_sign_in(browser: httpx.AsyncClient, clock: FrozenClock) -> None:
    """Reading and changing alike."""
    clock.move_to("2026-03-01T16:00:00+08:00")
    problem(await browser.get(SESSION), 401, "auth.session_expired")
    problem(await browser.post(WITHDRAW, json=REASON, headers=csrf(browser)), 401, "auth.session_expired")


async def test_signing_out_takes_the_cookie_away(browser: httpx.AsyncClient) -> None:
    """And is itself no thing that another page could do."""
    problem(await browser.delete(SESSION), 403, "auth.csrf_refused")
    assert (await browser.delete(SESSION, headers=csrf(browser))).json() == {"closed": True}
    problem(await browser.get(SESSION), 401, "auth.sign_in_required")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A console as the build leaves it."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!DOCTYPE html><p>管理台", encoding="utf-8")
    (tmp_path / "assets" / "index-Ab12.js").write_text("export {}" * 100, encoding="utf-8")
    (tmp_path / "build.sha256").write_text("x", encoding="utf-8")
    monkeypatch.setattr(console, "_FILES", ConsoleFiles(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("built")
async def test_assets_are_kept_for_ever_and_the_page_is_not(client: httpx.AsyncClient) -> None:
    """A new build shows at the next look, and everything unchanged is not fetched again."""
    page = await client.get("/console")
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    asset = await client.get("/console/assets/index-Ab12.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-encoding"] == "gzip"
    assert asset.text.startswith("export {}")
    plain = await client.get("/console/assets/index-Ab12.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != asset.headers["etag"]
    again = await client.get("/console", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304


async def test_what_the_pages_share_is_served_under_the_name_that_the_build_gives_it(
    client: httpx.AsyncClient, built: Path
) -> None:
    """With a low line before it; a file that is hidden is not served."""
    (built / "assets" / "_shared-Ab12.js").write_text("export {}", encoding="utf-8")
    (built / "assets" / ".hidden.js").write_text("export {}", encoding="utf-8")
    assert (await client.get("/console/assets/_shared-Ab12.js")).status_code == 200
    assert (await client.get("/console/assets/.hidden.js")).status_code == 404


@pytest.mark.usefixtures("built")
async def test_the_page_may_load_our_own_files_only(client: httpx.AsyncClient) -> None:
    """No inline script, no other host, in nobody's frame."""
    policy = (await client.get("/console")).headers["content-security-policy"]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )
    assert "http" not in policy


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", ["build.sha256", "assets/nothing.js", "assets/..%2Findex.html", "x.html"])
async def test_what_is_no_file_of_the_page_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    """Neither the build's own stamp nor anything outside."""
    problem(await client.get(f"/console/{name}"), 404, "request.route_not_found")


@pytest.fixture
async def unbuilt(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> httpx.AsyncClient:
    monkeypatch.setattr(console, "_FILES", ConsoleFiles(tmp_path / "nowhere"))
    return client


async def test_the_page_may_be_kept_by_its_service_worker(client: httpx.AsyncClient, built: Path) -> None:
    """Which lies below the page that it keeps, and needs leave for that; the page's policy lets both in."""
    (built / "sw.js").write_text("self.addEventListener('fetch', () => {})")
    worker = await client.get("/console/sw.js")
    assert worker.headers["service-worker-allowed"] == "/console"
    assert worker.headers["cache-control"] == "no-cache"
    policy = (await client.get("/console")).headers["content-security-policy"].split("; ")
    assert {"worker-src 'self'", "manifest-src 'self'"} <= set(policy)
    assert "service-worker-allowed" not in (await client.get("/console/shim.js")).headers


async def test_a_console_that_is_not_built_says_so(unbuilt: httpx.AsyncClient) -> None:
    """In Chinese, with the command that builds it."""
    page = await unbuilt.get("/console")
    assert page.status_code == 503
    assert "./run console" in page.text
