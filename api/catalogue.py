"""The models on offer, read from their cards and looks. Weights are the worker's business."""

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.errors import ApiError
from spade.maps.labels import PALETTES, LabelSet, load_label_set
from spade.maps.looks import ROWS_FILE, Look, read_looks

CARD_FILE = "model.json"
#: The label set whose materials words stand for.
COMPOSED = "landscape"
Size = tuple[int, int]


class Abilities(BaseModel):
    """What a model can be asked for."""

    seed: bool = False
    style: bool = False
    style_image: bool = False
    instances: bool = False
    natural_borders: bool = False
    segment: bool = False
    compose: bool = False

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: dict[str, bool]) -> dict[str, bool]:
        """Take an older card, which says nothing of style pictures, to mean them by `style`."""
        return {"style_image": values.get("style", False), **values}


class Licence(BaseModel):
    """Under what terms the weights may be used."""

    name: str
    text: str = ""
    commercial: bool = False


class ModelCard(BaseModel):
    """The part of `model.json` that callers see; sizes are (height, width).

    `bank` are the looks that the model has; `model.json` itself only counts them.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    title: str
    label_set: str
    native_size: Size
    size_multiple: int | None = Field(None, ge=1)
    max_size: Size
    abilities: Abilities = Abilities()
    styles: dict[str, Any] = {}
    licence: Licence
    labels_strong: list[int] = []
    labels_weak: list[int] = []
    bank: tuple[Look, ...] = ()

    @cached_property
    def look_ids(self) -> frozenset[str]:
        """Return the ids of the looks that the model has."""
        return frozenset(look.id for look in self.bank)

    @cached_property
    def labels(self) -> LabelSet:
        """Load the label set of the model."""
        return load_label_set(self.label_set)

    @property
    def palettes(self) -> list[str]:
        """List the palettes that have a colour for some label of the model."""
        return [name for name in PALETTES if self.labels.palette(name)]

    def allows(self, size: Size) -> bool:
        """Tell whether the model paints this size."""
        if size == self.native_size:
            return True
        multiple = self.size_multiple
        return multiple is not None and all(
            side % multiple == 0 and 0 < side <= largest
            for side, largest in zip(size, self.max_size, strict=True)
        )

    def sizes_text(self) -> str:
        """Describe the allowed sizes for a person."""
        height, width = self.native_size
        if not self.size_multiple:
            return f"{width}x{height} only"
        return (
            f"{width}x{height}, or any size up to {self.max_size[1]}x{self.max_size[0]} "
            f"whose sides are multiples of {self.size_multiple}"
        )


class Catalogue:
    """The cards of the models on offer, read again when a file changes."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        """Look for `names` in `folder`; the first one found is the default model."""
        self._folders = [folder / name for name in names]
        self._files = [str(one / name) for one in self._folders for name in (CARD_FILE, ROWS_FILE)]
        self._stamp: tuple[int, ...] | None = None
        self._cards: dict[str, ModelCard] = {}

    def cards(self) -> dict[str, ModelCard]:
        """Return the cards by name, the default model first.

        Raises:
            ValueError: a card or a list of looks is damaged; the message names the file.
        """
        stamp = tuple(map(_changed_ns, self._files))
        if stamp != self._stamp:
            folders = [folder for folder in self._folders if (folder / CARD_FILE).is_file()]
            cards = [_read(folder) for folder in folders]
            self._cards, self._stamp = {card.name: card for card in cards}, stamp
        return self._cards

    def find(self, name: str | None) -> ModelCard:
        """Return a model by name, the default one for None.

        Raises:
            ApiError: `unknown-model`, listing those there are.
        """
        cards = self.cards()
        card = cards.get(name or next(iter(cards), ""))
        if card is None:
            known = ", ".join(cards) or "none (no checkpoint is installed)"
            raise ApiError(
                "unknown-model",
                f"No model '{name}'; there are: {known}.",
                {"value": name, "allowed": list(cards)},
            )
        return card


def _changed_ns(file: str) -> int:
    """Return when a file was changed last; 0 where there is none."""
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0


def _read(folder: Path) -> ModelCard:
    file = folder / CARD_FILE
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        card = ModelCard.model_validate(values)
        natural = card.labels.takes_natural_borders(instance_edges=card.abilities.instances)
    except (ValueError, KeyError, ValidationError) as error:
        raise ValueError(f"{file} is not a model card: {error}") from error
    more = {"natural_borders": natural, "compose": card.labels.holds(load_label_set(COMPOSED))}
    abilities = card.abilities.model_copy(update=more)
    rows = folder / ROWS_FILE
    bank = read_looks(rows) if values.get("looks") and rows.is_file() else ()
    return card.model_copy(update={"abilities": abilities, "bank": bank})
