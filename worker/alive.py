"""Health check of a worker: `python -m worker.alive` ends with 0 while one of this machine's lives.

Celery's own ping only proves that the consumer hears; a heartbeat, that the worker takes work.
WORKER_NAME, else the host's name, says whose.
"""

import argparse
import re
import socket
import sys

from redis import RedisError

from jobs.server.connection import connect
from jobs.setting_errors import settings_or_exit
from jobs.workers.register import Register


def main() -> int:
    """Print which workers live here; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m worker.alive", description=__doc__)
    parser.add_argument(
        "--patient",
        action="store_true",
        help="end with 0 while Redis is away: that says nothing about the worker, which waits",
    )
    patient = parser.parse_args().patient
    settings = settings_or_exit()
    # Names are HOST-PID, ./start's HOST-PORT, and each with -N where a machine has N devices.
    own = re.escape(settings.worker_name) or rf"{re.escape(socket.gethostname())}-\d+"
    try:
        living = Register(connect(settings), settings).living()
    except RedisError as error:
        print(f"Redis does not answer ({error}); check REDIS_URL.", file=sys.stderr)
        return 0 if patient else 1
    here = [worker for worker in living if re.fullmatch(rf"{own}(-\d+)?", worker.name)]
    for worker in here:
        print(worker.name, worker.state, *worker.models)
    return 0 if here else 1


if __name__ == "__main__":
    sys.exit(main())
