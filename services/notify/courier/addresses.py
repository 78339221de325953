"""Where a person is reached: asked of whoever owns it at the moment of sending, and kept nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from services.notify.outlets import Outlets
from yizhan.bus.rpc import RpcClient
from yizhan.clock import Clock
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.employers import EmployerPhonesQuery, EmployersRpc
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.seeker_rights import PhonesQuery, SeekerRightsRpc

_MOBILE = re.compile(r"^1[3-9][0-9]{9}$")


class Addresses:
    """Phones of seekers and of employers' contacts by RPC, outlets from the configuration."""

    def __init__(self, rpc: RpcClient, outlets: Outlets, clock: Clock) -> None:
        self._rpc = rpc
        self._outlets = outlets
        self._clock = clock

    async def of(self, people: Iterable[str]) -> Mapping[str, str]:
        """Addresses by person; who cannot be reached is left out. At most 100 people.

        Raises YizhanError when an owner does not answer: then nobody's is known.
        """
        known: dict[str, str] = {}
        ids: dict[str, list[str]] = {}
        for person in people:
            audience, _, id = person.partition(":")
            ids.setdefault(audience, []).append(id)
            if audience == "outlet" and (url := self._outlets.url(person)):
                known[person] = url
        correlation = new_identifier(self._clock.now())
        if seekers := ids.get("seeker"):
            asked = PhonesQuery(ids=tuple(seekers))
            answer = await self._rpc.call(
                SeekerRightsRpc.phones_for_messages, asked, actor=SYSTEM, correlation=correlation
            )
            known |= {f"seeker:{id}": phone for id, phone in answer.phones.items() if _MOBILE.match(phone)}
        if employers := ids.get("employer"):
            wanted = EmployerPhonesQuery(ids=tuple(employers))
            found = await self._rpc.call(
                EmployersRpc.employer_phones_for_messages, wanted, actor=SYSTEM, correlation=correlation
            )
            known |= {f"employer:{id}": phone for id, phone in found.phones.items() if _MOBILE.match(phone)}
        return known
