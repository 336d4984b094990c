"""Start the whole service for a measurement: server, API, real Celery workers."""

import contextlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bench.rig.part import Part, until
from jobs import BlobStore, Ledger, Settings, load_settings, open_blobs, open_ledger
from supervise import dataserver

NATIVE = (256, 256)

#: Limits out of the way, so that the measurement meets the service and not its quotas.
ROOMY = {
    "MAX_QUEUED_PER_USER": "1000000",
    "MAX_LIVE_PER_USER": "1000000",
    "MAX_LIVE_PER_ADDRESS": "1000000",
    "MAX_PIXELS_PER_USER": "0",
    "MAX_PIXELS_PER_ADDRESS": "0",
    "MAX_DEPTH": "1000000",
    "RATE_SUBMIT": "1000000/second",
    "RATE_READ": "1000000/second",
    "RATE_ADDRESS": "1000000/second",
    "LOG_LEVEL": "WARNING",
}


class Rig:
    """Hold the running parts, the settings they share, and a ledger of one's own."""

    def __init__(self, folder: Path, environment: Mapping[str, str], size: tuple[int, int]) -> None:
        self.folder = folder
        self.redis_port, self.port = dataserver.free_port(), dataserver.free_port()
        write_card(folder / "checkpoints" / "bench", size)
        self.environment = {
            **ROOMY,
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "DATA_DIR": str(folder / "data"),
            "CHECKPOINTS_DIR": str(folder / "checkpoints"),
            "MODEL": "bench",
            "PORT": str(self.port),
            "DOODLESCAPE_PAINTER": "bench.painters:idle",
            **environment,
        }
        self._parts: list[Part] = []
        self.server = self.part("server", self._server_command())
        until(self._answers, what="for the server")
        with _environment(self.environment):
            self.settings: Settings = load_settings()
        self.ledger: Ledger = open_ledger(self.settings)
        self.blobs: BlobStore = open_blobs(self.settings)
        self.api: Part | None = None
        self.workers: list[Part] = []

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return all processes that were started."""
        return tuple(self._parts)

    def part(self, name: str, command: list[str], **more: str) -> Part:
        """Start a process that is ended with the rig."""
        started = Part(name, command, {**self.environment, **more}, self.folder / f"{name}.log")
        self._parts.append(started)
        return started

    def _server_command(self) -> list[str]:
        words = f"--port {self.redis_port} --bind 127.0.0.1 --appendonly yes --save"
        return [str(dataserver.binary()), *words.split(), "", "--dir", str(self.folder)]

    def _answers(self) -> bool:
        with Redis(port=self.redis_port) as probe, contextlib.suppress(RedisConnectionError):
            return bool(probe.ping())
        return False

    def start_api(self, module: str = "api.server") -> Part:
        """Start the API, or the module that stands for it, and wait until it takes connections."""
        self.api = self.part("api", [sys.executable, "-m", module])
        self.wait_for_api()
        return self.api

    def wait_for_api(self) -> None:
        """Wait until the API's port is open."""

        def open_port() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        until(open_port, what="for the API")

    def start_worker(self, plant: str = "", **environment: str) -> Part:
        """Start one worker, with a planted bug if named; see `wait_for_workers`."""
        name = f"w{len(self.workers) + 1}"
        app = "bench.chaos.planted" if plant else "worker.app"
        command = [sys.executable, "-m", app]
        part = self.part(name, command, WORKER_NAME=name, PLANT=plant, **environment)
        self.workers.append(part)
        return part

    def wait_for_workers(self) -> None:
        """Wait until all started workers are registered."""
        until(lambda: len(self.ledger.workers.living()) >= len(self.workers), what="for workers")

    def count(self, name: str, *models: str) -> int:
        """Return a counter of the ledger summed over models: succeeded, failed, claims, ..."""
        fields = [f"{name}|{model}" for model in models or ("bench",)]
        found: Any = self.ledger.redis.hmget(f"{self.ledger.root}stats", fields)
        return sum(int(value or 0) for value in found)

    def close(self) -> None:
        """End every part, the server last."""
        self.ledger.close()
        self.blobs.close()
        for part in self._parts[1:]:
            part.process.terminate()
        for part in reversed(self._parts):
            part.stop()


@contextlib.contextmanager
def rig(size: tuple[int, int] = NATIVE, **environment: str) -> Iterator[Rig]:
    """Yield a rig in a temporary folder, with the server running; `size` is the model's."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        built = Rig(Path(folder), environment, size)
        try:
            yield built
        finally:
            built.close()


def write_card(folder: Path, native: tuple[int, int]) -> None:
    """Write a model card without weights, for a plugged painter."""
    folder.mkdir(parents=True)
    card = {
        "format": 1,
        "name": folder.name,
        "title": "Bench",
        "label_set": "landscape",
        "native_size": native,
        "size_multiple": 32,
        "max_size": native,
        "abilities": {"seed": True, "style": False, "instances": False},
        "styles": {},
        "licence": {"name": "none", "text": "", "commercial": True},
    }
    (folder / "model.json").write_text(json.dumps(card))


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
