"""Pictures from elsewhere: how they are read, and what became of them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.strict import Strict
from spade.maps.labels import PALETTES


class ImportOptions(Strict):
    """The fields of an import, beside its picture."""

    model: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="The model whose label set is meant; default is the default model."
    )
    palette: Annotated[str, StringConstraints(max_length=64)] = Field(
        "auto",
        description="Name of the palette, `label-ids` for a picture of label ids, or `auto`: "
        "label ids for an 8-bit grey or palette PNG that holds only known ids, "
        "else the palette that knows most pixels.",
        json_schema_extra={"enum": ["auto", "label-ids", *PALETTES]},
    )
    match: Literal["exact", "nearest"] = Field(
        "exact", description="`exact` leaves other colours unlabelled; `nearest` takes the closest."
    )


class ColourView(BaseModel):
    """A colour of an imported picture that the palette lacks."""

    colour: str
    pixels: int
    nearest: dict[str, Any] = Field(description="id and name of the closest label.")


class ImportView(BaseModel):
    """What became of an imported picture."""

    palette: str
    width: int
    height: int
    pixels: int
    unmatched_pixels: int
    unmatched_share: float
    colours: list[ColourView] = Field(description="The largest 100 unmatched colours.")
    label_map: str = Field(description="8-bit palette PNG of label ids, base64.")
    preview: str = Field(description="The label map in natural colours, PNG, base64.")
