"""Which addresses a webhook may not reach: everything that is not the public internet."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: IPv6 addresses that stand for an IPv4 one, which a translator on the way would reach.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Carriers' and clouds' own networks that Python counts neither as private nor as public.
_SHARED = ipaddress.ip_network("100.64.0.0/10")


def is_internal(address: str) -> bool:
    """Whether an address (as a resolver answers it) is inside some house, or is none that one host has."""
    try:
        ip: Address = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (_last_32_bits(ip) if ip in _NAT64 else None)
        if inner is not None:
            return is_internal(str(inner))
        if ip.teredo is not None or ip.is_site_local:
            return True
    elif ip in _SHARED:
        return True
    return not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified


def _last_32_bits(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
