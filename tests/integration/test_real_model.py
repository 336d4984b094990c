"""A real (tiny) SPADE model in a real worker: what it stores is what the library paints."""

import io
import zlib
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from jobs import Job, NewJob
from spade import load_painter
from spade.looks.build import put_bank
from spade.model.architecture import Architecture
from spade.recipes import read_recipe
from tests.integration.conftest import Stage
from tests.spade.test_looks import some_bank
from tests.spade.tiny import draw_map, landscape, save_tiny

SIZE = (64, 64)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny model with styles and seeds."""
    folder = tmp_path_factory.mktemp("checkpoints")
    save_tiny(folder / "tiny", Architecture(18, ngf=4, z_dim=6, use_vae=True, crop_size=64))
    put_bank(folder / "tiny", some_bank())
    return folder


def submit(stage: Stage, label_map: np.ndarray, seed: int, count: int = 1, **params: str) -> Job:
    """Queue a label map."""
    new = NewJob(
        id=str(uuid4()), user="ann", model="tiny", size=SIZE, seed=seed, count=count,
        params={"label_map": "map", "format": "png", **params},
    )  # fmt: skip
    stage.blobs.put(new.id, "map", zlib.compress(label_map.astype(np.uint8).tobytes()), 600)
    return stage.ledger.submit(new).job


def test_a_batch_paints_what_the_library_paints_alone(stage: Stage, checkpoints: Path) -> None:
    """Label map, seed and style alone make the picture, whoever shares the batch."""
    maps = [draw_map(landscape(), SIZE, "blobs", seed) for seed in range(3)]
    jobs = [submit(stage, maps[n], seed=n + 5) for n in range(2)]
    jobs.append(submit(stage, maps[2], seed=7, style="dawn"))
    broken = submit(stage, maps[0], seed=1, style="no-such-style")
    stage.worker(DOODLESCAPE_PAINTER="", CHECKPOINTS_DIR=str(checkpoints), DEVICE="cpu", LEASE="15")
    *done, failed = stage.finish([*jobs, broken], timeout_s=120)

    painter = load_painter(checkpoints / "tiny", device="cpu", engine="exact")
    for number, job in enumerate(done):
        style = "dawn" if number == 2 else None
        expected = painter.paint([maps[number]], seeds=[job.seed], style=[style])[0]
        data = stage.blobs.get(job.id, job.images[0].blob)
        with Image.open(io.BytesIO(data or b"")) as picture:
            difference = np.asarray(picture).astype(int) - expected
        assert np.abs(difference).max() <= 1
    assert failed.error
    assert failed.error["code"] == "refused-by-model"
    assert "no-such-style" in failed.error["message"]


def test_each_picture_tells_the_look_that_it_was_painted_with(
    stage: Stage, checkpoints: Path, tmp_path: Path
) -> None:
    """Chosen by a seed, asked for by id, or the i-th that fits: record and file tell which, and
    painting with it again gives the same picture.
    """
    label_map = draw_map(landscape(), SIZE, "blobs", 4)
    painter = load_painter(checkpoints / "tiny", device="cpu", engine="exact")
    chosen = painter.choose_looks([label_map] * 2, seeds=[3, 4])
    fitting = [look.id for look in painter.fitting_looks(label_map, 8)]
    narrowed = [look.id for look in painter.fitting_looks(label_map, 2, "dawn")]
    jobs = [
        submit(stage, label_map, seed=3, count=2),
        submit(stage, label_map, seed=3, look="0000000b", format="webp"),
        submit(stage, label_map, seed=3, count=8, look="fitting", format="jpeg"),
        submit(stage, label_map, seed=3, count=2, look="fitting", style="dawn"),
    ]
    unknown = submit(stage, label_map, seed=3, look="12345678")

    stage.worker(
        DOODLESCAPE_PAINTER="", CHECKPOINTS_DIR=str(checkpoints), DEVICE="cpu", BATCH_ITEMS="3"
    )
    *done, failed = stage.finish([*jobs, unknown], timeout_s=120)

    wanted = [chosen, ["0000000b"], fitting, narrowed]
    assert [[one.look for one in job.images] for job in done] == wanted
    assert len(set(fitting)) == 8
    file = tmp_path / "picture"
    for job in done:
        for picture in job.images:
            file.write_bytes(stage.blobs.get(job.id, picture.blob) or b"")
            assert read_recipe(file)["look"] == picture.look
    (picture, _), (seed, _) = done[3].images, done[3].seeds
    file.write_bytes(stage.blobs.get(done[3].id, picture.blob) or b"")
    again = painter.paint([label_map], seeds=[seed], look=[picture.look])[0]
    with Image.open(file) as painted:
        assert np.abs(np.asarray(painted).astype(int) - again).max() <= 1
    assert failed.error
    assert failed.error["code"] == "refused-by-model"
    assert "12345678" in failed.error["message"]
