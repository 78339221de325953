"""Integrators' users of the broker: what each may do there, and how the broker is told.

Messages cannot make users. They are made over the management API where it answers, else by rabbitmqctl where
this is the broker's host; where neither can be had, `instructions` says what somebody has to run there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

import httpx

from yizhan.bus.topology import INBOX_EXCHANGE, ExternalQueues
from yizhan.contracts.integrators import BrokerUser

#: Connections of one integrator: a consumer and its stand-by on two machines, a publisher, a look by hand.
MOST_CONNECTIONS = 10

_NOTHING = "^$"
#: rabbitmqctl's exit code for a user that there is not.
_NO_USER = 67
_ANSWER_SECONDS = 10.0
_COMMAND_SECONDS = 60.0


class BrokerUsersUnreachable(Exception):
    """The broker could not be told; the message says why."""


@dataclass(frozen=True)
class Rights:
    """A user's rights in one vhost. inbox: the routing keys that it may publish to the inbox."""

    configure: str
    write: str
    read: str
    inbox: str


def rights_of(user: BrokerUser) -> Rights:
    """What an integrator's user may do: read its own three queues, and publish to the inbox as itself.

    It may bind nothing, since a binding needs the right to write to its queue; it may declare nothing; the
    history stream, others' queues and every other exchange, the default one too, are closed to it.
    """
    if not user.allowed:
        return Rights(_NOTHING, _NOTHING, _NOTHING, _NOTHING)
    queues = ExternalQueues(user.user)
    own = "|".join(
        name.removeprefix(f"ext.{user.user}.") for name in (queues.live, queues.replay, queues.dead)
    )
    return Rights(
        configure=_NOTHING,
        write=rf"^{INBOX_EXCHANGE.replace('.', chr(92) + '.')}$" if user.may_submit else _NOTHING,
        read=rf"^ext\.{user.user}\.({own})$",
        inbox=f"^{user.user}$" if user.may_submit else _NOTHING,
    )


def definitions(users: Sequence[BrokerUser], vhost: str) -> dict[str, Any]:
    """Users and rights as RabbitMQ imports them; those that are to go are not among them."""
    present = [user for user in users if user.present]
    rights = {user.user: rights_of(user) for user in present}
    return {
        "users": [
            {
                "name": user.user,
                "password_hash": user.password_hash,
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
                "limits": {"max-connections": MOST_CONNECTIONS if user.allowed else 0},
            }
            for user in present
        ],
        "permissions": [
            {"user": name, "vhost": vhost, "configure": one.configure, "write": one.write, "read": one.read}
            for name, one in rights.items()
        ],
        "topic_permissions": [
            {"user": name, "vhost": vhost, "exchange": INBOX_EXCHANGE, "write": one.inbox, "read": _NOTHING}
            for name, one in rights.items()
        ],
    }


def instructions(users: Sequence[BrokerUser], vhost: str) -> str:
    """What to type on the broker's host, as root, so that it knows these users as they stand."""
    lines = []
    if any(user.present for user in users):
        given = json.dumps(definitions(users, vhost), separators=(",", ":"))
        lines += ["rabbitmqctl import_definitions <<'JSON'", given, "JSON"]
    lines += [f"rabbitmqctl delete_user {user.user}" for user in users if not user.present]
    lines += [f"rabbitmqctl close_all_user_connections {user.user} 'rights have changed'" for user in users]
    return "\n".join(lines)


class BrokerUsersPort(Protocol):
    """Whoever can tell the broker."""

    def apply(self, users: Sequence[BrokerUser]) -> None:
        """Make the broker know these users as they stand, and end their connections, which would go on under
        the old rights. Safe to repeat. Raises BrokerUsersUnreachable."""


