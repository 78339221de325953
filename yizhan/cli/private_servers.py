"""RabbitMQ, Redis and PostgreSQL from the binaries of this machine, on ports and in folders of their own.

Each function returns the programs to supervise; nothing of them touches a server that runs already.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yizhan.cli.data_directory import write_private
from yizhan.cli.ports import free_port
from yizhan.cli.supervisor import Program

#: Where distributions keep servers outside an ordinary user's PATH.
_SERVER_FOLDERS = (
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
    "/usr/local/bin",
    "/usr/bin",
    "/opt/rabbitmq/sbin",
)
_UNPRIVILEGED_USERS = ("postgres", "nobody")


@dataclass(frozen=True)
class PrivateServer:
    """`programs` in the order of their start; `url` answers once they are up."""

    url: str
    programs: Sequence[Program]


def find_binary(name: str, *patterns: str) -> str | None:
    """The newest match of a glob under /, or a program by name on PATH and in the usual server folders."""
    for pattern in patterns:
        matches = sorted(Path("/").glob(pattern.lstrip("/")), key=_version)
        if matches:
            return str(matches[-1])
    path = os.pathsep.join([os.environ.get("PATH", ""), *_SERVER_FOLDERS])
    return shutil.which(name, path=path)


def _version(path: Path) -> tuple[int, ...]:
    digits = "".join(character if character.isdigit() else " " for character in str(path))
    return tuple(map(int, digits.split()))


def rabbitmq(folder: Path, vhost: str) -> PrivateServer | None:
    """A broker with its own node name, port mapper, ports and data; None when RabbitMQ is not installed."""
    # Debian's own script insists on root or the rabbitmq user; the one behind it runs as anybody.
    server = find_binary("rabbitmq-server", "usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server")
    mapper = find_binary("epmd", "usr/lib/erlang/erts-*/bin/epmd")
    if server is None or mapper is None:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port, mapper_port = free_port(), free_port()
    password = _kept(folder / "password")
    configuration = folder / "rabbitmq.conf"
    write_private(configuration, _rabbitmq_configuration(port, vhost, password))
    # No plugins: the stock file switches on whatever the machine's own broker has.
    write_private(folder / "enabled_plugins", "[].\n")
    environment = {
        "HOME": str(folder),
        "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the server instead of waiting beside it
        "NOTIFY_SOCKET": "",
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"{vhost}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(configuration.with_suffix("")),
        "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "config"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2",
    }
    write_private(
        folder / "rabbitmqctl.json",
        json.dumps({"node": environment["RABBITMQ_NODENAME"], "environment": _reaching(environment)}),
    )
    return PrivateServer(
        url=f"amqp://yizhan:{password}@127.0.0.1:{port}/{vhost}",
        programs=(
            # Started by us and in the foreground; RabbitMQ would leave a daemon of it behind.
            Program("epmd", (mapper, "-address", "127.0.0.1", "-port", str(mapper_port))),
            Program("rabbitmq", (server,), environment, folder),
        ),
    )


def _reaching(environment: Mapping[str, str]) -> dict[str, str]:
    """What rabbitmqctl has to be told to find the broker that runs with this environment."""
    names = ("HOME", "ERL_EPMD_PORT", "ERL_EPMD_ADDRESS", "RABBITMQ_CONF_ENV_FILE")
    return {name: environment[name] for name in names}


def _rabbitmq_configuration(port: int, vhost: str, password: str) -> str:
    return (
        f"listeners.tcp.default = 127.0.0.1:{port}\n"
        f"default_vhost = {vhost}\n"
        "default_user = yizhan\n"
        f"default_pass = {password}\n"
        "log.console = true\n"
        "log.console.level = warning\n"
        "log.file = false\n"
        "disk_free_limit.absolute = 200MB\n"
    )


def redis(folder: Path) -> PrivateServer | None:
    """A Redis that keeps nothing on disk: all in it can be rebuilt. None when it is not installed here."""
    server = find_binary("redis-server") or find_binary("valkey-server")
    if server is None:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = free_port()
    password = _kept(folder / "password")
    configuration = folder / "redis.conf"
    write_private(
        configuration,
        f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\nloglevel warning\n',
    )
    return PrivateServer(
        url=f"redis://:{password}@127.0.0.1:{port}/0",
        programs=(Program("redis", (server, str(configuration)), folder=folder),),
    )


def postgresql(folder: Path) -> PrivateServer | None:
    """A PostgreSQL for tests: trusts loopback, promises no durability. None when it is not installed here.

    As root it runs as `postgres` or `nobody`, since it refuses root; `folder` is handed to that user.
    """
    server = find_binary("postgres", "usr/lib/postgresql/*/bin/postgres", "usr/pgsql-*/bin/postgres")
    initdb = find_binary("initdb", "usr/lib/postgresql/*/bin/initdb", "usr/pgsql-*/bin/initdb")
    if server is None or initdb is None:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    prefix = _as_unprivileged(folder)
    cluster = folder / "cluster"
    if not cluster.exists():
        subprocess.run(
            [
                *prefix,
                initdb,
                "--pgdata",
                str(cluster),
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": "200",
    }
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return PrivateServer(
        url=f"postgresql://postgres@127.0.0.1:{port}/postgres",
        programs=(Program("postgresql", (*prefix, server, "-D", str(cluster), *flags), folder=folder),),
    )


def _as_unprivileged(folder: Path) -> list[str]:
    """What to put before a command so that it does not run as root; nothing for an ordinary user."""
    if os.geteuid() != 0:
        return []
    for name in _UNPRIVILEGED_USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return [
            "setpriv",
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            "--clear-groups",
        ]
    raise RuntimeError("PostgreSQL refuses root, and there is no user postgres or nobody to run it as")


def _kept(path: Path) -> str:
    """A password made at the first start; the server's data remember it too."""
    if not path.exists():
        write_private(path, secrets.token_hex(16))
    return path.read_text(encoding="utf-8").strip()
