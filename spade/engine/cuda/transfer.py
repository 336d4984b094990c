"""Copies between host and device that wait for nobody: pinned memory, and a stream of their own."""

from collections.abc import Callable

import torch
from torch import Tensor


def own_stream(device: torch.device) -> torch.cuda.Stream | None:
    """Return a new stream of a GPU; a CPU has none."""
    return torch.cuda.Stream(device) if device.type == "cuda" else None  # type: ignore[no-untyped-call]


class Transfer:
    """Moves tensors to and from one device; on the CPU there is nothing to move."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = own_stream(device)

    def upload(self, values: Tensor) -> Tensor:
        """Return `values` on the device, in time for what is done next on the current stream."""
        if self._stream is None:
            return values
        stream = torch.cuda.current_stream(self._device)
        with torch.cuda.stream(self._stream):
            moved = values.pin_memory().to(self._device, non_blocking=True)
        stream.wait_stream(self._stream)
        moved.record_stream(stream)
        return moved

    def download(self, values: Tensor) -> Callable[[], Tensor]:
        """Begin to fetch what the current stream is computing; the result waits for its arrival.

        `values` may be computed anew at once.
        """
        if self._stream is None:
            kept = values.clone()
            return lambda: kept
        # A copy on the device takes microseconds and frees the original for the next batch.
        staged = values.clone()
        host = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            host.copy_(staged, non_blocking=True)
            arrived = self._stream.record_event()
        staged.record_stream(self._stream)

        def wait() -> Tensor:
            arrived.synchronize()
            return host

        return wait
