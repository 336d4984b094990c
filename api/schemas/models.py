"""Models: their labels, sizes, abilities and licences."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.strict import Strict


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
    max_pixels: int = Field(description="Most pixels of one job, all its variations together.")
    sizes: str = Field(description="The allowed sizes in words.")
    paint_s: dict[str, float] = Field(
        description="Seconds that one picture takes when nothing else waits, as the workers "
        "measured of late: by its size as HEIGHTxWIDTH, for the native size and for twice and four "
        "times its sides. Empty while no worker serves."
    )
    abilities: dict[str, bool]
    styles: list[StyleView]
    looks: int = Field(description="How many looks it has: GET /models/{name}/looks.")
    licence: dict[str, Any]
    labels_strong: list[int] = Field(description="Labels that the model paints well.")
    labels_weak: list[int] = Field(description="Labels it has seen little of.")
    palettes: list[str] = Field(description="Palettes that a doodle or an import may name.")
    label_set: LabelSetView


class ColoursView(BaseModel):
    """What a model paints with a look is like on average."""

    brightness: float = Field(description="0 to 1.")
    warmth: float = Field(description="Red less blue, about -1 to 1.")
    saturation: float = Field(description="0 to 1.")


class CreditView(BaseModel):
    """Whose photo lends a look; empty where its data set says nothing."""

    author: str
    licence: str
    source: str


class LookView(BaseModel):
    """A real photo's style that pictures are painted with."""

    id: str
    presets: list[str] = Field(description="Presets that choose from it.")
    scenes: list[str] = Field(description="Kinds of scenes for which seeds choose from it.")
    colours: ColoursView
    credit: CreditView


class LookList(BaseModel):
    """Looks of a model, in the order of its bank."""

    looks: list[LookView]
    total: int = Field(description="How many there are that match, on this page or another.")
    next: str | None = Field(description="Address of the next page; null on the last one.")


class LooksQuery(Strict):
    """Which looks of a model are listed."""

    preset: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None, description="Only those that this style preset chooses from."
    )
    limit: int = Field(500, ge=1, le=1000, description="Looks a page.")
    offset: int = Field(0, ge=0, le=10**6, description="Looks to leave out; `next` has it.")


class ModelList(BaseModel):
    """All models, the default first."""

    models: list[ModelView]
