"""The CUDA engine, run on the CPU: every part of it but CUDA itself."""

import gc
import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import TypeVar

import numpy as np
import pytest
import torch

from spade.engine.batch import Batch
from spade.engine.benchmark import draw_labels
from spade.engine.cpu.region import RegionEngine
from spade.engine.cuda import engine as cuda
from spade.engine.cuda.engine import COUNTS, CudaEngine
from spade.engine.cuda.graphs import Recent
from spade.engine.cuda.session import Session, rooms_at
from spade.engine.plain import PlainEngine
from spade.engine.precision import LOOSE_SUMS, full_precision
from spade.errors import DeviceLostError
from spade.maps.instances import instance_edges
from spade.maps.labels import load_label_set
from spade.model.checkpoint import build_generator, load_checkpoint
from spade.model.generator import Generator
from spade.painter import load_painter
from tests.spade.recording import OperationRecorder
from tests.spade.test_parity import ARCHITECTURES, generator_of
from tests.spade.tiny import LABEL_SETS, draw_map, save_tiny

T = TypeVar("T")
CPU = torch.device("cpu")
NAMES = ["plain", "odd width", "edges", "noise", "noise without z", "most vae", "cityscapes"]


def batch_of(name: str, kinds: list[str], seed: int = 0) -> Batch:
    """Draw a batch for one of the architectures."""
    architecture = ARCHITECTURES[name]
    labels = load_label_set(LABEL_SETS[architecture.label_channels])
    size = architecture.native_size
    maps = np.stack([draw_map(labels, size, kind, seed + n) for n, kind in enumerate(kinds)])
    edges = torch.from_numpy(instance_edges(maps)) if architecture.instance_edges else None
    z = torch.randn(len(maps), architecture.z_dim, generator=torch.Generator().manual_seed(seed))
    return Batch(
        torch.from_numpy(labels.channel_of_id[maps].astype(np.uint8)),
        edges,
        z if architecture.use_vae else None,
        tuple(range(seed, seed + len(maps))) if architecture.noise else None,
    )


