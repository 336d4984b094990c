"""The users: each sends its jobs, and repeats what was not answered."""

import itertools
import time
import uuid
from threading import Lock

import numpy as np

from bench.chaos.oracle import Promise
from bench.chaos.report import Report
from bench.rig.client import Client, together
from spade.maps.labelmap import write_label_map
from spade.maps.labels import load_label_set

SIZE = (64, 64)
LABELS = (156, 154, 134, 168, 123)


def label_map_of(number: int) -> np.ndarray:
    """Return a label map that tells its job's number, in base 5 down the left edge."""
    label_map = np.full(SIZE, LABELS[0], dtype=np.uint8)
    for row in range(8):
        label_map[row * 8 : row * 8 + 8, :32] = LABELS[number // 5**row % 5]
    return label_map


class Crowd:
    """Be the users: each sends its jobs, and repeats what was not answered."""

    def __init__(self, port: int, users: int, jobs: int, report: Report) -> None:
        self.clients = [Client(port, SIZE) for _ in range(users)]
        self.promises: list[Promise] = []
        self._numbers = iter(range(jobs))
        self._report = report
        self._lock = Lock()

    def run(self, threads: int, pause_s: float) -> None:
        """Send everything; each user is served by one thread, so that it keeps its session."""
        users = range(len(self.clients))
        together(lambda thread: self._go(users[thread::threads], pause_s), threads)

    def _go(self, users: range, pause_s: float) -> None:
        for user in itertools.cycle(users):
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            self._send(user, number)
            time.sleep(pause_s)

    def _send(self, user: int, number: int) -> None:
        label_map = label_map_of(number)
        png = write_label_map(label_map, load_label_set("landscape"))
        job_id = str(uuid.uuid4())
        while True:
            try:
                status, _, answer = self.clients[user].submit(job_id, png)
            except OSError:
                status, answer = 0, {}
            if status == 202:
                break
            if status not in (0, 429, 503):
                self._report.faults.append(f"{job_id}: its submit was answered {status}: {answer}")
            self._report.repeats += 1
            time.sleep(0.2)
        with self._lock:
            self.promises.append(Promise(job_id, user, label_map))
