"""How many files and sockets a process and its children may hold: a server's clients each take one, and the
usual limit is 1024."""

from __future__ import annotations

import contextlib
import resource


def allow_many_files() -> None:
    """Take what the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
