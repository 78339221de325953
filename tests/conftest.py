"""Fixtures that every test may ask for."""

from hypothesis import settings

from tests.support.bare_system import bare_system
from tests.support.collecting import pytest_collection
from tests.support.leftovers import pytest_sessionstart
from tests.support.logs import real_logs
from tests.support.servers import (
    broker_url,
    database,
    database_kind,
    database_url,
    postgres_server,
    postgres_url,
    redis_prefix,
    redis_url,
    servers,
)
from tests.support.service_databases import _new_databases, kept_databases, service_database
from tests.support.side_by_side import (
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_xdist_make_scheduler,
)
from tests.support.system import running_system

#: How long an example takes says how busy the machine is.
settings.register_profile("yizhan", deadline=None)
settings.load_profile("yizhan")

__all__ = [
    "_new_databases",
    "bare_system",
    "broker_url",
    "database",
    "database_kind",
    "database_url",
    "kept_databases",
    "postgres_server",
    "postgres_url",
    "pytest_collection",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_sessionstart",
    "pytest_xdist_make_scheduler",
    "real_logs",
    "redis_prefix",
    "redis_url",
    "running_system",
    "servers",
    "service_database",
]
