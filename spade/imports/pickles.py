"""Read the tensors of a `.pth` file without running anything that it may carry."""

import pickle
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from spade.model.card import CheckpointError
from spade.model.tensors import check_values

GENERATOR = ("netG", "net_G", "G", "generator", "G_ema", "netG_ema")
ENCODER = ("netE", "net_E", "E", "encoder")
WRAPPERS = ("state_dict", "model")
# What a file is called that is none, by how it begins.
FOREIGN = (
    (re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE), "a web page, saved instead of the "
     "file; open the address in a browser, and save what its download button gives"),
    (re.compile(rb"version https://git-lfs"), "a git-lfs pointer, not the file it stands for; run "
     "git lfs pull where it comes from"),
    (re.compile(rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc|Rar!"), "an archive; unpack it and import the .pth "
     "file in it"),
    (re.compile(rb"\s*\{\s*\""), "JSON, not weights; fetch the file itself"),
)  # fmt: skip


def read_tensors(path: Path, names: Sequence[str] = GENERATOR) -> dict[str, Tensor]:
    """Return a state dict's tensors as float32 (integers stay) on the CPU.

    It may lie in others, as training programs save it: `{"state_dict": ...}`, `{"netG": ...}`.
    Of several networks, the one called like any of `names` is taken.

    Raises:
        CheckpointError: missing, cut off, no PyTorch file, code in the pickle, no state dict, or
            values that are no numbers.
    """
    if not path.is_file():
        raise CheckpointError(f"{path} is missing")
    _refuse_foreign(path)
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
    tensors = _checked(path, _unwrapped(path, state, names), names)
    try:
        check_values(tensors)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    return tensors


def _refuse_foreign(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(200).removeprefix(b"\xef\xbb\xbf")
    for pattern, what in FOREIGN:
        if pattern.match(start):
            raise CheckpointError(f"{path} is {what}")


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


def _unwrapped(path: Path, state: object, names: Sequence[str]) -> object:
    """Return the state dict that lies in other dicts, beside counts, options and optimisers."""
    while isinstance(state, dict) and not any(map(_is_weight, state.items())):
        inside = {str(name): value for name, value in state.items() if _holds_weights(value)}
        fits = [name for name in (*names, *WRAPPERS) if name in inside] or list(inside)
        if not fits:
            return state
        if len(fits) > 1 and fits[0] not in (*names, *WRAPPERS):
            raise CheckpointError(
                f"{path} holds several networks: {', '.join(fits)}; save the wanted one alone"
            )
        state = inside[fits[0]]
    return state


def _holds_weights(value: object) -> bool:
    """Whether weights of layers lie in it, at any depth."""
    return isinstance(value, dict) and any(
        _is_weight(item) or _holds_weights(item[1]) for item in value.items()
    )


def _is_weight(item: tuple[object, object]) -> bool:
    """Tell a layer's tensor, whose name has a dot, from a count beside the networks."""
    return "." in str(item[0]) and isinstance(item[1], Tensor)


def _checked(path: Path, state: object, names: Sequence[str]) -> dict[str, Tensor]:
    if not isinstance(state, dict) or not state:
        raise CheckpointError(
            f"{path} holds a {type(state).__name__}, not a state dict: tensors by name"
        )
    strange = [str(name) for name, value in state.items() if not isinstance(value, Tensor)]
    if strange:
        raise CheckpointError(f"{path}: '{strange[0]}' is no tensor; only a state dict is read")
    tensors = {str(name): value for name, value in state.items()}
    for prefix in ("module.", *(f"{name}." for name in names), "module."):
        own = {name: value for name, value in tensors.items() if name.startswith(prefix)}
        if own and (prefix != "module." or len(own) == len(tensors)):
            tensors = {name.removeprefix(prefix): value for name, value in own.items()}
    return {
        name: value.float() if value.is_floating_point() else value
        for name, value in tensors.items()
    }
