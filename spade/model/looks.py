"""The bank of looks in a checkpoint's folder: `looks.safetensors` with `looks.tsv` beside it."""

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from spade.maps.looks import ROWS_FILE, Look, read_looks, written_looks
from spade.model.card import LOOKS_FILE, Card, CheckpointError
from spade.model.tensors import write_tensors


@dataclass(frozen=True)
class LookBank:
    """Looks with what they are painted and found by, in the same order.

    styles, log_variances: `[N, z_dim] float32`, a style drawn for each photo, and how widely the
    photo's styles lie around their mean. signatures: `[N, D] float32` of the photos' label maps,
    see `spade.maps.signature`.
    """

    looks: tuple[Look, ...]
    styles: Tensor
    log_variances: Tensor
    signatures: Tensor


def save_bank(folder: Path, bank: LookBank) -> None:
    """Write a bank's two files, numbers in half precision."""
    tensors = {
        "style": bank.styles.half().contiguous(),
        "log_variance": bank.log_variances.half().contiguous(),
        "signature": bank.signatures.half().contiguous(),
    }
    write_tensors(folder / LOOKS_FILE, tensors)
    partial = folder / (ROWS_FILE + ".partial")
    partial.write_text(written_looks(bank.looks), encoding="utf-8")
    partial.replace(folder / ROWS_FILE)


def load_bank(folder: Path, card: Card) -> LookBank:
    """Read the bank of a checkpoint with this card.

    Raises:
        CheckpointError: a file is damaged or does not fit the card.
    """
    try:
        found = {name: value.float() for name, value in load_file(folder / LOOKS_FILE).items()}
        looks = read_looks(folder / ROWS_FILE)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"the looks in {folder} cannot be read: {error}") from None
    labels, z_dim = card.architecture.label_channels, card.architecture.z_dim
    widths = {"style": z_dim, "log_variance": z_dim, "signature": 3 * labels}
    wanted = {name: (len(looks), width) for name, width in widths.items()}
    if {name: tuple(value.shape) for name, value in found.items()} != wanted:
        raise CheckpointError(
            f"the looks in {folder} are not this model's; "
            f"build them again: python -m spade looks --model {folder} --data DIR"
        )
    return LookBank(looks, found["style"], found["log_variance"], found["signature"])
