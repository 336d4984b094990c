"""The folder in which the API processes of one run add up their counters; it goes with the run."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "doodlescape-metrics-"


@contextmanager
def metrics_folder() -> Iterator[str]:
    """Give a folder named after this process, for the block; drop those of who was killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        process = left.name.removeprefix(PREFIX).partition("-")[0]
        if process.isdigit() and not _is_another(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        yield folder


def _is_another(process: int) -> bool:
    """Tell whether another process of this number lives; ours has made no folder yet."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
