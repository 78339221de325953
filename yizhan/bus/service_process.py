"""How a nameko service's process begins: eventlet patches the interpreter before anything else is imported.

`python -m yizhan.bus.service_process NAME`, or `run_service(NAME)`, which makes the present process that.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import NoReturn

from yizhan.start import all_is_kept


def run_service(name: str) -> NoReturn:
    """Become the process of services/<name>, under the same process id."""
    # A fresh interpreter, since patching one that has imported pydantic fails halfway.
    os.execv(sys.executable, [sys.executable, "-m", "yizhan.bus.service_process", name])  # noqa: S606


def patch() -> None:
    """Make the standard library cooperative. The first thing that a service's process does."""
    # Its own resolver is half a second of imports, and is asked for nothing but the broker's address.
    os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
    with warnings.catch_warnings():
        # eventlet's notice of its deprecation is known, and the reason why it is kept to the services.
        warnings.simplefilter("ignore")
        import eventlet
    eventlet.monkey_patch()


def main() -> int:
    """Run the service that the first argument names; the exit code."""
    with all_is_kept():
        patch()
        from yizhan.bus.nameko_entrypoints import serve_named
    return serve_named(sys.argv[1])


if __name__ == "__main__":
    raise SystemExit(main())
