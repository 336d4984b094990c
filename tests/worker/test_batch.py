"""Painting one batch: bad items fail alone, a full memory halves, inputs are read with care."""

import io
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jobs import Job
from spade.errors import DeviceLostError
from tests.painters import FaultyPainter, ShortPainter, refusing
from worker.batch import BatchLimit, BatchPainter
from worker.inputs import DoodleItem, Failure, Item, Painting, PhotoItem, Result, read_items
from worker.painters import Pixels

SIZE = (8, 8)


def job(number: int = 0, **changes: Any) -> Job:
    """Return a running job."""
    record = {
        "user": "ann", "model": "tiny", "status": "running", "version": "2", "attempt": "1",
        "size": "8x8", "count": "1", "seed": str(number), "created": "1", "fence": "1",
        "params": '{"label_map": "label-map"}',
    }  # fmt: skip
    return Job.from_record(f"job-{number}", record | changes)


def item(number: int, label: int = 1, size: tuple[int, int] = SIZE) -> DoodleItem:
    """Return one item whose label map is all `label`."""
    sized = job(number, size=f"{size[0]}x{size[1]}")
    return DoodleItem(sized, np.full(size, label, dtype=np.uint8), number, None, "drawn")


def greys(results: Sequence[Result]) -> list[int | str]:
    """Show pictures as their grey level and failures as their code."""
    return [
        result.code if isinstance(result, Failure) else int(pixels(result)[0, 0, 0])
        for result in results
    ]


def pixels(result: Result) -> Pixels:
    """Return the picture of an item that was painted."""
    assert isinstance(result, Painting)
    return result.pixels


def test_one_bad_item_of_eight_fails_alone() -> None:
    """The other seven are painted, in their places."""
    items = [item(n, 66 if n == 3 else n) for n in range(8)]
    assert greys(BatchPainter(FaultyPainter(), BatchLimit(8)).paint(items)) == [
        0,
        1,
        2,
        "paint-failed",
        4,
        5,
        6,
        7,
    ]


def test_out_of_memory_halves_and_goes_on() -> None:
    """A batch that does not fit is painted in halves, and later batches start small."""
    faulty = FaultyPainter(room=3)
    limit = BatchLimit(8)
    painter = BatchPainter(faulty, limit)
    assert greys(painter.paint([item(n, n) for n in range(8)])) == list(range(8))
    assert (faulty.calls, limit.pictures) == ([8, 4, 2, 2, 2, 2], 2)
    painter.paint([item(n) for n in range(4)])
    assert faulty.calls[6:] == [2, 2]


def test_a_full_memory_makes_batches_of_large_pictures_small_not_all() -> None:
    """What ran out of memory is a number of pixels: small pictures still come eight at a time."""
    faulty = FaultyPainter(room=3)
    limit = BatchLimit(8)
    painter = BatchPainter(faulty, limit)
    painter.paint([item(n, size=(32, 32)) for n in range(4)])
    assert (faulty.calls, limit.pictures) == ([4, 2, 2], 2)
    faulty.room = 100
    painter.paint([item(n) for n in range(8)])
    assert faulty.calls[3:] == [8]


def test_one_item_that_never_fits_says_so() -> None:
    """A single picture above the memory fails with its own code."""
    (result,) = BatchPainter(FaultyPainter(room=0), BatchLimit(8)).paint([item(0)])
    assert isinstance(result, Failure)
    assert result.code == "out-of-memory"
    assert "8x8" in result.message


def test_a_lost_device_ends_the_batch() -> None:
    """Nothing is failed for it: the error reaches the loop, which ends the worker."""

    painter = refusing(DeviceLostError("cuda:0 answers no more"))
    for count in (1, 3):
        with pytest.raises(DeviceLostError):
            BatchPainter(painter, BatchLimit(8)).paint([item(n) for n in range(count)])


def test_a_painter_that_returns_too_little_is_not_believed() -> None:
    """A result of the wrong shape fails the jobs instead of mixing them up."""
    assert (
        greys(BatchPainter(ShortPainter(), BatchLimit(8)).paint([item(0), item(1)]))
        == ["paint-failed"] * 2
    )


