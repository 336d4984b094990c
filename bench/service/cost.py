"""What a request and a job cost in CPU time: figures that can be carried to other machines.

A fixed number is asked for and the processes' own clocks are read, so a machine that is busy with
other things changes little.
"""

from collections.abc import Callable

from bench.figures import Rows
from bench.rig.client import Client, together
from bench.rig.part import until
from bench.rig.service import NATIVE, Rig, rig
from bench.rig.usage import Usage, read_usage

THREADS = 4
#: Not counted: what a process does once.
WARM = 200
#: Polls for each submit, as the people of bench/load make them.
POLLS_A_SUBMIT = 3


def cost(requests: int = 4000) -> Rows:
    """Count the CPU time of the API, of Redis and of the worker, by request and by job."""
    rows: Rows = []
    with rig() as parts:
        parts.start_api()
        first = Client(parts.port, NATIVE)
        path = f"/api/v1/jobs/{first.submit()[2]['id']}"
        etag = first.call("GET", path)[1]["etag"]

        def poll(client: Client) -> None:
            status, _headers, _body = client.call("GET", path, If_None_Match=etag)
            assert status == 304, status

        def submit(client: Client) -> None:
            status, _headers, answer = client.submit()
            assert status == 202, answer

        def mix(client: Client) -> None:
            submit(client)
            for _ in range(POLLS_A_SUBMIT):
                poll(client)

        each = requests // (1 + POLLS_A_SUBMIT)
        for name, act, times, made in (
            ("a poll answered 304", poll, requests, 1),
            ("a submit", submit, requests // 2, 1),
            ("a request of the mix, 3 polls a submit", mix, each, 1 + POLLS_A_SUBMIT),
        ):
            used = _used(parts, first, act, times)
            rows.append((f"{name}: API", _ms(used.api_s, times * made)))
            rows.append((f"{name}: Redis", _ms(used.redis_s, times * made)))
        first.close()
        rows += _drained(parts)
    return rows


def _used(parts: Rig, user: Client, act: Callable[[Client], None], times: int) -> Usage:
    """Return what it costs to act so often, from several connections of one user."""

    def run(count: int) -> None:
        client = user.another()
        for _ in range(count):
            act(client)
        client.close()

    together(lambda _thread: run(WARM // THREADS), THREADS)
    before = read_usage(parts)
    together(lambda _thread: run(times // THREADS), THREADS)
    return read_usage(parts).since(before)


def _drained(parts: Rig) -> Rows:
    """Let one worker paint all that is queued, with a painter that costs nothing."""
    parts.start_worker()
    until(lambda: parts.count("succeeded") >= WARM, what="for the first jobs")
    before, done = read_usage(parts), parts.count("succeeded")
    wanted = parts.count("submitted")
    until(lambda: parts.count("succeeded") >= wanted, what="for the last job")
    used, jobs = read_usage(parts).since(before), wanted - done
    return [
        ("a job without painting: worker", _ms(used.workers_s, jobs)),
        ("a job without painting: Redis", _ms(used.redis_s, jobs)),
    ]


def _ms(seconds: float, times: int) -> str:
    return f"{seconds * 1000 / times:.2f} ms"
