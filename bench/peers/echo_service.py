"""A bare nameko service that answers what it is asked. `python -m bench.peers.echo_service AMQP_URL`."""

from __future__ import annotations

import sys
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import eventlet

eventlet.monkey_patch()

from typing import Any  # noqa: E402

from nameko import config  # noqa: E402
from nameko.rpc import rpc  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402


class EchoService:
    name = "echo"

    @rpc
    def echo(self, call: Any) -> Any:
        return call


if __name__ == "__main__":
    with config.patch({"AMQP_URI": sys.argv[1]}):
        runner = ServiceRunner()
        runner.add_service(EchoService)
        runner.start()
        runner.wait()
