"""Paint like people over HTTP, with locust: one user is one session on its own connection.

    python -m bench.load --url http://127.0.0.1:8000 --users 50 --seconds 20

Prints a line when it begins to count, one when it stops, then a JSON object. A process of its own,
because locust replaces the blocking parts of Python.
Users do what the page does: PUT with an own id, live jobs in a slot, polls every half second while
others are in front and long polls then, pictures fetched once. Nothing is asked for again that
failed: errors are counted.
"""

import argparse
import json
import random
import time
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, ClassVar

import gevent
from locust import FastHttpUser, constant, task
from locust.env import Environment

from bench.figures import SHARES, quantile
from bench.load.people import Habits, Wish, wishes
from bench.load.scenes import scenes
from bench.load.timing import LONG_POLL_S, MIN_POLL_S, QUEUE_POLL_S
from bench.rig.client import multipart

SEEN = ("succeeded", "cancelled", "failed", "expired")


@dataclass
class Record:
    """Hold what the users saw while it was `open`, times in seconds."""

    open: bool = False
    taken_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    jobs: dict[str, tuple[str, bool]] = field(default_factory=dict)  # id -> user, live
    ends: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def note(self, name: str, seconds: float) -> None:
        """Note how long a request took."""
        if self.open:
            self.taken_s[name].append(seconds)

    def sent(self, job_id: str, user: str, live: bool) -> None:
        """Note an accepted job, so that its wait can be read from the ledger afterwards."""
        if self.open:
            self.jobs[job_id] = (user, live)

    def summary(self, seconds: float) -> dict[str, Any]:
        """Return counts, quantiles in seconds, and who sent which job."""
        return {
            "seconds": seconds,
            "counts": {name: len(each) for name, each in self.taken_s.items()},
            "quantiles_s": {
                name: [quantile(each, share) for share in SHARES]
                for name, each in self.taken_s.items()
            },
            "ends": dict(self.ends),
            "errors": dict(self.errors),
            "jobs": self.jobs,
        }


class Person(FastHttpUser):
    """Paint in the browser."""

    wait_time = constant(0)
    record: ClassVar[Record] = Record()
    habits: ClassVar[Habits] = Habits()
    born: ClassVar[int] = 0

    def on_start(self) -> None:
        """Open the page."""
        Person.born += 1
        self.name = str(Person.born)
        self.rng = random.Random(Person.born)
        self.scenes = scenes()
        self._ask("GET", "/", "page")
        self._ask("GET", "/api/v1/models", "models")

    @task
    def paint(self) -> None:
        """Paint until the load ends."""
        due_s = time.monotonic()
        plan = wishes(self.rng, self.habits)
        wish = next(plan)
        while True:
            due_s = max(due_s + wish.after_s, time.monotonic())
            gevent.sleep(max(0.0, due_s - time.monotonic()))
            following = next(plan)
            until_s = due_s + following.after_s if wish.live else float("inf")
            self._wish(wish, until_s)
            if not wish.live:
                due_s = time.monotonic()
            wish = following

    def _wish(self, wish: Wish, until_s: float) -> None:
        """Send a wish and follow its job, until the next stroke calls."""
        job_id = str(uuid.uuid4())
        fields = {"seed": str(self.rng.randrange(2**31)), "count": str(wish.count)}
        body, kind = multipart(
            self.rng.choice(self.scenes), fields | ({"slot": "live"} if wish.live else {})
        )
        sent = self._ask(
            "PUT", f"/api/v1/jobs/{job_id}", "submit", data=body, headers={"Content-Type": kind}
        )
        if sent.status_code != 202:
            return
        self.record.sent(job_id, self.name, wish.live)
        job = self._follow(job_id, until_s)
        if self.record.open:
            self.record.ends[job["status"]] += 1
        if job["status"] == "succeeded":
            gevent.joinall(
                [gevent.spawn(self._ask, "GET", image["url"], "picture") for image in job["images"]]
            )

    def _follow(self, job_id: str, until_s: float) -> dict[str, Any]:
        path, etag, wait_s = f"/api/v1/jobs/{job_id}", "", 0.0
        job: dict[str, Any] = {"status": "queued", "position": 2}
        while True:
            headers = {"If-None-Match": etag} if etag else {}
            name = "long poll" if wait_s else "poll"
            answer = self._ask(
                "GET", f"{path}?wait={wait_s:.2f}" if wait_s else path, name, headers=headers
            )
            if answer.status_code == 200:
                job, etag = json.loads(answer.content), answer.headers["ETag"]
            if job["status"] in SEEN:
                return job
            left_s = until_s - time.monotonic()
            if left_s <= MIN_POLL_S:
                return {"status": "left"}
            in_line = job["status"] == "queued" and (job["position"] or 2) > 1
            gevent.sleep(min(left_s, QUEUE_POLL_S if in_line else MIN_POLL_S))
            wait_s = 0.0 if in_line else min(LONG_POLL_S, max(0.0, until_s - time.monotonic()))

    def _ask(self, method: str, path: str, name: str, **more: Any) -> Any:
        began = time.monotonic()
        answer = self.client.request(method, path, name=name, **more)
        self.record.note(name, time.monotonic() - began)
        if answer.status_code not in (200, 202, 304):
            self.record.errors[f"{name} {answer.status_code}"] += 1
        return answer


def load(url: str, users: int, warm_s: float, seconds: float) -> dict[str, Any]:
    """Let `users` people come in, and return what they saw in the `seconds` after `warm_s`."""
    environment = Environment(user_classes=[Person], host=url)
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=max(10.0, users / (warm_s / 2)))
    gevent.sleep(warm_s)
    Person.record.open = True
    print("counting", flush=True)
    began = time.monotonic()
    cpu_s = time.process_time()
    gevent.sleep(seconds)
    Person.record.open = False
    found = Person.record.summary(time.monotonic() - began)
    print("done", flush=True)
    found["generator_cores"] = (time.process_time() - cpu_s) / found["seconds"]
    runner.quit()
    return found


def main() -> None:
    """Run the load and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--url", required=True, help="of a running service")
    parser.add_argument("--users", type=int, required=True, help="people who paint")
    parser.add_argument("--warm", type=float, default=10.0, help="seconds before it counts")
    parser.add_argument("--seconds", type=float, default=20.0, help="seconds that count")
    asked = parser.parse_args()
    print(json.dumps(load(asked.url, asked.users, asked.warm, asked.seconds)))


if __name__ == "__main__":
    main()
