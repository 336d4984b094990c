"""Jobs: what a submit may say, what a caller may ask of them, and how they are shown."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.strict import Strict
from spade.maps.labels import PALETTES, Borders

Status = Literal["queued", "running", "succeeded", "failed", "cancelled", "expired"]
Kind = Literal["paint", "trace", "compose"]
PictureFormat = Literal["png", "jpeg", "webp"]
SLOT = r"^[A-Za-z0-9._-]{1,64}$"
MAX_SEED = 2**32 - 1
MOST_LETTERS = 500  # as many as `spade.words` reads


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
    count: int = Field(
        1, ge=1, description="Number of variations, with seeds that count up; at most MAX_COUNT."
    )
    style: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None, description="Name of a style preset of the model."
    )
    look: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None,
        description="Id of one of the model's looks (GET /models/{name}/looks), which then holds "
        "whatever is painted; or two of them blended, `FIRST+SECOND:WEIGHT`, the weight of the "
        "second from 0 to 1 with up to three decimals; or "
        "`fitting`, which paints each picture of the job in another of the "
        "looks that suit the label map best, a preset as `style` narrowing them. Default: seed, "
        "style and label map choose.",
    )
    borders: Borders = Field(
        "drawn",
        description="`drawn` paints the label map to the pixel; `natural` first makes its outlines "
        "as uneven as mountains, leaves and clouds are, differently for each seed, for models "
        "whose abilities say natural_borders.",
    )
    format: PictureFormat = Field("png", description="File format of the painted pictures.")
    preview: bool = Field(
        False,
        description="Also keep a JPEG of each picture, for showing it sooner on a slow line: "
        "images[].preview. Only of PNGs; the other formats are small.",
    )
    prompt: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_LETTERS)
        ]
        | None
    ) = Field(
        None,
        description="A scene in English or German, instead of a picture: its layout is composed "
        "and painted, for models whose abilities say compose.",
    )
    layout_only: bool = Field(
        False, description="Only compose the label map of `prompt`; it is not painted."
    )
    width: int | None = Field(
        None, ge=1, description="Pixels across, with `prompt`. Default: the model's native width."
    )
    height: int | None = Field(
        None, ge=1, description="Pixels down, with `prompt`. Default: the model's native height."
    )
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


class EndQuery(TicketQuery):
    """How DELETE /jobs/{id} ends a job."""

    erase: bool = Field(False, description="Drop the job with its pictures and link, too.")


class WaitQuery(TicketQuery):
    """Long poll of GET /jobs/{id}."""

    wait: float = Field(
        0, ge=0, allow_inf_nan=False, description="Seconds to wait for a change of state."
    )


class ImageView(BaseModel):
    """One painted picture."""

    url: str
    preview: str | None = Field(
        description="Address of a JPEG of it, to be shown until the picture itself is there; "
        "null where none was asked for."
    )
    seed: int | None
    look: str | None = Field(
        description="Id of the look it was painted with, or a blend of two as a request names it; "
        "null where there is none."
    )
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
    kind: Kind = Field(
        description="`trace` for a photo, `compose` for `layout_only`: a label map comes out."
    )
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
    look: str | None = Field(description="The look that was asked for; that of each: images[].")
    borders: Borders
    format: PictureFormat
    slot: str | None
    prompt: str | None
    understood: LinkView | None = Field(
        description="What was understood of the prompt; null before the job has succeeded."
    )
    label_map: LinkView | None = Field(
        description="What is painted, or was traced or composed; null before it is."
    )
    images: list[ImageView] = Field(
        description="The painted pictures; none of a traced photo or of a layout."
    )
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
    borders: Borders
    created_at: datetime
    images: list[ImageView]
    label_map: LinkView
