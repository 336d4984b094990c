"""The health check counts this machine's workers and nobody else's."""

import socket

import pytest

from jobs import Ledger, Settings
from worker.alive import main


@pytest.mark.parametrize(
    ("own", "living", "is_here"),
    [
        ("w1", "w1", True),
        ("w1", "w1-2", True),  # the second device of that machine
        ("w1", "w10", False),
        ("w1", "w1-spare", False),
        ("", f"{socket.gethostname()}-4711", True),
        ("", f"{socket.gethostname()}-8000-1", True),
        ("", f"{socket.gethostname()}-b-4711", False),
    ],
)
def test_only_own_workers_count(
    ledger: Ledger,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    own: str,
    living: str,
    is_here: bool,
) -> None:
    """A worker whose name begins alike does not vouch for one that is dead."""
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("WORKER_NAME", own)
    monkeypatch.setattr("sys.argv", ["alive"])
    ledger.workers.heartbeat(living, "ready", ["tiny"], {})
    assert main() == (0 if is_here else 1)
