"""CUDA graphs: what is done again and again with the same tensors becomes one launch."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

import torch

T = TypeVar("T")
Made = TypeVar("Made")


class Recorder(Protocol):
    """Turns work on tensors that stay into its recording."""

    def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
        """Return what `work` gives, computed, and what computes it anew in the same place."""


class GraphRecorder:
    """Records CUDA graphs on the current stream.

    All share one pool of memory: none may run beside another, and what one gives must be read
    before a graph that does not know it runs.
    """

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
        """Record work that has run before, so that its kernels are compiled and loaded."""
        with full_precision(search=True):
            work()
            graph = torch.cuda.CUDAGraph()
            # Other threads go on using CUDA: their calls must not break the recording.
            with torch.cuda.graph(
                graph,
                pool=self._pool,
                stream=torch.cuda.current_stream(),
                capture_error_mode="thread_local",
            ):
                result = work()
        graph.replay()
        return result, graph.replay


class Recording(Generic[T]):
    """Work that is run as it is at first, recorded the second time and replayed from then on.

    So what is asked for once costs no recording, and a first picture does not wait for one.
    """

    def __init__(self, work: Callable[[], T], recorder: Recorder | None) -> None:
        """Without a recorder, `work` runs as it is every time."""
        self._work = work
        self._recorder = recorder
        self._seen = False
        self._recorded: tuple[T, Callable[[], None]] | None = None

    def __call__(self) -> T:
        """Return what the work gives; it holds until the next call."""
        if self._recorder is None or not self._seen:
            self._seen = True
            with full_precision(search=False):
                return self._work()
        if self._recorded is None:
            self._recorded = self._recorder.record(self._work)
        else:
            self._recorded[1]()
        return self._recorded[0]


class Recent(Generic[Made]):
    """A bounded store: what was not asked for longest is dropped first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, Made] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what is kept for `key`; it is made if there is nothing."""
        if key not in self._kept:
            while len(self._kept) >= self._limit:
                self._kept.popitem(last=False)
            self._kept[key] = make()
        self._kept.move_to_end(key)
        return self._kept[key]

    def clear(self) -> None:
        """Drop all."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)


@contextmanager
def full_precision(*, search: bool) -> Iterator[None]:
    """Let float32 be float32 (no TF32) and half precision be summed in float32.

    With `search`, cuDNN times its algorithms at each new shape and keeps the best.
    """
    matmul = torch.backends.cuda.matmul
    before = matmul.allow_tf32, matmul.allow_fp16_reduced_precision_reduction
    matmul.allow_tf32 = matmul.allow_fp16_reduced_precision_reduction = False
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=search, allow_tf32=False):
            yield
    finally:
        matmul.allow_tf32, matmul.allow_fp16_reduced_precision_reduction = before
