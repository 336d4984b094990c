"""Models: their labels, sizes, abilities and licences."""

from typing import Any

from pydantic import BaseModel, Field


class LabelView(BaseModel):
    """One material."""

    id: int
    name: str
    group: str
    colours: dict[str, str] = Field(description="#rrggbb by palette.")


class LabelSetView(BaseModel):
    """The materials of a model, in palette order."""

    name: str
    unlabelled_id: int | None
    labels: list[LabelView]


class StyleView(BaseModel):
    """A style preset."""

    name: str
    title: str


class ModelView(BaseModel):
    """A model; sizes are [height, width]."""

    name: str
    title: str
    default: bool
    native_size: tuple[int, int]
    size_multiple: int | None = Field(description="null: only the native size is painted.")
    max_size: tuple[int, int]
    sizes: str = Field(description="The allowed sizes in words.")
    abilities: dict[str, bool]
    styles: list[StyleView]
    licence: dict[str, Any]
    labels_strong: list[int] = Field(description="Labels that the model paints well.")
    labels_weak: list[int] = Field(description="Labels it has seen little of.")
    palettes: list[str] = Field(description="Palettes that a doodle or an import may name.")
    label_set: LabelSetView


class ModelList(BaseModel):
    """All models, the default first."""

    models: list[ModelView]