def test_a_refusal_of_the_model_reaches_the_owner() -> None:
    """ValueErrors of the model carry text for the user."""
    why = "size 8x8 is not a multiple of 32; resize the label map"
    (result,) = BatchPainter(refusing(ValueError(why)), BatchLimit(8)).paint([item(0)])
    assert result == Failure("refused-by-model", why)


class Blobs:
    """Hold blobs in a dict."""

    def __init__(self, **blobs: bytes) -> None:
        self.blobs = blobs

    def get(self, job_id: str, name: str) -> bytes | None:
        """Return a blob."""
        del job_id
        return self.blobs.get(name.replace("-", "_"))


def test_items_are_read_with_label_map_seeds_and_style() -> None:
    """Each variation gets its seed; a style picture becomes RGB pixels; borders are as drawn."""
    style = io.BytesIO()
    Image.new("L", (5, 4), 7).save(style, "PNG")
    blobs = Blobs(label_map=zlib.compress(bytes(range(64))), style_9=style.getvalue())
    asked = job(4, count="3", params='{"label_map": "label-map", "style_image": "style-9"}')
    items = read_items(asked, blobs)  # type: ignore[arg-type]
    assert not isinstance(items, Failure)
    found = [one for one in items if isinstance(one, DoodleItem)]
    assert [one.seed for one in found] == [4, 5, 6]
    assert found[0].label_map.tolist() == np.arange(64).reshape(8, 8).tolist()
    assert found[0].style.shape == (4, 5, 3)
    assert found[0].borders == "drawn"


def photo_job(number: int, level: int, size: str = "8x8") -> tuple[Job, bytes]:
    """Return a job to trace a flat photo, and the photo's file."""
    file = io.BytesIO()
    Image.new("RGB", SIZE, (level, 0, 0)).save(file, "PNG")
    return job(number, params='{"kind": "trace", "photo": "photo-1"}', size=size), file.getvalue()


def test_photos_are_traced_and_a_bad_one_fails_alone() -> None:
    """A photo is one item; each gets its label map, and the one that cannot be traced a reason."""
    items: list[Item] = []
    for number, level in enumerate([5, 66, 7]):
        asked, file = photo_job(number, level)
        found = read_items(asked, Blobs(photo_1=file))  # type: ignore[arg-type]
        assert not isinstance(found, Failure)
        items += found

    first, second, third = BatchPainter(FaultyPainter(), BatchLimit(8)).paint(items)

    assert second == Failure("trace-failed", "The model could not trace this photo.")
    for result, level in ((first, 5), (third, 7)):
        assert isinstance(result, np.ndarray)
        assert result.tolist() == np.full(SIZE, level).tolist()


def test_a_label_map_of_another_size_is_not_believed() -> None:
    """A tracing whose shape is not the job's fails."""
    asked, _ = photo_job(0, 5, size="16x8")
    (result,) = BatchPainter(FaultyPainter(), BatchLimit(8)).paint(
        [PhotoItem(asked, np.zeros((8, 8, 3), np.uint8))]
    )
    assert isinstance(result, Failure)
    assert result.code == "trace-failed"


def test_a_lost_photo_is_told() -> None:
    """A photo that is no longer stored, or no picture, fails with a reason."""
    asked, _ = photo_job(0, 5)
    for blob, code in ((None, "input-lost"), (b"no picture", "input-broken")):
        result = read_items(asked, Blobs(**({"photo_1": blob} if blob else {})))  # type: ignore[arg-type]
        assert isinstance(result, Failure)
        assert result.code == code


@pytest.mark.parametrize(
    ("blob", "code"),
    [
        (None, "input-lost"),
        (b"not zlib", "input-broken"),
        (zlib.compress(b"\0" * 63), "input-broken"),
        (zlib.compress(b"\0" * 10_000_000), "input-broken"),
    ],
)
def test_unusable_input_is_a_failure_not_a_crash(blob: bytes | None, code: str) -> None:
    """Missing, damaged, short and bombing label maps fail the job with a code."""
    blobs = Blobs(**({"label_map": blob} if blob is not None else {}))
    found = read_items(job(), blobs)  # type: ignore[arg-type]
    assert isinstance(found, Failure)
    assert found.code == code
