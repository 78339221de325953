"""All ports of a copy follow from the gateway's."""

from __future__ import annotations

import socket

import pytest

from yizhan.cli.ports import HIGHEST_BASE, PortPlan, PortTaken, free_plan, is_free, is_listening
from yizhan.settings import PORT_OFFSETS


def test_every_listener_has_a_port_of_its_own() -> None:
    """No two of a plan's ports are the same, and the gateway has the one that people are told."""
    plan = PortPlan(8600)
    ports = [plan.of(name) for name in PORT_OFFSETS]
    assert len(set(ports)) == len(ports)
    assert plan.of("gateway") == 8600
    assert plan.of("board") == 8601


def test_the_highest_base_still_has_room_for_all() -> None:
    """The last port of the highest plan is the last port there is."""
    assert max(PortPlan(HIGHEST_BASE).of(name) for name in PORT_OFFSETS) == 65535


@pytest.mark.parametrize("name", list(PORT_OFFSETS))
def test_a_taken_port_is_refused_with_the_way_out(name: str) -> None:
    """Whichever port of the plan is taken, the sentence names it and another --port."""
    plan = free_plan()
    with socket.socket() as other:
        other.bind(("127.0.0.1", plan.of(name)))
        other.listen()
        assert is_listening(plan.of(name))
        with pytest.raises(PortTaken, match=str(plan.of(name))) as refused:
            plan.check_free()
    assert "--port" in str(refused.value)


def test_a_port_is_free_again_when_its_listener_is_gone() -> None:
    """Connections that linger after their end do not keep a port."""
    plan = free_plan()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", plan.gateway))
        listener.listen()
        with socket.create_connection(("127.0.0.1", plan.gateway)):
            accepted, _ = listener.accept()
            accepted.close()
        assert not is_free(plan.gateway)
    assert is_free(plan.gateway)
