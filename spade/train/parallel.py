"""Several processes, one GPU each, under torchrun; alone, all of this does nothing."""

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn

from spade.model.generator import Generator


@dataclass(frozen=True)
class Place:
    """Which of `world` processes this one is."""

    rank: int = 0
    world: int = 1


def join() -> Place:
    """Join the process group that torchrun announces."""
    if "WORLD_SIZE" not in os.environ or int(os.environ["WORLD_SIZE"]) == 1:
        return Place()
    if not dist.is_initialized():
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return Place(dist.get_rank(), dist.get_world_size())


def agree(decision: bool, device: torch.device) -> bool:
    """Return what process 0 has decided, in all processes."""
    if not (dist.is_available() and dist.is_initialized()):
        return decision
    flag = torch.tensor([int(decision)], device=device)
    dist.broadcast(flag, src=0)
    return bool(flag.item())


def share_statistics(generator: Generator, device: torch.device) -> Generator:
    """Let batch norm see the batches of all GPUs, as the paper's synchronised one does.

    On CPUs PyTorch has no such layer; there each process keeps its own statistics.
    """
    if device.type == "cuda" and dist.is_available() and dist.is_initialized():
        nn.SyncBatchNorm.convert_sync_batchnorm(generator)  # type: ignore[no-untyped-call]
    return generator


def average_gradients(parameters: list[nn.Parameter]) -> None:
    """Replace each gradient by its mean over all processes, in one message."""
    if not (dist.is_available() and dist.is_initialized()):
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    start = 0
    for gradient in gradients:
        gradient.copy_(flat[start : start + gradient.numel()].view_as(gradient))
        start += gradient.numel()
