"""Free ports for tests, which several processes look for at the same time."""

import os
import random
import socket

#: Below those that the kernel gives to clients (from 32768), and with room 10,000 above each for
#: the second port of a cluster's nodes and of the S3 server.
FIRST, LAST = 10_000, 20_000
#: Each test process (pytest-xdist names them gw0, gw1, ...) draws from a row of its own: between
#: finding a port and listening on it, no other may find the same.
ROWS = 8
ROW = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % ROWS


def free_port() -> int:
    """Return a loopback port that, like the one 10,000 above it, nothing listens on now."""
    while True:
        port = random.SystemRandom().randrange(FIRST + ROW, LAST, ROWS)
        if _is_free(port) and _is_free(port + LAST - FIRST):
            return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
