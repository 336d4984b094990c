"""Photos through real workers: a real model traces them, and no death of a worker loses one."""

import io
import zlib
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from jobs import Job, NewJob
from spade import load_painter
from spade.model.architecture import Architecture
from tests.integration.conftest import Stage
from tests.spade.tiny import add_segmenter, landscape, save_tiny
from tests.waiting import until

SIZE = (64, 96)


def photo(seed: int) -> np.ndarray:
    """Return a picture of soft colours of SIZE."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize(SIZE[::-1], Image.Resampling.BICUBIC))


def submit(stage: Stage, pixels: np.ndarray, user: str = "ann") -> Job:
    """Queue a photo as the API does."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    params = {"kind": "trace", "photo": "photo", "style": None, "format": "png"}
    new = NewJob(
        id=str(uuid4()), user=user, model="tiny", size=SIZE, batch_key="trace", params=params
    )  # fmt: skip
    stage.blobs.put(new.id, "photo", file.getvalue(), 600)
    return stage.ledger.submit(new).job


def traced(stage: Stage, job: Job) -> np.ndarray:
    """Read the label map of a job that has succeeded."""
    packed = stage.blobs.get(job.id, job.images[0].blob)
    return np.frombuffer(zlib.decompress(packed or b""), np.uint8).reshape(job.size)


def test_a_worker_traces_what_the_library_traces(stage: Stage, tmp_path: Path) -> None:
    """Paintings and photos in one queue each get what the library makes of them alone."""
    folder = save_tiny(
        tmp_path / "models" / "tiny",
        Architecture(18, ngf=4, z_dim=6, use_vae=True, crop_size=64),
    )
    add_segmenter(folder)
    photos = [photo(seed) for seed in range(3)]
    jobs = [submit(stage, pixels) for pixels in photos]
    painting = stage.submit("bob", label=156, size=(64, 64))
    labels = zlib.compress(bytes([156]) * 64 * 64)
    stage.blobs.put(painting.id, "label-map", labels, 600)
    stage.worker(
        DOODLESCAPE_PAINTER="", CHECKPOINTS_DIR=str(folder.parent), DEVICE="cpu", LEASE="15"
    )

    *done, painted = stage.finish([*jobs, painting])

    painter = load_painter(folder)
    for pixels, job in zip(photos, done, strict=True):
        assert job.status == "succeeded", job.error
        label_map = traced(stage, job)
        assert (label_map == painter.trace(pixels, SIZE)).mean() > 0.999
        assert set(np.unique(label_map)) <= set(landscape().ids)
    assert painted.status == "succeeded"
    assert painted.images[0].media_type == "image/png"


@pytest.mark.slow
def test_a_killed_worker_loses_no_photo(stage: Stage) -> None:
    """kill -9 in the middle of a batch of photos: another worker traces them, each once."""
    slow = {"DOODLESCAPE_PAINTER": "bench.painters:sleeper", "BENCH_ITEM_S": "0.4"}
    doomed = stage.worker("doomed", **slow)
    photos = [np.full((*SIZE, 3), 10 + number, np.uint8) for number in range(6)]
    jobs = [submit(stage, pixels, f"user-{n}") for n, pixels in enumerate(photos)]
    until(lambda: any(stage.status(job) == "running" for job in jobs))

    doomed.kill()
    stage.worker("heir", **slow)
    done = stage.finish(jobs)

    assert [job.status for job in done] == ["succeeded"] * len(jobs)
    assert {job.attempt for job in done} <= {1, 2}
    assert max(job.attempt for job in done) == 2
    for number, job in enumerate(done):
        assert (traced(stage, job) == 10 + number).all()
