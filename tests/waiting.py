"""Wait for a condition instead of sleeping."""

import time
from collections.abc import Callable


def until(
    condition: Callable[[], object],
    what: str = "it",
    timeout_s: float = 300.0,
    *,
    passing: type[Exception] | tuple[type[Exception], ...] = (),
) -> None:
    """Wait until `condition()` is true, and fail when it is not in time.

    `what` says what is waited for; an error of a kind `passing` counts as false.
    """
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            if condition():
                return
        except passing:
            pass
        assert time.monotonic() < deadline_s, f"waited {timeout_s:.0f} s in vain for {what}"
        time.sleep(0.02)
