"""The parts of the service: which commands, in which environment."""

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from jobs.settings import Settings
from supervise.process import Part

ROOT = Path(__file__).resolve().parent.parent

WORKER_DEFAULTS = {
    # Threads that wait sleep instead of spinning: the API and the data server share their cores.
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
    # Celery warns root of pickled messages; ours are JSON.
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
}


def server(command: tuple[str, ...], data_dir: Path) -> Part:
    """Return the embedded data server; it writes what it holds to disk when it is asked to stop."""
    # Its advice on the kernel's overcommit setting is in docs/operating.md; stopping is no news.
    hidden = "overcommit must be enabled|SIGTERM scheduling shutdown|now ready to exit"
    return Part("server", command, dict(os.environ), data_dir, stop_s=10.0, hidden=hidden)


def api(environment: Mapping[str, str]) -> Part:
    """Return the web server; a person who pressed Ctrl-C does not wait for long uploads."""
    drain = {"API_DRAIN": "3"}
    command = (sys.executable, "-m", "api.server")
    return Part("api", command, _environment({**drain, **environment}), ROOT, stop_s=8.0)


def workers(settings: Settings, environment: Mapping[str, str]) -> list[Part]:
    """Return the painters: one worker for each device of DEVICE.

    Each may use DRAIN seconds to finish its batch.
    """
    devices = settings.device.split(",")
    if len(devices) == 1:
        return [_worker(settings, environment)]
    return [
        _worker(settings, {**environment, "DEVICE": device}, f"-{number}")
        for number, device in enumerate(devices, start=1)
    ]


def _worker(settings: Settings, environment: Mapping[str, str], suffix: str = "") -> Part:
    command = (sys.executable, "-m", "worker.app")
    # Stable over restarts, and no other's where several machines share one REDIS_URL.
    name = settings.worker_name or f"{socket.gethostname()}-{settings.port}"
    own = {**WORKER_DEFAULTS, **os.environ, **environment, "WORKER_NAME": name + suffix}
    return Part(f"worker{suffix}", command, _environment(own), ROOT, stop_s=settings.drain_s + 5)


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", **extra}
