"""Read the tensors of a `.pth` file without running anything that it may carry."""

import pickle
import re
import warnings
from pathlib import Path

import torch
from torch import Tensor

from spade.model.card import CheckpointError


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return a state dict's tensors as float32 (integers stay) on the CPU.

    Raises:
        CheckpointError: missing, cut off, no PyTorch file, code in the pickle, or no state dict.
    """
    if not path.is_file():
        raise CheckpointError(f"{path} is missing")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd pickle protocol is an error or no matter
            state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(_refusal(path, error)) from None
    except (EOFError, OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise CheckpointError(
            f"{path} is cut off or no PyTorch file ({reason}); fetch it again"
        ) from None
    return _checked(path, state)


def _refusal(path: Path, error: Exception) -> str:
    text = str(error)
    foreign = re.search(r"GLOBAL (\S+)", text)
    if foreign or "Unsupported" in text:
        name = f"'{foreign[1]}'" if foreign else "pickle instructions that no state dict has"
        return (
            f"{path} carries {name}, which is more than tensors; it was not run. "
            "Save a plain state dict and import that"
        )
    return f"{path} is cut off or no PyTorch file; fetch it again"


def _checked(path: Path, state: object) -> dict[str, Tensor]:
    if not isinstance(state, dict) or not state:
        raise CheckpointError(
            f"{path} holds a {type(state).__name__}, not a state dict: tensors by name"
        )
    strange = [str(name) for name, value in state.items() if not isinstance(value, Tensor)]
    if strange:
        raise CheckpointError(f"{path}: '{strange[0]}' is no tensor; only a state dict is read")
    prefix = "module." if all(str(name).startswith("module.") for name in state) else ""
    return {
        str(name).removeprefix(prefix): value.float() if value.is_floating_point() else value
        for name, value in state.items()
    }
