"""The ports of one copy of the system: all of them follow from the gateway's."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass

from yizhan.settings import PORT_OFFSETS

#: The highest gateway port whose followers still are ports.
HIGHEST_BASE = 65535 - max(PORT_OFFSETS.values())


#: Below the ports that the kernel gives to outgoing connections: one of those may be taken at any moment.
FREE_RANGE = (20000, 32000)


class PortTaken(Exception):
    """Another program listens where this copy would."""


@dataclass(frozen=True)
class PortPlan:
    """`gateway`: the port that people are told; `of` gives the others, by the names of PORT_OFFSETS."""

    gateway: int

    def of(self, name: str) -> int:
        """The port of a listener, as in `plan.of("board")`."""
        return self.gateway + PORT_OFFSETS[name]

    def check_free(self, host: str = "127.0.0.1") -> None:
        """Raises PortTaken with a sentence for the user when any port of the plan is in use."""
        for name in PORT_OFFSETS:
            if not is_free(self.of(name), host):
                raise PortTaken(_sentence(name, self))


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a listener could bind this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Without it a port stays "taken" for a minute after the last copy's connections ended.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def is_listening(port: int, host: str = "127.0.0.1", *, timeout_seconds: float = 1.0) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now; nothing keeps it free until it is bound."""
    while not is_free(port := random.randrange(*FREE_RANGE), host):
        pass
    return port


def free_plan() -> PortPlan:
    """A plan whose ports are all free now."""
    while True:
        plan = PortPlan(free_port())
        try:
            plan.check_free()
        except PortTaken:
            continue
        return plan


def _sentence(name: str, plan: PortPlan) -> str:
    if name == "gateway":
        return f"端口 {plan.gateway} 已被占用。换一个端口启动：./run up --port {plan.gateway + 100}"
    return (
        f"端口 {plan.of(name)}（{name}，由 --port {plan.gateway} 推出）已被占用。"
        f"换一个端口启动：./run up --port {plan.gateway + 100}"
    )
