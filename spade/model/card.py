"""The model card, `model.json`: everything about a checkpoint that is not a tensor."""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from spade.model.architecture import NETS, PIX2PIXHD_ALONE, UPSAMPLINGS, Architecture

FORMAT = 1
CARD_FILE = "model.json"
WEIGHTS_FILE = "model.safetensors"
SEGMENTER_FILE = "segmenter.safetensors"
LOOKS_FILE = "looks.safetensors"


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the text names the file, the fault and the remedy."""


@dataclass(frozen=True)
class Licence:
    """What the weights may be used for: a short name, a sentence, and whether for money."""

    name: str
    text: str
    commercial: bool


@dataclass(frozen=True)
class FileFacts:
    """What a checkpoint's file must be: hex SHA-256 and length in bytes."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Card:
    """A checkpoint's description.

    name: folder-like short name, used in URLs.
    title: what people read.
    label_set: name of a table in `spade/tables`.
    max_size: largest (height, width) that the model paints.
    styles: preset name -> what people read about it; the vectors are tensors `styles.NAME`.
    labels_strong, labels_weak: label ids that the model paints well, and those it does not.
    segmenter: how the network that traces photos was trained and what it reaches, if there is one.
    looks: how many looks its bank holds, for seeds and for each preset, if it has one.
    files: facts by file name, filled in by what saves them.
    """

    name: str
    title: str
    label_set: str
    architecture: Architecture
    licence: Licence
    max_size: tuple[int, int] | None = None
    abilities: dict[str, bool] = field(default_factory=dict)
    styles: dict[str, str] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    labels_strong: tuple[int, ...] = ()
    labels_weak: tuple[int, ...] = ()
    segmenter: dict[str, Any] = field(default_factory=dict)
    looks: dict[str, Any] = field(default_factory=dict)
    files: dict[str, FileFacts] = field(default_factory=dict)

    @property
    def largest_size(self) -> tuple[int, int]:
        """Largest (height, width) that the model paints; twice the native size unless given."""
        height, width = self.architecture.native_size
        return self.max_size or (2 * height, 2 * width)

    def to_json(self) -> dict[str, Any]:
        """Return the card as plain JSON values, with the sizes that follow from it."""
        values = asdict(self) | {
            "architecture": self.architecture.to_json(),
            "native_size": list(self.architecture.native_size),
            "size_multiple": self.architecture.stride,
            "max_size": list(self.largest_size),
            "labels_strong": list(self.labels_strong),
            "labels_weak": list(self.labels_weak),
        }
        return {"format": FORMAT} | values


def read_card(folder: Path) -> Card:
    """Read `folder/model.json`.

    Raises:
        CheckpointError: missing, no JSON, another format, or unfit values.
    """
    path = folder / CARD_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(
            f"{folder} is no checkpoint: it has no {CARD_FILE}; "
            "make one with `python -m spade train` or `python -m spade import`"
        ) from None
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from None
    try:
        return _card(values)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: {_reason(error)}") from None


def write_card(folder: Path, card: Card) -> None:
    """Write `folder/model.json` in one step, so that a reader never sees half of it."""
    text = json.dumps(card.to_json(), indent=2, ensure_ascii=False) + "\n"
    partial = folder / (CARD_FILE + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(folder / CARD_FILE)


def update_card(folder: Path, **changes: Any) -> Card:
    """Change fields of a checkpoint's card (metrics, labels_strong and the like)."""
    card = replace(read_card(folder), **changes)
    write_card(folder, card)
    return card


def _card(values: dict[str, Any]) -> Card:
    if values["format"] != FORMAT:
        raise ValueError(
            f"format is {values['format']!r}, this version reads {FORMAT}; update Doodlescape"
        )
    known = {entry.name for entry in fields(Card)}
    plain = {name: value for name, value in values.items() if name in known}
    return Card(
        **plain
        | {
            "architecture": read_architecture(values["architecture"]),
            "licence": Licence(**values["licence"]),
            "max_size": tuple(values["max_size"]) if values.get("max_size") else None,
            "labels_strong": tuple(values.get("labels_strong", ())),
            "labels_weak": tuple(values.get("labels_weak", ())),
            "files": {name: FileFacts(**facts) for name, facts in values["files"].items()},
        }
    )


def read_architecture(values: dict[str, Any]) -> Architecture:
    """Check and build an architecture from plain values.

    Raises:
        ValueError: an unknown option, or a value that no generator can have.
    """
    architecture = Architecture(**values)
    if architecture.net not in NETS:
        raise ValueError(f"net is {architecture.net!r}, known are {', '.join(NETS)}")
    if architecture.net == "pix2pixhd" and (architecture.use_vae or architecture.noise):
        raise ValueError("pix2pixhd takes neither style nor noise: leave out use_vae and noise")
    if architecture.num_upsampling_layers not in UPSAMPLINGS:
        raise ValueError(
            f"num_upsampling_layers is {architecture.num_upsampling_layers!r}, "
            f"known are {', '.join(UPSAMPLINGS)}"
        )
    if architecture.aspect_ratio <= 0:
        raise ValueError(f"aspect_ratio is {architecture.aspect_ratio}, it must be above 0")
    positive = {"label_nc": architecture.label_nc, "ngf": architecture.ngf}
    positive |= {"crop_size": architecture.crop_size, "z_dim": architecture.z_dim}
    positive |= {name: getattr(architecture, name) for name in PIX2PIXHD_ALONE[1:]}
    for name, value in positive.items():
        if value < 1:
            raise ValueError(f"{name} is {value}, it must be at least 1")
    if architecture.crop_size % architecture.stride or min(architecture.seed_size) < 1:
        what = "pix2pixhd"
        if architecture.net == "spade":
            what = f"{architecture.num_upsampling_layers!r} upsampling"
        raise ValueError(
            f"crop_size {architecture.crop_size} (aspect_ratio {architecture.aspect_ratio}) "
            f"does not fit {what}: use a multiple of {architecture.stride}"
        )
    return architecture


def _reason(error: Exception) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
