"""`yizhan demo trickle`: small changes now and then, so that a newcomer sees the screens move."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import typer

from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.demo_api import Api, ApiRefused, idempotency_key
from yizhan.cli.demo_county import county, employer_ids, live_postings, mark_of, publish
from yizhan.logs import set_up_logs
from yizhan.settings import DEMO_PASSWORD, Settings

log = structlog.get_logger(__name__)

app = typer.Typer(help="演示数据", no_args_is_help=True)

#: Live postings stay within this many of the data set's number, so nothing grows however long it runs.
_SPREAD = 4
_WITHDRAWN_BECAUSE = "人已招满"


@app.callback()
def _demo() -> None:
    """演示数据。"""


@app.command()
def trickle(
    least_seconds: float = typer.Option(20.0, help="两次变化之间至少几秒"),
    most_seconds: float = typer.Option(40.0, help="两次变化之间至多几秒"),
) -> None:
    """每隔几十秒发布或撤下一条招聘信息，直到被停止。"""
    settings = Settings.from_environment()
    set_up_logs(settings.process_name, log_format=settings.log_format, log_level=settings.log_level)
    gateway = f"http://127.0.0.1:{settings.gateway_port}"
    flow = Trickle(Api(gateway), DataDirectory(Path(settings.data_dir)), random.Random())
    while True:
        time.sleep(random.uniform(least_seconds, most_seconds))
        try:
            flow.change()
        except ApiRefused as error:
            # The system may be stopping, or a posting was changed by hand meanwhile; the next one will do.
            log.info("demo.change_refused", why=str(error))


class Trickle:
    """Publishes what is not on the screens, withdraws what is, one posting at a time.

    Postings of the data set only: what a newcomer publishes by hand stays until he withdraws it.
    """

    def __init__(self, api: Api, data: DataDirectory, chance: random.Random) -> None:
        self._api = api
        self._employers = employer_ids(data)
        self._chance = chance
        self._signed_in = False

    def change(self) -> None:
        """One change. Raises ApiRefused."""
        if not self._signed_in:
            self._api.sign_in(county()["staff"][0]["login"], DEMO_PASSWORD)
            self._signed_in = True
        try:
            self._publish_or_withdraw()
        except ApiRefused as error:
            self._signed_in = error.status != 401
            raise

    def _publish_or_withdraw(self) -> None:
        live = [posting for posting in live_postings(self._api) if self._is_ours(posting)]
        shown = {mark_of(posting["terms"]) for posting in live}
        absent = [job for job in county()["postings"] if mark_of(job) not in shown]
        aim = county()["live_postings"]
        if absent and (
            len(live) <= aim - _SPREAD or (len(live) < aim + _SPREAD and self._chance.random() < 0.5)
        ):
            self._publish(self._chance.choice(absent))
        elif live:
            self._withdraw(self._chance.choice(live))

    def _is_ours(self, posting: dict[str, Any]) -> bool:
        of_ours = posting["employer_id"] in self._employers.values()
        return of_ours and mark_of(posting["terms"]) in {mark_of(job) for job in county()["postings"]}

    def _publish(self, job: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        key = idempotency_key("trickle", now.isoformat(), str(os.getpid()))
        publish(self._api, job, self._employers[job["employer"]], anchor=now, key=key)
        log.info("demo.published", trade=job["trade"], place=job["place"])

    def _withdraw(self, posting: dict[str, Any]) -> None:
        key = idempotency_key("withdraw", posting["id"])
        self._api.post(f"/postings/{posting['id']}/withdraw", {"reason": _WITHDRAWN_BECAUSE}, key=key)
        log.info("demo.withdrawn", trade=posting["terms"]["trade"], place=posting["terms"]["place"])
