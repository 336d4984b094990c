"""CUDA graphs: what is done again and again with the same tensors becomes one launch."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar
from weakref import WeakSet

import torch

from spade.engine.precision import full_precision

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
        self._graphs: WeakSet[torch.cuda.CUDAGraph] = WeakSet()
        self._pool = torch.cuda.graph_pool_handle()

    def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
        """Record work that has run before, so that its kernels are compiled and loaded."""
        with full_precision(search=True):
            work()
            graph = torch.cuda.CUDAGraph()
            if not self._graphs:
                # A pool ends with its last graph, and PyTorch refuses to take it up again.
                self._pool = torch.cuda.graph_pool_handle()
            # Other threads go on using CUDA: their calls must not break the recording.
            with torch.cuda.graph(
                graph,
                pool=self._pool,
                stream=torch.cuda.current_stream(),
                capture_error_mode="thread_local",
            ):
                result = work()
        self._graphs.add(graph)
        graph.replay()
        return result, graph.replay


class Recording(Generic[T]):
    """Work that is run as it is at first, recorded the second time and replayed from then on.

    So what is asked for once costs no recording, and a first picture does not wait for one. The
    work itself is not kept: it would keep alive whoever owns this, and the memory with it.
    """

    def __init__(self, recorder: Recorder | None) -> None:
        """Without a recorder, work runs as it is every time."""
        self._recorder = recorder
        self._seen = False
        self._recorded: tuple[T, Callable[[], None]] | None = None

    def __call__(self, work: Callable[[], T]) -> T:
        """Return what `work`, the same every time, gives; it holds until the next call."""
        if self._recorder is None or not self._seen:
            self._seen = True
            with full_precision():
                return work()
        if self._recorded is None:
            self._recorded = self._recorder.record(work)
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
