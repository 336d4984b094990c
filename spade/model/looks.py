"""The bank of looks in a checkpoint's folder: `looks.safetensors` with `looks.tsv` beside it."""

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from spade.model.card import LOOKS_FILE, LOOKS_ROWS_FILE, Card, CheckpointError


@dataclass(frozen=True)
class Look:
    """A training photo's style, as people may be told of it.

    id: short, the same in every bank that holds this photo.
    scenes: the kinds of scenes (`spade.maps.scenes.KINDS`) that seeds choose it for; none for one
        that only presets and callers ask for.
    presets: names of the style presets that it paints like.
    brightness, warmth, saturation: of what the model paints with it, about 0 to 1.
    author, licence, source: the credit of the photo, empty where its data set says nothing.
    """

    id: str
    scenes: tuple[str, ...]
    presets: tuple[str, ...]
    brightness: float
    warmth: float
    saturation: float
    author: str
    licence: str
    source: str


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
    partial = folder / (LOOKS_FILE + ".partial")
    save_file(tensors, partial)
    partial.chmod(0o644)  # a server may run as another user
    partial.replace(folder / LOOKS_FILE)
    partial = folder / (LOOKS_ROWS_FILE + ".partial")
    partial.write_text(_write_rows(bank.looks), encoding="utf-8")
    partial.replace(folder / LOOKS_ROWS_FILE)


def load_bank(folder: Path, card: Card) -> LookBank:
    """Read the bank of a checkpoint with this card.

    Raises:
        CheckpointError: a file is damaged or does not fit the card.
    """
    try:
        found = {name: value.float() for name, value in load_file(folder / LOOKS_FILE).items()}
        looks = _read_rows(folder / LOOKS_ROWS_FILE)
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


def _write_rows(looks: tuple[Look, ...]) -> str:
    text = io.StringIO()
    names = [entry.name for entry in fields(Look)]
    writer = csv.DictWriter(text, names, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for look in looks:
        row = asdict(look)
        lists = {name: ",".join(value) for name, value in row.items() if isinstance(value, tuple)}
        writer.writerow(row | lists)
    return text.getvalue()


def _read_rows(path: Path) -> tuple[Look, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_look(row) for row in csv.DictReader(file, delimiter="\t"))


def _look(row: dict[str, str]) -> Look:
    return Look(
        id=row["id"],
        scenes=tuple(filter(None, row["scenes"].split(","))),
        presets=tuple(filter(None, row["presets"].split(","))),
        brightness=float(row["brightness"]),
        warmth=float(row["warmth"]),
        saturation=float(row["saturation"]),
        author=row["author"],
        licence=row["licence"],
        source=row["source"],
    )
