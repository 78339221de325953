"""What a webhook may not reach."""

from __future__ import annotations

import pytest

from services.notify.domain.internal_addresses import is_internal


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "no address",
        "",
    ],
)
def test_inside_addresses_are_refused_in_every_spelling(address: str) -> None:
    """Loopback, private, link-local, metadata services, and IPv6 addresses that stand for one of them."""
    assert is_internal(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_called(address: str) -> None:
    """The rest of the world."""
    assert not is_internal(address)
