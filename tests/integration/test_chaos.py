"""The chaos run in small: what the big one in docs/service-bench.md does for longer."""

import pytest

from bench.chaos.run import parse, run

pytestmark = pytest.mark.slow


def test_nothing_is_lost_or_doubled_under_fire() -> None:
    """Killed workers, API and server: each accepted job ends once, whole, with its owner."""
    words = "--jobs 100 --users 10 --workers 2 --kill-every 2 --seed 2 --lease 2"
    report = run(parse(words.split()))
    assert report.faults == []
    assert report.accepted == 100
    assert report.killed


@pytest.mark.parametrize(
    ("bug", "complaint"),
    [("swap", "somebody else's picture"), ("lose", "ended as running")],
)
def test_the_oracle_notices_a_planted_bug(bug: str, complaint: str) -> None:
    """A worker that swaps or loses results does not get past the oracle."""
    words = f"--jobs 16 --users 4 --kill-every 60 --workers 1 --pause 0 --patience 2 --plant {bug}"
    report = run(parse(words.split()))
    assert any(complaint in fault for fault in report.faults)
