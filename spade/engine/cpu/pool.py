"""Threads for kernels. Kernels release the interpreter's lock, so plain threads are enough."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from spade.engine.cpu.gemm import Floats

# More pieces than threads, so that a core that is taken away for a while does not hold up all.
PIECES = 4


class Pool:
    """Runs a range of blocks in parallel; each thread keeps one scratch buffer."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="spade")
        self._local = threading.local()

    def run(
        self, blocks: int, scratch_floats: int, work: Callable[[int, int, Floats], None]
    ) -> None:
        """Call `work(first, last, scratch)` until the blocks 0..`blocks` are done."""
        pieces = min(blocks, self.threads * PIECES)
        bounds = [blocks * piece // pieces for piece in range(pieces + 1)]
        waiting = [
            self._executor.submit(self._work, work, first, last, scratch_floats)
            for first, last in pairwise(bounds)
        ]
        for future in waiting:
            future.result()

    def _work(
        self,
        work: Callable[[int, int, Floats], None],
        first: int,
        last: int,
        scratch_floats: int,
    ) -> None:
        scratch: Floats | None = getattr(self._local, "scratch", None)
        if scratch is None or scratch.size < scratch_floats:
            scratch = np.zeros(scratch_floats, dtype=np.float32)
            self._local.scratch = scratch
        work(first, last, scratch)
