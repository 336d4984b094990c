"""The parts of the service: which commands, in which environment."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from jobs.settings import Settings
from supervise.process import Part

ROOT = Path(__file__).resolve().parent.parent


def server(command: tuple[str, ...], data_dir: Path) -> Part:
    """Return the embedded data server; it writes what it holds to disk when it is asked to stop."""
    return Part("server", command, dict(os.environ), data_dir, stop_s=10.0)


def api(settings: Settings, environment: Mapping[str, str]) -> Part:
    """Return the web server: gunicorn with threads, for long polls hold one each."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    command = (
        *(sys.executable, "-m", "gunicorn", "api.app:create_app()"),
        *("--bind", f"{host}:{settings.port}", "--worker-class", "gthread"),
        *("--workers", str(settings.api_processes), "--threads", str(settings.api_threads)),
        *("--graceful-timeout", "5", "--keep-alive", "75", "--no-control-socket"),
        *("--log-level", settings.log_level.lower()),
    )
    return Part("api", command, _environment(environment), ROOT, stop_s=8.0)


def worker(settings: Settings, environment: Mapping[str, str]) -> Part:
    """Return the painter: one Celery worker, which may use DRAIN seconds to finish its batch."""
    command = (sys.executable, "-m", "celery", "-A", "worker.app", "worker")
    return Part("worker", command, _environment(environment), ROOT, stop_s=settings.drain_s + 5)


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", **extra}
