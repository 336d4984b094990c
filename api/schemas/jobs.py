"""Jobs: what a submit may say, what a caller may ask of them, and how they are shown."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.strict import Strict
from spade.maps.labels import PALETTES, Borders

Status = Literal["queued", "running", "succeeded", "failed", "cancelled", "expired"]
Kind = Literal["paint", "trace"]
PictureFormat = Literal["png", "jpeg", "webp"]
SLOT = r"^[A-Za-z0-9._-]{1,64}$"
MAX_SEED = 2**32 - 1


class JobOptions(Strict):
    """The fields of a new job, beside its picture."""

    palette: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None,
        description="Palette of the doodle's colours; which of them a model has: GET /models.",
        json_schema_extra={"enum": [*PALETTES, None]},
    )
    match: Literal["exact", "nearest"] = Field(
        "exact",
        description="`exact` refuses a doodle with colours outside the palette; `nearest` takes "
        "for each the closest colour of the palette (CIELAB).",
    )
    resize: Literal["none", "nearest"] | None = Field(
        None,
        description="What happens when the model does not paint the picture's size: `nearest` "
        "resamples it to the model's native size without mixing labels, `none` refuses it. "
        "Default: `nearest` for a doodle, `none` for a label map.",
    )
    model: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="Name of the model; default is the first of GET /api/v1/models."
    )
    seed: int | None = Field(
        None, ge=0, le=MAX_SEED, description="Same seed, same picture. Default: random."
    )
    count: int = Field(1, ge=1, le=4, description="Number of variations, with seeds that count up.")
    style: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None, description="Name of a style preset of the model."
    )
    borders: Borders = Field(
        "drawn",
        description="`drawn` paints the label map to the pixel; `natural` first makes its outlines "
        "as uneven as mountains, leaves and clouds are, differently for each seed, for models "
        "whose abilities say natural_borders.",
    )
    format: PictureFormat = Field("png", description="File format of the painted pictures.")
    slot: Annotated[str, StringConstraints(pattern=SLOT)] | None = Field(
        None,
        description="At most one live job per user and slot: a newer job replaces an older one "
        "that still waits in the same slot.",
    )
    webhook_url: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        None, description="Public address that is told, signed, when the job has ended."
    )


class ListQuery(Strict):
    """Paging of GET /jobs."""

    limit: int = Field(20, ge=1, le=100, description="Jobs a page.")
    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")] | None = Field(
        None, description="From `next` of the page before."
    )


class TicketQuery(Strict):
    """What an address below a job may carry."""

    ticket: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="From the links of a job that was posted without a session or key."
    )


class WaitQuery(TicketQuery):
    """Long poll of GET /jobs/{id}."""

    wait: float = Field(
        0, ge=0, le=25, allow_inf_nan=False, description="Seconds to wait for a change of state."
    )


class ImageView(BaseModel):
    """One painted picture."""

    url: str
    seed: int | None
    width: int
    height: int


class LinkView(BaseModel):
    """Where something lies."""

    url: str


class JobErrorView(BaseModel):
    """Why a job failed."""

    code: str
    message: str


class ShareView(BaseModel):
    """A public, read-only link to a job."""

    token: str
    url: str


class JobView(BaseModel):
    """A job as its owner sees it. Times are RFC 3339 in UTC."""

    id: str
    url: str
    kind: Kind = Field(description="`trace` for a photo: what comes out is its label map.")
    status: Status
    version: int = Field(description="Grows with every change of state; the ETag is made of it.")
    position: int | None = Field(description="1 = next; null when the job no longer waits.")
    eta_s: float | None = Field(description="Seconds until it is done; null when nobody can tell.")
    eta_reason: str | None = Field(description="Why a live job has no ETA: `no-worker`.")
    attempt: int = Field(description="How often a worker has taken the job.")
    model: str
    width: int
    height: int
    count: int
    seed: int | None
    style: str | None
    borders: Borders
    format: PictureFormat
    slot: str | None
    label_map: LinkView | None = Field(
        description="What is painted, or what was traced; null until a photo has been traced."
    )
    images: list[ImageView] = Field(description="The painted pictures; none of a traced photo.")
    error: JobErrorView | None
    share: ShareView | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None


class JobPage(BaseModel):
    """Some of the caller's jobs, newest first."""

    jobs: list[JobView]
    next: str | None = Field(description="Address of the next page; null on the last one.")


class SharedView(BaseModel):
    """A shared job as a stranger sees it."""

    model: str
    label_set: str
    seed: int | None
    style: str | None
    created_at: datetime
    images: list[ImageView]
    label_map: LinkView
