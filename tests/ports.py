"""Free ports for tests, which several processes look for at the same time."""

import contextlib
import fcntl
import os
import random
import tempfile
from collections import deque
from pathlib import Path

from jobs.ports import check_port_is_free

#: Below those that the kernel gives to clients (from 32768), and with room 10,000 above each for
#: the second port of a cluster's nodes and of the S3 server.
FIRST, LAST = 10_000, 20_000
#: Each test process on this machine, of whatever run, draws from a row of its own: between finding
#: a port and listening on it, no other may find the same.
ROWS = 32
FOLDER = Path(tempfile.gettempdir())


def _take_row() -> int:
    """Return a row that no other process has, kept by a lock until this one ends."""
    for row in range(ROWS):
        with contextlib.suppress(PermissionError):  # another user's
            lock = os.open(FOLDER / f"doodlescape-test-ports-{row}.lock", os.O_CREAT | os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
            else:
                return row
    raise RuntimeError(f"more than {ROWS} test processes at once")


ROW = _take_row()
#: The ports given last, of a row's 312: who was given one may not listen on it yet.
_given: deque[int] = deque(maxlen=100)


def free_port() -> int:
    """Return a loopback port that, like the one 10,000 above it, nothing listens on now.

    It is none of the hundred that were returned before.
    """
    while True:
        port = random.SystemRandom().randrange(FIRST + ROW, LAST, ROWS)
        if port not in _given and _is_free(port) and _is_free(port + LAST - FIRST):
            _given.append(port)
            return port


def _is_free(port: int) -> bool:
    try:
        check_port_is_free("127.0.0.1", port)
    except OSError:
        return False
    return True
