"""A job as the service tells it, and what one may ask for."""

from dataclasses import dataclass, fields
from typing import Any, Literal, Self, TypedDict, TypeVar

#: States in which a job still moves.
LIVE = frozenset({"queued", "running"})
T = TypeVar("T", "Image", "JobError")


class Options(TypedDict, total=False):
    """The optional fields of a submit; all are explained in docs/http-api.md.

    palette: whose colours the doodle has: natural, smart-sketch, gaugan, spade, ...
    match: "exact" refuses other colours, "nearest" takes the closest of the palette.
    resize: "nearest" resamples to the model's native size, "none" refuses other sizes.
    model: name of the model; the service's default otherwise.
    seed: 0 to 2**32 - 1; the same seed paints the same picture.
    count: 1 to 8 pictures, with seeds that count up.
    style: name of a preset of the model. style_image: path or bytes of a photo instead.
    look: id of one of the model's looks, see `Client.looks`; or two of them blended, as in
        "c866c89f+d43db540:0.4", the weight of the second from 0 to 1; or "fitting", for as many
        pictures as `count` in looks that suit what is painted, which a preset as `style` narrows.
    borders: "drawn", or "natural" for outlines as uneven as those of the materials.
    format: "png", "jpeg" or "webp".
    preview: True to have a small JPEG beside each PNG, at `Image.preview`.
    prompt: a scene in English or German instead of a picture; its layout is composed and painted.
    layout_only: True to have the layout of `prompt` alone. width, height: its size in pixels.
    slot: at most one waiting job per slot, a newer one takes its place.
    webhook_url: told, signed, when the job has ended.
    """

    palette: str
    match: Literal["exact", "nearest"]
    resize: Literal["none", "nearest"]
    model: str
    seed: int
    count: int
    style: str
    look: str
    borders: Literal["drawn", "natural"]
    format: Literal["png", "jpeg", "webp"]
    preview: bool
    prompt: str
    layout_only: bool
    width: int
    height: int
    slot: str
    webhook_url: str


@dataclass(frozen=True)
class Image:
    """A painted picture: where it lies, its seed, its size in pixels, the id of its look if any.

    `preview` is where a small JPEG of it lies, if one was asked for.
    """

    url: str
    seed: int | None
    width: int
    height: int
    look: str | None = None
    preview: str | None = None


@dataclass(frozen=True)
class JobError:
    """Why a job failed; `code` is stable, `message` is for people."""

    code: str
    message: str


@dataclass(frozen=True)
class Job:
    """A job at one moment.

    `kind` is paint, trace for a photo, or compose for a layout alone. `label_map_url` is None until
    there is a label map: before a photo is traced, and before words are composed.
    `status` is queued, running, succeeded, failed, cancelled or expired; `position` is 1 for the
    job that is painted next; `eta_s` is None when nobody can tell. `raw` is the whole answer.
    """

    id: str
    url: str
    status: str
    version: int
    position: int | None
    eta_s: float | None
    model: str
    format: str
    images: tuple[Image, ...]
    kind: str
    label_map_url: str | None
    error: JobError | None
    raw: dict[str, Any]
    etag: str = ""

    @property
    def live(self) -> bool:
        """Tell whether the job still moves."""
        return self.status in LIVE

    @classmethod
    def read(cls, answer: dict[str, Any], etag: str = "") -> Self:
        """Read the service's JSON; fields that this version does not know stay in `raw`."""
        plain = ("id", "url", "status", "version", "position", "eta_s", "model", "format")
        error, label_map = answer["error"], answer["label_map"]
        return cls(
            **{name: answer[name] for name in plain},
            images=tuple(_pick(Image, image) for image in answer["images"]),
            kind=answer.get("kind", "paint"),  # services of the release before paint only
            label_map_url=label_map["url"] if label_map else None,
            error=_pick(JobError, error) if error else None,
            raw=answer,
            etag=etag,
        )


def _pick(kind: type[T], answer: dict[str, Any]) -> T:
    known = (each.name for each in fields(kind))
    return kind(**{name: answer[name] for name in known if name in answer})
