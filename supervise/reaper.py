"""A small process that outlives the supervisor by a moment and ends what it left behind.

It reads lines from standard input: "+PID" for a part that started, "-PID" for one that is gone.
Standard input ends when the supervisor does, however it died (kill -9 included), on every platform.
Then each part is asked to stop, and after GRACE_S its whole process group is killed.
"""

import os
import signal
import sys
import time
from contextlib import suppress

GRACE_S = 25.0


def main() -> None:
    """Follow the supervisor's list until it ends; then end what is still on it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    alive: set[int] = set()
    for line in sys.stdin:
        (alive.add if line[0] == "+" else alive.discard)(int(line[1:]))
    end_all(alive)


def end_all(pids: set[int]) -> None:
    """Send SIGTERM to each process, and SIGKILL to the groups that remain after GRACE_S."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline_s = time.monotonic() + GRACE_S
    while any(map(group_lives, pids)) and time.monotonic() < deadline_s:
        time.sleep(0.1)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def group_lives(pid: int) -> bool:
    """Tell whether any process of the group that `pid` leads is left."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
