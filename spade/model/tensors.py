"""Tensors by name, as checkpoints hold them: checked against a network, and written whole or not.

Weights that are no numbers paint black, or noise, without a word; so they are refused by name
wherever they come from and go to.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from spade.model.card import CheckpointError, FileFacts

LISTED = 5


def check_tensors(tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Compare names and shapes with those wanted.

    Raises:
        CheckpointError: naming the first missing, extra or misshapen tensors.
    """
    missing = [name for name in wanted if name not in tensors]
    extra = [name for name in tensors if name not in wanted]
    shapes = [
        f"{name} is {tuple(tensors[name].shape)}, should be {tuple(wanted[name].shape)}"
        for name in wanted
        if name in tensors and tensors[name].shape != wanted[name].shape
    ]
    faults = [f"missing {_listed(missing)}"] if missing else []
    faults += [f"not known {_listed(extra)}"] if extra else []
    faults += [f"wrong shape: {_listed(shapes)}"] if shapes else []
    if faults:
        raise CheckpointError(
            f"the tensors do not fit the architecture: {'; '.join(faults)}; check its options"
        )


def check_values(tensors: Mapping[str, Tensor]) -> None:
    """Refuse what no network can have learned: NaN, infinity, and negative variances.

    Raises:
        CheckpointError: naming the first such tensors.
    """
    faults = [
        f"{name} {fault}" for name, value in tensors.items() if (fault := _fault(name, value))
    ]
    if faults:
        raise CheckpointError(
            f"{_listed(faults)}: such weights paint nothing; take a checkpoint from before"
        )


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> FileFacts:
    """Write a safetensors file that readers see whole or not at all, and return its facts.

    Raises:
        CheckpointError: values that `check_values` refuses, as they would be stored.
        OSError: it cannot be written; a file that was there stays.
    """
    check_values(tensors)
    partial = path.with_name(path.name + ".partial")
    try:
        save_file(dict(tensors), partial)
        partial.chmod(0o644)  # a server may run as another user
        facts = file_facts(partial)
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        raise OSError(f"cannot write {path}: {error}") from None
    return facts


def write_whole(path: Path, content: object) -> None:
    """Write a file of PyTorch's that is the former one until it is whole.

    Raises:
        OSError: the disk is full or not writable; the former file stays.
    """
    partial = path.with_name(path.name + ".new")
    try:
        with partial.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:
        partial.unlink(missing_ok=True)
        raise OSError(f"cannot write {path}: {_reason(error)}") from error


def _reason(error: BaseException) -> BaseException:
    """Return what the system said, which PyTorch hides behind an error of its own."""
    said: BaseException | None = error
    while said is not None and not isinstance(said, OSError):
        said = said.__context__
    return said or error


def file_facts(path: Path) -> FileFacts:
    """Return length and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileFacts(digest, path.stat().st_size)


def _fault(name: str, value: Tensor) -> str:
    if not value.is_floating_point():
        return ""
    if not torch.isfinite(value).all():
        count = int((~torch.isfinite(value)).sum())
        kind = "NaN" if value.isnan().any() else "infinity"
        return f"holds {kind} ({count} of {value.numel()} values)"
    if name.endswith("running_var") and value.numel() and value.min() < 0:
        return f"is a variance below 0 ({value.min().item():g})"
    return ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
