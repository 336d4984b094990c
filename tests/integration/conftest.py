"""Real worker processes beside a real server."""

import http.client
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest

from bench.rig.part import ROOT, Part
from jobs import BlobStore, Job, Ledger, NewJob, Settings, load_settings, open_blobs, open_ledger
from tests.api.conftest import write_card
from tests.conftest import Valkey
from tests.ports import free_port
from tests.waiting import until

SIZE = (32, 32)
PLENTY = {"MAX_QUEUED_PER_USER": "1000", "MAX_LIVE_PER_USER": "1000", "RATE_SUBMIT": "1000/second"}


class WorkerProcess(Part):
    """Run one real worker that tests may stop, continue and kill."""

    def __init__(
        self, name: str, environment: Mapping[str, str], log: Path, app: str = "worker.app"
    ) -> None:
        command = [sys.executable, "-m", app]
        self.log = log
        super().__init__(name, command, {**environment, "WORKER_NAME": name}, log)

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        os.kill(self.process.pid, number)

    def stop(self) -> int:
        """End it with SIGTERM and return its exit status."""
        self.process.terminate()
        return self.process.wait(120)


class Stage:
    """Put a server, settings, ledger, blobs and any number of workers together."""

    def __init__(self, settings: Settings, environment: dict[str, str], folder: Path) -> None:
        self.settings = settings
        self.environment = environment
        self.ledger: Ledger = open_ledger(settings)
        self.blobs: BlobStore = open_blobs(settings)
        self.workers: list[WorkerProcess] = []
        self._folder = folder

    def worker(self, name: str = "w1", **environment: str) -> WorkerProcess:
        """Start a worker and wait until it is registered."""
        started = WorkerProcess(name, self.environment | environment, self._folder / f"{name}.log")
        self.workers.append(started)
        until(lambda: self.alive(name), what=f"worker {name}")
        return started

    def spawn(self, name: str, app: str = "worker.app", **environment: str) -> WorkerProcess:
        """Start a worker, of another release where `app` names one, and do not wait."""
        log = self._folder / f"{name}.log"
        self.workers.append(WorkerProcess(name, self.environment | environment, log, app))
        return self.workers[-1]

    def alive(self, name: str) -> bool:
        """Tell whether the register lists this worker."""
        return any(worker.name == name for worker in self.ledger.workers.living())

    def submit(
        self, user: str = "ann", label: int = 1, size: tuple[int, int] = SIZE, **more: object
    ) -> Job:
        """Queue a job whose label map is all `label`."""
        job_id = str(uuid4())
        pixels = size[0] * size[1]
        self.blobs.put(job_id, "label-map", zlib.compress(bytes([label]) * pixels), 3600)
        params = {"label_map": "label-map", "format": "png"}
        fields = {"model": "tiny", "size": size, "params": params} | more
        return self.ledger.submit(NewJob(id=job_id, user=user, **fields)).job  # type: ignore[arg-type]

    def status(self, job: Job) -> str:
        """Return the job's status now."""
        return str(self.ledger.get(job.id).status)

    def finish(self, jobs: list[Job], timeout_s: float = 120.0) -> list[Job]:
        """Wait until none of the jobs is live, and give them as they are then."""
        until(lambda: not any(self.ledger.get(job.id).live for job in jobs), "jobs", timeout_s)
        return [self.ledger.get(job.id) for job in jobs]

    def close(self) -> None:
        """Kill what still runs."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.send(signal.SIGCONT)
                worker.kill()


FAST = {"lease_s": 2.0, "heartbeat_s": 0.5, "janitor_s": 0.1, "poll_s": 0.5, "drain_s": 3.0}


def staged(settings: Settings, folder: Path, **environment: str) -> Iterator[Stage]:
    """Put a stage together, and show its workers' logs at the end."""
    fast = {name.removesuffix("_s").upper(): str(value) for name, value in FAST.items()}
    common = {
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
        "MODEL": "tiny",
        "DOODLESCAPE_PAINTER": "bench.painters:idle",
    }
    built = Stage(settings, common | fast | environment, folder)
    yield built
    built.close()
    for worker in built.workers:
        print(f"--- {worker.name}\n{worker.log.read_text()}")


