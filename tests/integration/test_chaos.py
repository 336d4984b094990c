"""The chaos run in small: what the big one in docs/service-bench.md does for longer."""

import pytest

from bench.chaos.run import parse, run

pytestmark = pytest.mark.slow
RUNS = 4


def test_nothing_is_lost_or_doubled_under_fire() -> None:
    """Killed workers, API and server: each accepted job ends once, whole, with its owner."""
    words = "--jobs 100 --users 10 --workers 2 --kill-every 2 --seed 2 --lease 2"
    report = run(parse(words.split()))
    assert report.faults == []
    assert report.accepted == 100
    assert report.killed


@pytest.mark.parametrize(
    ("what", "blobs"),
    [
        ("spoil-blob", "folder"),
        ("lose-disk", "folder"),
        ("freeze-server", "folder"),
        ("spoil-blob", "redis"),
        ("freeze-server", "redis"),
    ],
)
def test_what_fails_outside_of_us_is_no_fault(what: str, blobs: str) -> None:
    """An unreadable blob, a disk that is gone, a frozen server: nothing is lost."""
    words = f"--jobs 40 --users 8 --workers 1 --kill-every 1 --pause 0.5 --blobs {blobs}"
    words += f" --breaks {what}"
    report = run(parse(words.split()))
    assert report.faults == []
    assert report.killed[what]


@pytest.mark.parametrize(
    ("bug", "how", "complaint"),
    [
        ("swap", "--jobs 16 --kill-every 60 --pause 0", "somebody else's picture"),
        ("lose", "--jobs 16 --kill-every 60 --pause 0", "ended as running"),
        ("brittle", "--jobs 40 --kill-every 1 --breaks spoil-blob", "ended by itself"),
        ("impatient", "--jobs 40 --kill-every 1 --breaks lose-disk", "ended by itself"),
        ("hasty", "--jobs 60 --kill-every 1 --breaks freeze-server", "input-lost"),
    ],
)
def test_the_oracle_notices_a_planted_bug(bug: str, how: str, complaint: str) -> None:
    """Results swapped or lost, inputs dropped, workers that end: none gets past the oracle."""
    words = f"--users 8 --workers 1 --pause 0.2 --patience 2 --plant {bug} {how}"
    # What is broken must meet the bug at its work, which a busy machine may bring about later.
    assert any(
        complaint in fault for _ in range(RUNS) for fault in run(parse(words.split())).faults
    )
