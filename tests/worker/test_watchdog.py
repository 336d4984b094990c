"""The watchdog ends what hangs, and leaves alone what is merely slow or was stopped."""

from types import SimpleNamespace

import pytest

from worker.watchdog import Watchdog


@pytest.fixture
def runner() -> SimpleNamespace:
    """Return the few things that the watchdog looks at."""
    return SimpleNamespace(name="w", loops=1, painting_since=None, missed_ticks=0)


def watchdog(runner: SimpleNamespace) -> Watchdog:
    """Watch with a limit of 3 turns for polls and 5 for painting."""
    return Watchdog(runner, stuck_s=3, paint_limit_s=5)  # type: ignore[arg-type]


def test_a_turning_loop_is_left_alone(runner: SimpleNamespace) -> None:
    """As long as the loop turns there is no reason to end."""
    dog = watchdog(runner)
    for _ in range(10):
        runner.loops += 1
        assert dog.check() == ""


def test_a_hanging_loop_is_ended(runner: SimpleNamespace) -> None:
    """A loop that stands still while it should poll is ended after the limit."""
    dog = watchdog(runner)
    assert [bool(dog.check()) for _ in range(4)] == [False, False, False, True]


def test_painting_has_its_own_limit(runner: SimpleNamespace) -> None:
    """A long batch is not a hang, until it is longer than any batch may be."""
    runner.painting_since = 1.0
    dog = watchdog(runner)
    assert [bool(dog.check()) for _ in range(6)] == [False] * 5 + [True]


def test_ticks_that_do_not_arrive_are_noticed(runner: SimpleNamespace) -> None:
    """Ticks that were sent but never heard mean that the consumer has stopped silently."""
    runner.missed_ticks = 3
    sent: list[str] = []
    dog = Watchdog(runner, stuck_s=99, paint_limit_s=99, send_tick=sent.append)  # type: ignore[arg-type]
    reasons = [dog.check() for _ in range(6)]
    assert sent == ["w"], "it sends itself one test tick"
    assert "none is heard" in reasons[-1]
    assert not any(reasons[:-1])


def test_an_unreachable_broker_is_no_reason_to_end(runner: SimpleNamespace) -> None:
    """When not even the test tick can be sent, restarting would not help."""

    def fail(_worker: str) -> None:
        raise ConnectionError

    runner.missed_ticks = 3
    dog = Watchdog(runner, stuck_s=99, paint_limit_s=99, send_tick=fail)  # type: ignore[arg-type]
    assert not any(dog.check() for _ in range(20))