@pytest.fixture
def stage(settings: Settings, tmp_path: Path) -> Iterator[Stage]:
    """Return a stage with short leases and a painter that costs nothing."""
    yield from staged(settings.model_copy(update=FAST), tmp_path)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Valkey]:
    """Run a server of the test's own, with its data on disk."""
    folder = tmp_path / "server"
    folder.mkdir()
    server = Valkey(folder, persist=True)
    server.start()
    yield server
    server.stop(kill=True)


@pytest.fixture
def own_stage(own_server: Valkey, tmp_path: Path) -> Iterator[Stage]:
    """Return a stage on the test's own server."""
    settings = load_settings(redis_url=own_server.url, data_dir=tmp_path, models=("tiny",), **FAST)
    yield from staged(settings, tmp_path, REDIS_TIMEOUT="1")


class Api:
    """Run the API as `./start` does, in two processes under one master."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, **environment, "PORT": str(self.port)}
        self._log = log.open("wb")
        self.start()

    def start(self) -> None:
        """Start the master and wait until the API answers."""
        self._master = subprocess.Popen(
            [sys.executable, "-m", "api.server"],
            cwd=ROOT,
            env={**self._environment, "API_PROCESSES": "2"},
            stderr=self._log,
        )
        until(self._answers, what="the API")

    def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send one request over a connection of its own; give status, headers, body.

        Raises: OSError or HTTPException when the process that held the connection dies.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def shoot_one(self) -> None:
        """Kill one of the processes that answer, and wait until another has taken its place."""
        before = self._children()
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(set(self._children()) - {before[0]}) == len(before), what="a new one")

    def crash(self) -> None:
        """Kill the master and all that answer, at once."""
        children = self._children()
        self._master.kill()
        self._master.wait(10)
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _children(self) -> list[int]:
        listed = Path(f"/proc/{self._master.pid}/task/{self._master.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def stop(self) -> None:
        """End the API and wait for it."""
        if self._master.poll() is None:
            self._master.terminate()
            self._master.wait(60)
        self._log.close()

    def _answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/livez")[0] == 200
        return False


@contextmanager
def service(folder: Path, batch_s: float, **for_api: str) -> Iterator[tuple[Stage, Api]]:
    """Run server, worker and API over a folder's checkpoints, for the tests of a module to share.

    The worker paints `tiny`, a batch in `batch_s`; `for_api` is more of the API's environment.
    """
    server = Valkey(folder)
    server.start()
    environment = {
        "REDIS_URL": server.url,
        "DATA_DIR": str(folder),
        "CHECKPOINTS_DIR": str(folder / "checkpoints"),
        "DOODLESCAPE_PAINTER": "bench.painters:sleeper",
        "BENCH_BATCH_S": str(batch_s),
        "MODEL": "tiny",
    }
    # What the tests themselves sweep is kept for a moment only, whoever lives by hand lives long.
    settings = load_settings(
        redis_url=server.url, data_dir=folder, retention_s=0.2, heartbeat_s=60.0
    )
    stage = Stage(settings, environment, folder)
    stage.spawn("w1")
    api = Api(environment | for_api, folder / "api.log")
    yield stage, api
    api.crash()
    api.stop()
    stage.close()
    server.stop(kill=True)


@pytest.fixture
def serve(stage: Stage, tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """Start APIs beside the stage's server, with one model; keywords are more environment."""
    write_card(tmp_path / "checkpoints", "tiny")
    folder = {"CHECKPOINTS_DIR": str(tmp_path / "checkpoints")}
    served: list[Api] = []

    def start(**environment: str) -> Api:
        log = tmp_path / f"api{len(served)}.log"
        served.append(Api(stage.environment | folder | PLENTY | environment, log))
        return served[-1]

    yield start
    for api in served:
        api.stop()


@pytest.fixture
def api(serve: Callable[..., Api]) -> Api:
    """Return an API in two processes."""
    return serve()
