"""What may go wrong with a card, in real workers: the CUDA engine on a CPU, with planted faults."""

from pathlib import Path

import pytest

from spade.model.architecture import Architecture
from tests.integration.conftest import Stage
from tests.spade.tiny import save_tiny

pytestmark = pytest.mark.slow
SKY, NATIVE = 156, (64, 64)
ROOM = NATIVE[0] * NATIVE[1]


@pytest.fixture
def card(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a worker whose card has room for one picture of native size."""
    save_tiny(tmp_path / "models" / "tiny", Architecture(18, ngf=4, crop_size=NATIVE[0]))
    return {
        "DOODLESCAPE_PAINTER": "tests.painters:card",
        "CHECKPOINTS_DIR": str(tmp_path / "models"),
        "CARD_ROOM": str(ROOM),
        "BATCH_ITEMS": "8",
    }


def test_a_full_card_halves_batches_down_to_one(stage: Stage, card: dict[str, str]) -> None:
    """All that fits alone is painted, what does not fails with its size, and the worker lives."""
    jobs = [stage.submit(f"u{n}", SKY, NATIVE) for n in range(8)]
    small = [stage.submit(f"s{n}", SKY) for n in range(8)]
    large = stage.submit("big", SKY, (96, 64))
    worker = stage.worker(**card, LEASE="10")  # first attempts are counted, also on a busy machine

    done = stage.finish([*jobs, *small])
    (failed,) = stage.finish([large])

    assert {(job.status, job.attempt) for job in done} == {("succeeded", 1)}
    assert failed.error
    assert (failed.status, failed.error["code"]) == ("failed", "out-of-memory")
    assert "64x96 pixels do not fit" in failed.error["message"]
    assert worker.process.poll() is None
    assert worker.log.read_text().count("smaller batches from now on") >= 3


def test_a_card_that_answers_no_more_ends_its_worker(
    stage: Stage, card: dict[str, str], tmp_path: Path
) -> None:
    """The engine finds the card lost, the worker ends with 75, a fresh one paints its jobs."""
    jobs = [stage.submit(f"u{n}", SKY) for n in range(3)]
    lost = {"CARD_LOST": str(tmp_path / "lost"), "LEASE": "0.6"}
    worker = stage.spawn("w1", **card, **lost)

    assert worker.process.wait(120) == 75
    assert "answers no more" in worker.log.read_text()
    worker.restart()

    assert {job.status for job in stage.finish(jobs)} == {"succeeded"}
