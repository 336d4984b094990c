"""What the bench measures a device by: a dense reference, a matrix product, and peak memory."""

import resource
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spade.engine.batch import Batch, to_levels
from spade.engine.plain import PlainEngine, run_network
from spade.engine.precision import full_precision
from spade.model.generator import Generator


class DenseReference(PlainEngine):
    """The network as published: float32, eager, layer by layer, a whole batch at once, no TF32."""

    def __init__(self, generator: Generator, device: torch.device) -> None:
        super().__init__(generator.to(device), dense=True)

    def generate(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return self._paint(batch).cpu()

    def paint(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return to_levels(self._paint(batch)).cpu()

    def _paint(self, batch: Batch) -> Tensor:
        with torch.inference_mode(), full_precision(search=True):
            return run_network(self._generator, batch, dense=True)


def matrix_rate(device: torch.device) -> float:
    """Return the multiply-adds a second of a large matrix product: bf16 on a GPU, else float32."""
    on_gpu = device.type == "cuda"
    side, dtype = (8192, torch.bfloat16) if on_gpu else (2048, torch.float32)
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    times = []
    for _ in range(10 if on_gpu else 5):
        wait_for(device)
        start = time.perf_counter()
        torch.mm(a, b)
        wait_for(device)
        times.append(time.perf_counter() - start)
    return side**3 / (statistics.median(times) if on_gpu else min(times))


def wait_for(device: torch.device) -> None:
    """Wait until the device has done what it was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def reset_peak(device: torch.device) -> None:
    """Let the peak of memory start again from now, where the system can."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_bytes(device: torch.device) -> int:
    """Return the peak since the last reset: a GPU's allocated memory, else resident memory."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def describe(device: torch.device) -> dict[str, Any]:
    """Return what a figure means nothing without: the device and the versions of what drives it."""
    facts: dict[str, Any] = {"torch": torch.__version__, "threads": torch.get_num_threads()}
    if device.type != "cuda":
        return facts | {"device": "cpu"}
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    driver = subprocess.run(query, capture_output=True, text=True, check=False).stdout.split()
    return facts | {
        "device": torch.cuda.get_device_name(device),
        "driver": driver[0] if driver else "unknown",
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        "memory_bytes": torch.cuda.get_device_properties(device).total_memory,
    }
