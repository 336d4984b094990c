"""What a submission asks for, paint, trace or compose, and whether the model it names can do it."""

from api.catalogue import Catalogue
from api.errors import ApiError
from api.schemas.jobs import JobOptions
from api.submit.paint import check_paint
from api.submit.submission import Blobs, Submission
from api.submit.trace import check_trace
from api.submit.words import check_words
from jobs.job import NewJob
from spade.maps.pictures import Limits

FILES = ("label_map", "doodle", "photo", "style_image")
INPUTS = frozenset({"label_map", "doodle", "photo"})


def check_submission(
    submission: Submission, catalogue: Catalogue, limits: Limits
) -> tuple[NewJob, Blobs]:
    """Check a submission against the model it names; return its job and the blobs to store.

    Raises:
        ApiError: naming the value, the limit and the remedy.
        LabelMapError: a picture cannot be read.
    """
    card = catalogue.find(submission.options.model)
    sent = _check_input(submission)
    check = {"photo": check_trace, "prompt": check_words}.get(sent, check_paint)
    return check(submission, card, limits)


def _check_input(submission: Submission) -> str:
    """Return the one thing that a job is to be made of."""
    options = submission.options
    sent = sorted(submission.files.keys() & INPUTS) + ["prompt"] * (options.prompt is not None)
    if len(sent) != 1:
        named = " and ".join(f"'{name}'" for name in sent)
        raise ApiError(
            "conflicting-fields" if sent else "missing-field",
            "Send one of 'label_map' (label ids), 'doodle' (colours) and 'photo' (to be traced)"
            + (f", or 'prompt', not {named}." if sent else " as a file, or words as 'prompt'."),
            {
                "errors": [
                    {"field": name, "detail": "one of four"} for name in sent or ["label_map"]
                ]
            },
        )
    if sent != ["prompt"]:
        _refuse_words_alone(options)
    return sent[0]


def _refuse_words_alone(options: JobOptions) -> None:
    """Refuse what only words take, where a picture says it."""
    given = [name for name in ("layout_only", "width", "height") if getattr(options, name)]
    if given:
        named = ", ".join(f"'{name}'" for name in given)
        raise ApiError(
            "conflicting-fields",
            f"{named} only with 'prompt': a picture has its layout and size.",
            {"errors": [{"field": name, "detail": "only with a prompt"} for name in given]},
        )
