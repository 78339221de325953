"""The services' classes, each made of parts that were written apart."""

from __future__ import annotations

from collections import defaultdict

import pytest

from services.jobs.service import JobsService
from services.notify.service import NotifyService
from services.seekers.service import SeekersService
from services.stations.service import StationsService


@pytest.mark.parametrize("service", [JobsService, NotifyService, SeekersService, StationsService])
def test_no_part_of_a_service_defines_a_name_that_another_part_has(service: type) -> None:
    """The one would silently take the other's place."""
    defined_in = defaultdict(list)
    for part in service.__mro__:
        if part.__module__.startswith("services."):
            for name in vars(part):
                if not name.startswith("__"):
                    defined_in[name].append(part.__qualname__)
    assert {name: parts for name, parts in defined_in.items() if len(parts) > 1} == {}
