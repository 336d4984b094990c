"""The exact engine on an NVIDIA GPU, a whole batch at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from weakref import WeakSet

import torch
from torch import Tensor

from spade.engine.batch import Batch, to_levels
from spade.engine.cuda.graphs import GraphRecorder, Recent, Recorder
from spade.engine.cuda.session import Inputs, Session
from spade.engine.cuda.transfer import Transfer, own_stream
from spade.engine.cuda.weights import prepare_weights
from spade.engine.weights import count_bytes
from spade.errors import DeviceLostError
from spade.model.generator import Generator

# A batch is filled up to one of these with copies of its last item, so that few sizes of batch are
# ever recorded.
COUNTS = (1, 2, 4, 8, 16)
# Pixels of one batch; what is above that is painted as several.
MOST_PIXELS = 16 * 512 * 512
# Sizes and counts of batches that are kept ready.
SESSIONS = 16
# Those of this process: they share the memory of their GPUs.
ENGINES: "WeakSet[CudaEngine]" = WeakSet()


class CudaEngine:
    """Paints batches on one GPU; calls take turns.

    A picture does not depend on its neighbours in a batch but for rounding: how many there are
    decides which of the libraries' kernels run, and what those have in common is their `dtype`.
    """

    def __init__(
        self,
        generator: Generator,
        device: torch.device,
        dtype: torch.dtype,
        recorder: Recorder | None = None,
    ) -> None:
        """Prepare the weights on `device`; the generator may be dropped afterwards.

        On a CPU, where this engine is tested, nothing is recorded unless there is a `recorder`.
        """
        self._architecture = generator.architecture
        self._device = device
        self._lock = Lock()
        self._stream = own_stream(device)
        self._transfer = Transfer(device)
        self._recorder = recorder or (GraphRecorder() if self._stream is not None else None)
        with self._turn():  # on the stream that reads them: no other waits for this one
            self._weights = prepare_weights(generator, device, dtype)
        self._sessions: Recent[Session] = Recent(SESSIONS)
        ENGINES.add(self)

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""
        return count_bytes(self._weights)

    def generate(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return self._run(batch, lambda pictures: pictures.permute(0, 3, 1, 2).contiguous())

    def paint(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return self._run(batch, lambda pictures: to_levels(pictures.permute(0, 3, 1, 2)))

    def release(self) -> None:
        """Give back all memory but the weights', unless it is painting just now."""
        if self._lock.acquire(blocking=False):
            self._sessions.clear()
            self._lock.release()

    def _run(self, batch: Batch, finish: Callable[[Tensor], Tensor]) -> Tensor:
        """Paint; where memory runs out, once more without what all engines keep ready.

        Raises:
            torch.OutOfMemoryError: a smaller batch may fit.
            DeviceLostError: the device failed and answers no more.
        """
        try:
            return self._paint_parts(batch, finish)
        except torch.OutOfMemoryError:
            pass  # what the failed try holds is free only after this
        release_all()
        return self._paint_parts(batch, finish)

    def _paint_parts(self, batch: Batch, finish: Callable[[Tensor], Tensor]) -> Tensor:
        """Paint in parts; one part's transfers go on while the next is computed."""
        with self._lock, torch.inference_mode(), plain_faults(self._device), self._turn():
            waits = [self._submit(part, finish) for part in batch.split(most_items(batch))]
            parts = [wait() for wait in waits]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _submit(self, part: Batch, finish: Callable[[Tensor], Tensor]) -> Callable[[], Tensor]:
        count = next(count for count in COUNTS if count >= len(part))
        inputs = Inputs.of(part, count).map(self._transfer.upload)
        session = self._sessions.get((part.size, count), lambda: self._open(inputs))
        session.inputs.copy_(inputs)
        return self._transfer.download(finish(session.paint()[: len(part)]))

    def _open(self, inputs: Inputs) -> Session:
        stay = inputs.map(torch.clone)
        return Session(self._architecture, self._weights, stay, self._recorder)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._stream is None:
            yield
            return
        with torch.cuda.device(self._device), torch.cuda.stream(self._stream):
            yield


def release_all() -> None:
    """Let every engine that is not painting give back what it keeps ready."""
    for engine in list(ENGINES):
        engine.release()
    torch.cuda.empty_cache()


@contextmanager
def plain_faults(device: torch.device) -> Iterator[None]:
    """Tell apart what a smaller batch cures, what only a new process cures, and all else.

    Raises:
        torch.OutOfMemoryError: also where a library says so in its own words.
        DeviceLostError: the device failed and answers no more.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise torch.OutOfMemoryError(str(error)) from error
        if not answers(device):
            raise DeviceLostError(f"{device} answers no more: {error}") from error
        raise


def limit_memory(device: torch.device | str, limit_bytes: int) -> None:
    """Let this process take at most so much of a GPU; what is beyond is out of memory."""
    index = torch.device(device).index  # PyTorch refuses to limit "cuda" without a number
    index = torch.cuda.current_device() if index is None else index
    total = torch.cuda.get_device_properties(index).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, limit_bytes / total), index)


def most_items(batch: Batch) -> int:
    """Return how many items of this size are painted at once."""
    height, width = batch.size
    return next((n for n in reversed(COUNTS) if n * height * width <= MOST_PIXELS), 1)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether one of CUDA's libraries ran out of memory; each has words of its own.

    A recording that ran out of it fails once more, in other words, where it is closed.
    """
    text = str(error).lower()
    if "out of memory" in text or "alloc_failed" in text:
        return True
    return error.__context__ is not None and is_out_of_memory(error.__context__)


def answers(device: torch.device) -> bool:
    """Tell whether a device still computes: after a fault on a GPU every call of CUDA fails."""
    try:
        return int(torch.ones(1, device=device).add_(1).item()) == 2
    except torch.OutOfMemoryError:
        return True
    except RuntimeError:
        return False
