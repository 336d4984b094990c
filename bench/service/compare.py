"""Our service and a plain one-Celery-task-per-job service under the same load and the same kill."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.figures import Rows
from bench.rig.client import Client, doodle, multipart, together
from bench.rig.part import Part, until
from bench.rig.service import NATIVE, Rig, rig
from bench.rig.usage import cpu_by_part

THREADS = 4
#: How long a quiet service is given before what is unfinished counts as lost, seconds.
QUIET_S = 20.0


class Plain:
    """Talk to the plain service, started on the rig's server."""

    def __init__(self, parts: Rig) -> None:
        gunicorn = [
            "-m",
            "gunicorn",
            "--threads",
            "16",
            "--keep-alive",
            "75",
            "--bind",
            f"127.0.0.1:{parts.port}",
        ]
        celery = "-m celery -A bench.service.plain worker --pool prefork -c 1 --loglevel ERROR"
        self.api = parts.part("plain-api", [sys.executable, *gunicorn, "bench.service.plain:web()"])
        self.worker = parts.part("plain-worker", [sys.executable, *celery.split()])
        parts.wait_for_api()
        self._port = parts.port

    def submit(self, client: Client) -> str:
        """Post one job and return its id."""
        body, kind = multipart(doodle(NATIVE), {})
        status, _, answer = client.call("POST", "/jobs", body, Content_Type=kind)
        assert status == 202, answer
        return str(json.loads(answer)["id"])

    def done(self, client: Client, job_id: str) -> bool:
        """Tell whether a job has succeeded."""
        _, _, answer = client.call("GET", f"/jobs/{job_id}")
        return bool(json.loads(answer)["status"] == "SUCCESS")


class Ours:
    """Talk to our own service."""

    def __init__(self, parts: Rig) -> None:
        parts.start_api()
        self.worker = parts.start_worker()
        parts.wait_for_workers()

    def submit(self, client: Client) -> str:
        """Put one job and return its id."""
        status, _, answer = client.submit()
        assert status == 202, answer
        return str(answer["id"])

    def done(self, client: Client, job_id: str) -> bool:
        """Tell whether a job has succeeded."""
        return bool(client.job(job_id)["status"] == "succeeded")


Service = Plain | Ours


@contextmanager
def started(kind: Callable[[Rig], Service], item_s: float) -> Iterator[tuple[Service, Rig]]:
    """Start a service of a kind with a painter of `item_s` a picture, and paint one job."""
    with rig(
        DOODLESCAPE_PAINTER="bench.painters:sleeper", LEASE="5", BENCH_ITEM_S=str(item_s)
    ) as parts:
        service = kind(parts)
        client = Client(parts.port, NATIVE)
        job_id = service.submit(client)
        until(lambda: service.done(client, job_id), what="for the first job")
        client.close()
        yield service, parts


def compare(jobs: int = 1200) -> Rows:
    """Return the throughput of both, and what each loses when its worker is killed in mid-work.

    Beside the throughput stands the CPU time that a job took in each process: what is said of a
    machine that has other things to do, too.
    """
    rows: Rows = []
    for name, kind in (("plain", Plain), ("ours", Ours)):
        with started(kind, 0.0) as (service, parts):
            before = cpu_by_part(parts)
            rows.append((f"{name}: HTTP submit to stored picture", _rate(service, parts, jobs)))
            used = {part: used - before[part] for part, used in cpu_by_part(parts).items()}
            rows.append((f"{name}: CPU time of a job", _shares(used, jobs)))
        with started(kind, 0.02) as (service, parts):
            rows.append((f"{name}: after kill -9 of the worker", _losses(service, parts, 200)))
    return rows


def _submit_all(service: Service, port: int, jobs: int) -> dict[str, Client]:
    clients = [Client(port, NATIVE) for _ in range(THREADS)]
    owners: dict[str, Client] = {}

    def send(thread: int) -> None:
        for _ in range(jobs // THREADS):
            owners[service.submit(clients[thread])] = clients[thread]

    together(send, THREADS)
    return owners


def _rate(service: Service, parts: Rig, jobs: int) -> str:
    begun = time.perf_counter()
    owners = _submit_all(service, parts.port, jobs)
    last = [*owners][-THREADS * 4 :]
    until(lambda: all(service.done(owners[one], one) for one in last), what="for the last jobs")
    taken_s = time.perf_counter() - begun
    for client in set(owners.values()):
        client.close()
    return f"{jobs / taken_s:.0f} jobs/s"


def _shares(used: dict[str, float], jobs: int) -> str:
    shares = ", ".join(f"{part} {seconds * 1000 / jobs:.2f}" for part, seconds in used.items())
    return f"{sum(used.values()) * 1000 / jobs:.2f} ms: {shares}"


def _losses(service: Service, parts: Rig, jobs: int) -> str:
    killer = threading.Timer(1.0, _crash, [service.worker])
    killer.start()
    owners = _submit_all(service, parts.port, jobs)
    killer.join()
    begun, open_jobs = time.perf_counter(), set(owners)
    while open_jobs and time.perf_counter() - begun < QUIET_S:
        open_jobs -= {one for one in open_jobs if service.done(owners[one], one)}
        time.sleep(0.2)
    for client in set(owners.values()):
        client.close()
    return f"{len(open_jobs)} of {jobs} unfinished after {QUIET_S:.0f} quiet seconds"


def _crash(worker: Part) -> None:
    worker.kill(tree=True)
    worker.restart()
