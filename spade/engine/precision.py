"""Full precision on a GPU, whatever PyTorch's switches say outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

import torch

# PyTorch's switches of precision belong to the whole process, and only one graph may be recorded
# in it at a time.
SWITCHES = RLock()
# Switches of `torch.backends.cuda.matmul` that trade precision for speed.
LOOSE_SUMS = (
    "allow_tf32",
    "allow_fp16_reduced_precision_reduction",
    "allow_bf16_reduced_precision_reduction",
)


@contextmanager
def full_precision(*, search: bool = False) -> Iterator[None]:
    """Let float32 be float32 (no TF32) and half precision be summed in float32.

    With `search`, cuDNN times its algorithms at each new shape and keeps the best. PyTorch asks
    for an algorithm once per shape and `deterministic`, so the quick choice without a search is
    made under the other value: else it would stand, and nothing would ever be searched.
    """
    matmul = torch.backends.cuda.matmul
    with SWITCHES:
        before = [getattr(matmul, name) for name in LOOSE_SUMS]
        for name in LOOSE_SUMS:
            setattr(matmul, name, False)
        try:
            with torch.backends.cudnn.flags(
                enabled=True, benchmark=search, deterministic=not search, allow_tf32=False
            ):
                yield
        finally:
            for name, value in zip(LOOSE_SUMS, before, strict=True):
                setattr(matmul, name, value)
