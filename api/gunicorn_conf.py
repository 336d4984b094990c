"""How gunicorn runs the API: `gunicorn -c api/gunicorn_conf.py "api.app:create_app()"`.

Threads, because a request mostly waits for Redis: long polls and event streams hold one each.
"""

import logging
import os
import tempfile
from typing import Any

from jobs.setting_errors import settings_or_exit
from jobs.telemetry.logs import configure_logging

_settings = settings_or_exit()

_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = f"{_host}:{_settings.port}"
control_socket_disable = True
worker_class = "gthread"
workers = _settings.api_processes
threads = _settings.api_threads
keepalive = 75  # longer than usual proxies keep theirs, so that the proxy is the one who hangs up
timeout = 60
graceful_timeout = 10
max_requests = 0
accesslog = None  # api/hooks/logs.py writes one structured line per request
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None

# A fresh folder per master: prometheus_client sums its files over all processes of one run.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="doodlescape-metrics-"))


def on_starting(server: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Write gunicorn's own lines in the shape of all others; child processes inherit this."""
    configure_logging(_settings)
    own = logging.getLogger("gunicorn.error")
    own.handlers.clear()
    own.propagate = True


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Tell the metrics that a process is gone, so that its live gauges go too."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