def largest(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


@pytest.mark.parametrize("name", NAMES)
def test_float32_is_the_dense_network(name: str) -> None:
    """With tables, without them and mixed, float32 is within 1e-4 of the network as published."""
    engine = CudaEngine(generator_of(name), CPU, torch.float32)
    dense = PlainEngine(generator_of(name), dense=True)
    for kinds in (["blobs", "islands", "stripes"], ["noise"], ["blobs", "noise"]):
        batch = batch_of(name, kinds)
        assert largest(engine.generate(batch), dense.generate(batch)) <= 1e-4, kinds


def test_recorded_work_paints_what_was_not_there_when_it_was_recorded() -> None:
    """Replays follow new labels, styles, noise and table sizes, and wait for no value."""
    recorder = OperationRecorder()
    recorded = CudaEngine(generator_of("noise"), CPU, torch.float32, recorder)
    plain = CudaEngine(generator_of("noise"), CPU, torch.float32)
    few, many = ["blobs", "flat"], ["noise", "blobs"]

    for seed, kinds in enumerate([few, few, few, many, few, many, many]):
        batch = batch_of("noise", kinds, seed)
        assert largest(recorded.generate(batch), plain.generate(batch)) == 0, seed

    assert recorder.recorded == 3, "one of the labels' index and one of each table size"


def test_what_is_asked_for_once_is_not_recorded() -> None:
    """A first picture waits for no recording."""
    recorder = OperationRecorder()
    engine = CudaEngine(generator_of("plain"), CPU, torch.float32, recorder)
    for count in (1, 2, 4):
        engine.paint(batch_of("plain", ["blobs"] * count))

    assert recorder.recorded == 0


@pytest.mark.parametrize("count", [1, 3, 5])
def test_neighbours_change_only_rounding(count: int) -> None:
    """A picture alone is the picture in a batch, filled up or not, within float32's rounding."""
    engine = CudaEngine(generator_of("noise"), CPU, torch.float32)
    batch = batch_of("noise", ["blobs", "noise", "islands", "stripes", "flat"][:count])
    together = engine.generate(batch)

    alone = torch.cat([engine.generate(item) for item in batch.split(1)])

    assert together.shape[0] == count
    assert largest(together, alone) <= 2e-6


def test_a_batch_above_the_limit_is_painted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of any length are taken; levels are those of the pictures."""
    engine = CudaEngine(generator_of("plain"), CPU, torch.float32)
    batch = batch_of("plain", ["blobs", "islands", "noise", "flat", "stripes"])
    whole = engine.paint(batch)
    monkeypatch.setattr(cuda, "MOST_PIXELS", 2 * 64 * 64)

    parts = engine.paint(batch)

    assert whole.shape == (5, 64, 64, 3)
    assert whole.dtype == torch.uint8
    assert int((whole.int() - parts.int()).abs().max()) <= 1
    levels = (engine.generate(batch) + 1) * 127.5
    assert largest(parts.permute(0, 3, 1, 2).float(), levels) <= 0.51


def half_precision_batch(kind: str, size: int) -> tuple[Generator, Batch]:
    """Return the shipped landscape model and one map for it."""
    checkpoint = load_checkpoint("checkpoints/landscape")
    architecture = checkpoint.card.architecture
    labels = load_label_set(checkpoint.card.label_set)
    maps = draw_labels(kind, size, labels)
    z = torch.randn(1, architecture.z_dim, generator=torch.Generator().manual_seed(1))
    batch = Batch(
        torch.from_numpy(labels.channel_of_id[maps].astype(np.uint8))[None],
        None,
        z if architecture.use_vae else None,
        (1,) if architecture.noise else None,
    )
    return build_generator(checkpoint), batch


@pytest.mark.parametrize(("kind", "size"), [("doodle", 64), ("coco", 128), ("noise", 64)])
def test_half_precision_is_near_enough(kind: str, size: int) -> None:
    """On the landscape model float16 stays within 2/255 on 99.9 % of pixels and 8/255 anywhere."""
    generator, batch = half_precision_batch(kind, size)
    wanted = RegionEngine(generator).generate(batch)

    got = CudaEngine(generator, CPU, torch.float16).generate(batch)

    levels = (got - wanted).abs().amax(1) * 127.5
    assert float((levels <= 2).float().mean()) >= 0.999
    assert float(levels.max()) <= 8


@pytest.mark.parametrize(
    ("words", "alive", "wanted"),
    [
        ("CUDA out of memory. Tried to allocate 2 GiB", True, torch.OutOfMemoryError),
        ("CUDA error: CUBLAS_STATUS_ALLOC_FAILED", True, torch.OutOfMemoryError),
        ("CUDA error: an illegal memory access was encountered", False, DeviceLostError),
        ("expected a tensor", True, RuntimeError),
    ],
)
def test_faults_are_told_apart(
    words: str, alive: bool, wanted: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full device, a lost one and a plain fault are three errors, and the next batch paints."""
    engine = CudaEngine(generator_of("plain"), CPU, torch.float32)
    batch = batch_of("plain", ["blobs"])
    picture = engine.paint(batch)

    def fail(*_: object) -> None:
        raise RuntimeError(words)

    with monkeypatch.context() as patch:
        patch.setattr("spade.engine.cuda.session.paint", fail)
        patch.setattr(cuda, "answers", lambda _device: alive)
        with pytest.raises(RuntimeError, match=words.split(".")[0]) as caught:
            engine.paint(batch)

    assert type(caught.value) is wanted
    assert torch.equal(engine.paint(batch), picture)


def test_memory_that_engines_keep_ready_is_given_back_before_a_batch_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two models on one card: what one keeps ready makes room for the other's batch."""
    first, second = (CudaEngine(generator_of("plain"), CPU, torch.float32) for _ in range(2))
    batch = batch_of("plain", ["blobs"])
    picture = first.paint(batch)
    whole, tries = Session.paint, list[int]()

    def fail_once(session: Session) -> torch.Tensor:
        tries.append(len(first._sessions))
        if len(tries) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(session)

    monkeypatch.setattr(Session, "paint", fail_once)

    assert torch.equal(second.paint(batch), picture)
    assert tries == [1, 0]


def test_what_is_given_back_is_free_at_once() -> None:
    """Nothing waits for Python's collector, whose turn may come long after memory has run out."""
    engine = CudaEngine(generator_of("noise"), CPU, torch.float32, OperationRecorder())
    for seed in range(3):
        engine.paint(batch_of("noise", ["blobs"], seed))
    (session,) = engine._sessions._kept.values()
    kept: list[Callable[[], object]] = [weakref.ref(session), weakref.ref(session.inputs.channels)]
    kept += [weakref.ref(place.symbols) for place in session._places.values()]
    del session
    gc.disable()
    try:
        engine.release()
        assert [thing() for thing in kept] == [None] * len(kept)
    finally:
        gc.enable()


def test_no_more_is_kept_ready_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes, counts and rooms beyond the bounds push out the oldest, which is recorded anew."""
    monkeypatch.setattr(cuda, "SESSIONS", 2)
    monkeypatch.setattr("spade.engine.cuda.session.RECORDINGS", 1)
    recorder = OperationRecorder()
    engine = CudaEngine(generator_of("plain"), CPU, torch.float32, recorder)
    dense = PlainEngine(generator_of("plain"), dense=True)

    def paint(*counts: int, kind: str = "blobs") -> int:
        """Paint batches of these lengths and return how many recordings that took."""
        before = recorder.recorded
        for count in counts:
            batch = batch_of("plain", [kind] * count)
            assert largest(engine.generate(batch), dense.generate(batch)) <= 1e-4
        return recorder.recorded - before

    assert paint(1, 1, 2, 2) == 4, "the labels' index and the picture, for each count"
    assert paint(1, 2, 1, 2) == 0
    assert paint(4, 4) == 2
    assert len(engine._sessions) == 2
    assert paint(2) == 0, "the younger one stayed"
    assert paint(1, 1) == 2, "the older one had to go"
    assert paint(1, 1, kind="noise") == 1, "other rooms are another recording"
    assert paint(1, 1) == 1, "and one session keeps one"


def test_a_recording_that_runs_out_of_memory_is_out_of_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CUDA closes a broken recording with an error of its own, which hides the first one."""

    class Broken(OperationRecorder):
        def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
            try:
                super().record(work)
                raise torch.OutOfMemoryError("CUDA out of memory")
            finally:
                raise RuntimeError("operation failed due to a previous error during capture")

    engine = CudaEngine(generator_of("plain"), CPU, torch.float32, Broken())
    released: list[CudaEngine] = []

    def release_all() -> None:
        released.append(engine)
        engine.release()

    monkeypatch.setattr(cuda, "release_all", release_all)
    batch = batch_of("plain", ["blobs"])
    picture = engine.paint(batch)

    assert torch.equal(engine.paint(batch), picture), "painted again, unrecorded"
    assert released == [engine]


def test_a_limit_of_memory_is_a_share_of_the_workers_own_card(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PyTorch wants a share and a number; "cuda" is the current card, and no limit is above all."""
    told: list[tuple[float, int]] = []
    cards = [SimpleNamespace(total_memory=80 * 2**30), SimpleNamespace(total_memory=16 * 2**30)]
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: cards[index])
    monkeypatch.setattr(
        torch.cuda, "set_per_process_memory_fraction", lambda *args: told.append(args)
    )
    for device in ("cuda", "cuda:0", torch.device("cuda:1")):
        cuda.limit_memory(device, 4 * 2**30)
    cuda.limit_memory("cuda", 2**50)

    assert told == [(0.25, 1), (0.05, 0), (0.25, 1), (1.0, 1)]


def test_a_device_that_works_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question that is asked after a fault; a full device answers too, a lost one does not."""
    assert cuda.answers(CPU)
    for error, wanted in ((torch.OutOfMemoryError("full"), True), (RuntimeError("lost"), False)):

        def fail(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(torch, "ones", fail)
        assert cuda.answers(CPU) is wanted


def test_precision_is_put_back_as_it_was() -> None:
    """A program that uses the library keeps its own switches, also after an error."""
    matmul = torch.backends.cuda.matmul
    before = matmul.allow_fp16_reduced_precision_reduction

    def work() -> None:
        with full_precision(search=True):
            assert not any(getattr(matmul, name) for name in LOOSE_SUMS)
            assert torch.backends.cudnn.benchmark
            raise ValueError("work")

    with pytest.raises(ValueError, match="work"):
        work()

    assert matmul.allow_fp16_reduced_precision_reduction is before
    assert not torch.backends.cudnn.benchmark


def test_what_was_not_asked_for_longest_is_dropped() -> None:
    """No more is kept ready than the limit says."""
    kept: Recent[str] = Recent(2)
    made: list[str] = []

    def make(name: str) -> Callable[[], str]:
        return lambda: made.append(name) or name  # type: ignore[func-returns-value]

    for name in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(name, make(name)) == name

    assert made == ["a", "b", "c", "b"]
    assert len(kept) == 2


def test_rooms_grow_and_stay_below_the_pixels() -> None:
    """Tables have few sizes, ascending, and none with more rows than half the pixels."""
    for side in (64, 128, 256, 512, 1024):
        rooms = rooms_at((side, side))
        assert list(rooms) == sorted(set(rooms))
        assert rooms[-1] <= side * side // 2
    assert COUNTS[0] == 1


def test_a_dtype_without_an_engine_is_refused(tmp_path: object) -> None:
    """The CPU's engines compute in float32 and say so; an unknown name is listed with the known."""
    folder = save_tiny(tmp_path / "plain", ARCHITECTURES["plain"])  # type: ignore[operator]
    with pytest.raises(ValueError, match="float32 only, not float16"):
        load_painter(folder, dtype="float16")
    with pytest.raises(ValueError, match="no dtype 'int8'; known: auto, float32"):
        load_painter(folder, dtype="int8")  # type: ignore[arg-type]
