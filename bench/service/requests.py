"""Requests over HTTP: submits at a rate and as fast as they go, the wait for a worker, polls."""

import time

from bench.figures import Rows, ms, quantile
from bench.rig.client import Client, together
from bench.rig.part import until
from bench.rig.service import NATIVE, rig


def latency(rate: float = 50.0, seconds: float = 20.0) -> Rows:
    """Submit at a fixed rate from four connections, whatever the answers take (open loop)."""
    with rig() as parts:
        parts.start_api()
        parts.start_worker()
        parts.wait_for_workers()
        taken: list[float] = []
        start = time.perf_counter() + 0.2

        def send(first: int) -> None:
            client = Client(parts.port, NATIVE)
            client.submit()
            for number in range(first, int(rate * seconds), 4):
                due = start + number / rate
                time.sleep(max(0.0, due - time.perf_counter()))
                status, _, answer = client.submit()
                assert status == 202, answer
                taken.append(time.perf_counter() - due)
            client.close()

        together(send, 4)
    return [
        (f"submit at {rate:.0f}/s, p50 (from its due time)", ms(quantile(taken, 0.5))),
        ("p99", ms(quantile(taken, 0.99))),
        ("submits", str(len(taken))),
    ]


def claim(jobs: int = 200) -> Rows:
    """Submit one job at a time to an idle service; submit to claim by the server's clock."""
    with rig() as parts:
        parts.start_api()
        parts.start_worker()
        parts.wait_for_workers()
        client = Client(parts.port, NATIVE)
        waits, whole = [], []
        for _number in range(jobs):
            started = time.perf_counter()
            answer = client.submit()[2]
            while parts.ledger.get(answer["id"]).live:
                time.sleep(0.001)
            whole.append(time.perf_counter() - started)
            job = parts.ledger.get(answer["id"])
            waits.append((job.started_s or 0) - job.created_s)
            time.sleep(0.01)
        client.close()
    return [
        ("idle submit to claim, p50", ms(quantile(waits, 0.5))),
        ("p99", ms(quantile(waits, 0.99))),
        ("HTTP submit to stored picture, p50", ms(quantile(whole, 0.5))),
    ]


def throughput(jobs: int = 3000, threads: int = 4) -> Rows:
    """Submit as fast as the answers come (closed loop), and count until the last is stored."""
    with rig() as parts:
        parts.start_api()
        parts.start_worker()
        parts.wait_for_workers()
        started = time.perf_counter()

        def send(_thread: int) -> None:
            client = Client(parts.port, NATIVE)
            for _number in range(jobs // threads):
                status, _headers, answer = client.submit()
                assert status == 202, answer
            client.close()

        together(send, threads)
        submitted_s = time.perf_counter() - started
        until(lambda: parts.count("succeeded") >= jobs, what="for the last job")
        stored_s = time.perf_counter() - started
        claims = parts.count("claims")
    return [
        ("HTTP submits", f"{jobs / submitted_s:.0f}/s"),
        ("HTTP submit to stored picture", f"{jobs / stored_s:.0f} jobs/s"),
        ("pictures per batch (grows with the backlog)", f"{jobs / claims:.1f}"),
    ]


def polls(seconds: float = 8.0, threads: int = 4) -> Rows:
    """Poll one queued job with If-None-Match from several connections, one API process."""
    with rig() as parts:
        parts.start_api()
        client = Client(parts.port, NATIVE)
        _, _, answer = client.submit()
        path = f"/api/v1/jobs/{answer['id']}"
        _, headers, _ = client.call("GET", path)
        taken: list[float] = []

        def poll(_thread: int) -> None:
            one = client.another()
            until_s = time.perf_counter() + seconds
            while (now := time.perf_counter()) < until_s:
                status, _headers, _body = one.call("GET", path, If_None_Match=headers["etag"])
                assert status == 304, status
                taken.append(time.perf_counter() - now)
            one.close()

        together(poll, threads)
        client.close()
    return [
        ("status polls answered 304", f"{len(taken) / seconds:.0f}/s"),
        ("p99", ms(quantile(taken, 0.99))),
    ]
