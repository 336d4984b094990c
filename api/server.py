"""Serve the API: `python -m api.server`, which is granian with the door of `api/front`."""

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from api.metrics_folder import metrics_folder
from jobs.ports import check_port_is_free
from jobs.server.condition import warn
from jobs.setting_errors import settings_or_exit
from jobs.settings import load_settings
from jobs.telemetry.logs import configure_logging

if TYPE_CHECKING:
    from api.front.door import Door

#: Also how long an idle connection is kept, so that a proxy is the one who hangs up first: it has
#: to keep its own for less.
HEAD_TIMEOUT_S = 60
#: Requests that one process may hold at a time; those that wait cost a few kilobytes each.
MOST_REQUESTS = 10_000
BACKLOG = 2048


def main() -> None:
    """Serve until SIGTERM or SIGINT; requests that are being answered are answered."""
    settings = settings_or_exit()
    require_free(settings.host, settings.port)
    configure_logging(settings)
    warn(settings.model_copy(update={"redis_timeout_s": settings.api_redis_timeout_s}))
    # prometheus_client sums its files over all processes of one run.
    with metrics_folder() as folder:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        Granian(
            "api.server:make_door",
            factory=True,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            workers=settings.api_processes,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=MOST_REQUESTS,
            http1_settings=HTTP1Settings(header_read_timeout=HEAD_TIMEOUT_S * 1000),
            respawn_failed_workers=True,
            respawn_interval=0.1,
            workers_kill_timeout=settings.api_drain_s,
            log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}},
        ).serve()


def require_free(host: str, port: int) -> None:
    """End the program with a line where `host`:`port` cannot be had; granian would share it."""
    try:
        check_port_is_free(host, port)
    except OSError as error:
        why = error.strerror or str(error)
        sys.exit(
            f"doodlescape: PORT is {port}, HOST is {host}: cannot listen there ({why}): stop what "
            f"does, or choose another, as PORT={port % 65_535 + 1}"
        )


def make_door() -> Any:
    """Return the ASGI application of one process."""
    # Here and not above: prometheus_client reads the folder's name when it is imported.
    from api.app import create_app
    from api.front.door import Door
    from api.state import service_of

    settings = load_settings()
    configure_logging(settings)
    app = create_app(settings)
    door = Door(app, service_of(app))

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            _end_waits_at_signals(door)
        await door(scope, receive, send)

    return serve


def _end_waits_at_signals(door: "Door") -> None:
    """Let a stop be quick: the server lets requests end, and a long poll would take its time.

    Its own handlers are the event loop's; a signal reaches those beside these.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(door.end_waits))


if __name__ == "__main__":
    main()
