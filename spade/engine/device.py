"""What a device is, and what of it is measured: its rate of products, and peak memory."""

import resource
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

import torch


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
