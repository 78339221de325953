"""A county for the benches: its facts staged in Redis as a rebuild would, and a folder's writes into it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from bench.screens import STATION, token_of
from services.board.facts import Fact, FactKind, OpenPosting, field_of, to_json
from services.board.projection import Projection
from services.board.session import hash_of
from services.board.state import BoardState, FoldWrite, StationUpdate, Verdict
from yizhan.contracts.jobs import Settlement, Wage, WageUnit
from yizhan.contracts.screen import Delta
from yizhan.contracts.stations import DeviceHash, Station, StationFacts, StationKind, StationStatus

_TOWNS = 6
_COMMUNITIES_PER_TOWN = 4


def identifier(kind: int, number: int) -> str:
    """A well-formed identifier of the bench's own."""
    return f"{kind:08x}-0000-7000-8000-{number:012x}"


def _station(code: str, kind: StationKind, path: tuple[str, ...]) -> Station:
    return Station(
        code=code,
        kind=kind,
        parent=path[-1] if path else None,
        path=(*path, code),
        status=StationStatus.OPEN,
        facts=StationFacts(name_plate=f"零工驿站（{code[-4:]}）", short_name=f"驿站{code[-2:]}"),
        sequence=1,
    )


def network() -> list[Station]:
    """The market, six towns and four communities in each."""
    found = [_station(STATION, StationKind.COUNTY_MARKET, ())]
    for town in range(1, _TOWNS + 1):
        code = f"{STATION}{town:02d}"
        found.append(_station(code, StationKind.TOWN_STATION, (STATION,)))
        for community in range(1, _COMMUNITIES_PER_TOWN + 1):
            path = (STATION, code)
            found.append(_station(f"{code}{community:02d}", StationKind.COMMUNITY_STATION, path))
    return found


def posting(number: int, *, sequence: int = 4, missing: int = 5, station: str = STATION) -> OpenPosting:
    """A live posting, lifelike in length. A higher number starts later."""
    now = datetime.now(UTC).replace(microsecond=0)
    starts_at = now + timedelta(hours=1, seconds=number)
    return OpenPosting(
        id=identifier(1, number),
        sequence=sequence,
        station=station,
        trade="家政保洁员",
        wage=Wage(fen=20000, unit=WageUnit.DAY),
        settlement=Settlement.DAILY,
        headcount=12,
        missing=missing,
        place="老农贸市场东门口公交站旁集合",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=9),
        expires_at=starts_at + timedelta(hours=9),
        meals=True,
        lodging=False,
        transport=True,
        published_at=now,
    )


def posting_fact(one: OpenPosting) -> Fact:
    return Fact(FactKind.POSTING, one.id, one.sequence, one)


def facts(*, postings: int, devices: int) -> Iterator[Fact]:
    """A whole county. The postings are spread over the communities, the devices are the market's."""
    stations = network()
    for node in stations:
        yield Fact(FactKind.STATION, node.code, node.sequence, node)
    homes = [node.code for node in stations if node.kind is StationKind.COMMUNITY_STATION]
    for number in range(postings):
        yield posting_fact(posting(number, station=homes[number % len(homes)]))
    for number in range(devices):
        body = DeviceHash(
            device_id=identifier(3, number),
            station=STATION,
            code_sha256=hash_of(token_of(number)),
            sequence=1,
        )
        yield Fact(FactKind.DEVICE, body.device_id, 1, body)


async def stage(state: BoardState, all_facts: Iterable[Fact]) -> str:
    """Put a county into Redis as a new epoch, as the board's own rebuild does; the epoch."""
    token, epoch = secrets.token_hex(16), secrets.token_hex(8)
    projection = Projection.of(all_facts)
    documents = {code: view.document(epoch, 0) for code, view in projection.views.items()}
    if not await state.hold_rebuild_lock(token):
        raise RuntimeError("somebody else rebuilds this prefix")
    staged = await state.stage(epoch, projection.facts.values(), documents)
    if not await state.activate(token, epoch, staged, documents):
        raise RuntimeError("the staged county was lost")
    return epoch


class UpdateSource:
    """Folds one posting's changes into Redis, as the active board process would: each is an update of some
    600 bytes to every screen of the market."""

    def __init__(self, state: BoardState, epoch: str) -> None:
        self._state = state
        self._epoch = epoch
        self._token = secrets.token_hex(16)
        self._projection = Projection.of([])
        self._offset = 0
        self._sequence = 4

    async def start(self) -> None:
        """Become the folder."""
        await self._state.claim(self._token)
        self._projection = Projection.of([fact async for fact in self._state.facts()])
        self._offset = (await self._state.offsets())[STATION]

    def next(self, at: datetime) -> FoldWrite:
        """The write of the next update, told at `at`."""
        self._sequence += 1
        self._offset += 1
        one = posting(0, sequence=self._sequence, missing=3 + self._sequence % 7)
        applied = self._projection.apply(posting_fact(one))
        assert applied is not None
        delta = Delta(
            epoch=self._epoch, offset=self._offset, at=at, changes=tuple(applied.changes[STATION])
        ).model_dump_json()
        document = self._projection.views[STATION].document(self._epoch, self._offset)
        return FoldWrite(
            facts={field_of(applied.fact.key): to_json(applied.fact)},
            stations={STATION: StationUpdate(self._offset, document, [delta])},
        )

    async def write(self, write: FoldWrite) -> None:
        """Into Redis, which tells every board process."""
        if await self._state.fold(self._token, self._epoch, write) is not Verdict.DONE:
            raise RuntimeError("somebody else folds into this prefix")