class Rabbitmqctl:
    """By rabbitmqctl on the broker's host. options: of every call; environment: beside our own."""

    def __init__(
        self, vhost: str, *, options: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        self._vhost = vhost
        self._options = tuple(options)
        self._environment = {**os.environ, **(environment or {})}

    def apply(self, users: Sequence[BrokerUser]) -> None:
        present = [user for user in users if user.present]
        if present:
            self._run("import_definitions", stdin=json.dumps(definitions(present, self._vhost)))
        for user in users:
            if user.present and user.told:
                self._run("close_all_user_connections", user.user, "rights have changed")
            elif not user.present and user.told:
                # Its connections end with it. One that is gone already is as it is to be.
                self._run("delete_user", user.user, accepted=(0, _NO_USER))

    def answers(self) -> bool:
        """Whether the broker is this host's and takes orders from this account."""
        try:
            return self._vhost in self._listed("list_vhosts", "name")
        except BrokerUsersUnreachable:
            return False

    def _listed(self, command: str, column: str) -> set[str]:
        rows = json.loads(self._run(command, "--formatter", "json") or "[]")
        return {str(row[column]) for row in rows}

    def _run(self, *arguments: str, stdin: str = "", accepted: Sequence[int] = (0,)) -> str:
        # Definitions go by standard input: an argument would stand in the list of processes.
        try:
            done = subprocess.run(
                ["rabbitmqctl", *self._options, "-q", *arguments],
                input=stdin,
                text=True,
                capture_output=True,
                check=False,
                env=self._environment,
                timeout=_COMMAND_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BrokerUsersUnreachable(f"rabbitmqctl: {error}") from error
        if done.returncode not in accepted:
            raise BrokerUsersUnreachable(f"rabbitmqctl {arguments[0]}: {done.stderr.strip()[-300:]}")
        return done.stdout


class ManagementApi:
    """By the management plugin's HTTP API. url: with the name and password of a user that may administer."""

    def __init__(self, url: str, vhost: str) -> None:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        self._vhost = vhost
        # The broker is on the machine or in the cluster: a proxy of the environment must not get in between.
        self._client = httpx.Client(
            base_url=f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}/api",
            auth=(unquote(parts.username or "guest"), unquote(parts.password or "guest")),
            timeout=_ANSWER_SECONDS,
            trust_env=False,
        )

    def apply(self, users: Sequence[BrokerUser]) -> None:
        for user in users:
            if user.present:
                self._put(user)
            else:
                self._ask("DELETE", f"/users/{quote(user.user)}", missing_is_fine=True)
        self._close_connections({user.user for user in users})

    def answers(self) -> bool:
        """Whether it is there and knows the vhost."""
        try:
            self._ask("GET", f"/vhosts/{quote(self._vhost, safe='')}")
        except BrokerUsersUnreachable:
            return False
        return True

    def _put(self, user: BrokerUser) -> None:
        given = definitions((user,), self._vhost)
        name, vhost = quote(user.user), quote(self._vhost, safe="")
        # Rights before the password: nobody comes in between.
        made = {key: given["users"][0][key] for key in ("password_hash", "hashing_algorithm")}
        self._ask("PUT", f"/users/{name}", {**made, "tags": ""})
        self._ask(
            "PUT",
            f"/user-limits/{name}/max-connections",
            {"value": given["users"][0]["limits"]["max-connections"]},
        )
        rights, topic = given["permissions"][0], given["topic_permissions"][0]
        self._ask(
            "PUT",
            f"/permissions/{vhost}/{name}",
            {key: rights[key] for key in ("configure", "write", "read")},
        )
        self._ask(
            "PUT",
            f"/topic-permissions/{vhost}/{name}",
            {key: topic[key] for key in ("exchange", "write", "read")},
        )

    def _close_connections(self, users: set[str]) -> None:
        for connection in self._ask("GET", "/connections?columns=name,user").json():
            if connection.get("user") in users:
                name = quote(connection["name"], safe="")
                self._ask("DELETE", f"/connections/{name}", missing_is_fine=True)

    def _ask(
        self, verb: str, path: str, body: Mapping[str, Any] | None = None, *, missing_is_fine: bool = False
    ) -> httpx.Response:
        try:
            answer = self._client.request(verb, path, json=body)
        except httpx.HTTPError as error:
            raise BrokerUsersUnreachable(f"the management API: {type(error).__name__}") from error
        if not (answer.is_success or (missing_is_fine and answer.status_code == 404)):
            raise BrokerUsersUnreachable(f"the management API answered {answer.status_code} to {verb} {path}")
        return answer


def vhost_of(broker_url: str) -> str:
    """The vhost of an AMQP URL."""
    return unquote(urlsplit(broker_url).path[1:]) or "/"


def find_port(
    broker_url: str, *, management_url: str | None, private_broker: Path
) -> ManagementApi | Rabbitmqctl | None:
    """Who can tell the broker of this URL from here; None when nobody can.

    private_broker: the folder of a broker that `./run up` started for this copy, if it did.
    """
    vhost = vhost_of(broker_url)
    if management_url is not None:
        return ManagementApi(management_url, vhost)
    if shutil.which("rabbitmqctl") is None:
        return None
    reach = private_broker / "rabbitmqctl.json"
    if reach.exists():
        told = json.loads(reach.read_text(encoding="utf-8"))
        return Rabbitmqctl(vhost, options=("-n", told["node"]), environment=told["environment"])
    local = urlsplit(broker_url).hostname in (None, "127.0.0.1", "localhost", "::1")
    command = Rabbitmqctl(vhost)
    return command if local and os.geteuid() == 0 and command.answers() else None
