"""What a submission asks for, paint or trace, and whether the model it names can do it."""

from api.catalogue import Catalogue
from api.errors import ApiError
from api.submit.paint import check_paint
from api.submit.submission import Blobs, Submission
from api.submit.trace import check_trace
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
    _check_input(submission.files)
    check = check_trace if "photo" in submission.files else check_paint
    return check(submission, card, limits)


def _check_input(files: dict[str, bytes]) -> None:
    sent = sorted(files.keys() & INPUTS)
    if len(sent) == 1:
        return
    named = " and ".join(f"'{name}'" for name in sent)
    raise ApiError(
        "conflicting-fields" if sent else "missing-field",
        "Send one of 'label_map' (label ids), 'doodle' (colours) and 'photo' (to be traced)"
        + (f", not {named}." if sent else " as a file."),
        {"errors": [{"field": name, "detail": "one of three"} for name in sent or ["label_map"]]},
    )
