"""Several processes, one GPU each, under torchrun; alone, all of this does nothing."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

from spade.model.generator import PaintingNetwork

# The first process measures, and trains a segmenter for it, while the others wait.
PATIENCE = timedelta(hours=3)


@dataclass(frozen=True)
class Place:
    """Which of `world` processes this one is."""

    rank: int = 0
    world: int = 1


def join(device: torch.device) -> torch.device:
    """Join the process group that torchrun announces; return this process's own device."""
    if "WORLD_SIZE" not in os.environ or int(os.environ["WORLD_SIZE"]) == 1:
        return device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    return device


def here() -> Place:
    """Return which process this one is."""
    return Place(dist.get_rank(), dist.get_world_size()) if _several() else Place()


def _several() -> bool:
    return dist.is_available() and dist.is_initialized()


def agree(decision: bool, device: torch.device) -> bool:
    """Return what process 0 has decided, in all processes."""
    if not _several():
        return decision
    flag = torch.tensor([int(decision)], device=device)
    dist.broadcast(flag, src=0)
    return bool(flag.item())


def share_batches(generator: PaintingNetwork, device: torch.device) -> PaintingNetwork:
    """Let batch norm see the batches of all GPUs, as the paper's synchronised one does.

    On CPUs PyTorch has no such layer; there processes share the averages alone (`average`).
    """
    if device.type == "cuda" and _several():
        nn.SyncBatchNorm.convert_sync_batchnorm(generator)  # type: ignore[no-untyped-call]
    return generator


@torch.no_grad()
def gather(values: Tensor) -> Tensor:
    """Return the values `[N, ...]` of all processes, `[world N, ...]`, the first one's first."""
    if not _several():
        return values
    parts = [torch.empty_like(values) for _ in range(dist.get_world_size())]
    dist.all_gather(parts, values.contiguous())
    return torch.cat(parts)


@torch.no_grad()
def average(values: Sequence[Tensor]) -> None:
    """Replace each tensor by its mean over all processes, in one message."""
    if not _several() or not values:
        return
    flat = torch.cat([value.flatten() for value in values])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    start = 0
    for value in values:
        value.copy_(flat[start : start + value.numel()].view_as(value))
        start += value.numel()


def average_gradients(parameters: Sequence[nn.Parameter]) -> None:
    """Replace each gradient by its mean over all processes."""
    average([p.grad for p in parameters if p.grad is not None])
