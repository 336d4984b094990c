"""A stand-in for CUDA graphs on the CPU: records the tensor operations of a function, replays them.

Like a CUDA graph it computes anew in the same memory, knows nothing of Python and refuses whatever
would have to ask the device for a value.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

T = TypeVar("T")
Call = tuple[Any, tuple[Any, ...], dict[str, Any], Any]
# Operations whose result depends on values, so that CUDA must wait for the device.
WAITING = ("_local_scalar_dense", "nonzero", "unique", "_unique2", "masked_select", "bincount")


class OperationRecorder:
    """Records operations; `recorded` counts recordings."""

    def __init__(self) -> None:
        self.recorded = 0

    def record(self, work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
        """Return what the work gives and what computes it anew; see `graphs.Recorder`."""
        self.recorded += 1
        log = _Log()
        with log:
            result = work()
        return result, log.replay


class _Log(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []

    def __torch_dispatch__(
        self, func: Any, _types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        name = func.overloadpacket.__name__
        assert name not in WAITING, f"{name} waits for the device, which a CUDA graph cannot hold"
        if name == "index":
            kinds = {index.dtype for index in args[1] if index is not None}
            assert torch.bool not in kinds, "indexing by a mask waits for the device"
        out = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, out))
        return out

    def replay(self) -> None:
        """Compute every operation anew and put the results where they were."""
        for func, args, kwargs, out in self.calls:
            again = func(*args, **kwargs)
            for old, new in zip(_tensors(out), _tensors(again), strict=True):
                if old.data_ptr() != new.data_ptr():
                    old.copy_(new)


def _tensors(values: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]
