"""From words to a job that composes their layout, and paints it unless only that is wanted.

What the words mean is the worker's to find out; here only their length and the rest is checked.
"""

import secrets
from typing import Any

from api.catalogue import ModelCard
from api.errors import ApiError
from api.submit.paint import check_appearance, paint_params, seed_of, style_input
from api.submit.submission import Blobs, Submission
from api.submit.trace import refuse_more
from jobs.job import Kind, NewJob
from spade.maps.pictures import Limits

#: Options that mean something for a layout that is not painted.
FITTING = frozenset(
    {"prompt", "layout_only", "width", "height", "seed", "model", "slot", "webhook_url"}
)


def check_words(submission: Submission, card: ModelCard, limits: Limits) -> tuple[NewJob, Blobs]:
    """Check a submission of words against the model it names.

    Raises:
        ApiError: the model knows no such materials or does not paint this size, or a field does not
            go with words.
        LabelMapError: the style picture cannot be read, or is too large.
    """
    options, files = submission.options, submission.files
    if not card.abilities.compose:
        raise ApiError(
            "words-unsupported",
            f"'{card.name}' has not the materials that words stand for.",
            {"value": card.name},
        )
    size = _size(submission, card)
    mark = secrets.token_hex(4)  # what the worker writes has a name of its own, as what is sent
    params: dict[str, Any] = {
        "prompt": options.prompt,
        "label_set": card.label_set,
        "understood": f"understood-{mark}",
    }
    if options.layout_only:
        refuse_more(submission, FITTING, "A layout is not painted", "not with layout_only")
        params |= {"kind": Kind.COMPOSE.value, "style": None, "format": "png"}
        return submission.new_job(
            card, size, {}, kind=Kind.COMPOSE, seed=seed_of(options), params=params
        )
    check_appearance(card, options, files)
    params |= {"label_map": f"layout-{mark}"} | paint_params(options)
    if options.style is None and options.look is None and "style_image" not in files:
        params["presets"] = list(card.styles)  # of which the light that is named may choose
    return submission.new_job(
        card, size, style_input(files, limits), seed=seed_of(options), params=params
    )


def _size(submission: Submission, card: ModelCard) -> tuple[int, int]:
    options = submission.options
    height = options.height or card.native_size[0]
    width = options.width or card.native_size[1]
    if not card.allows((height, width)):
        raise ApiError(
            "size-not-allowed",
            f"{width}x{height} is asked for; '{card.name}' paints {card.sizes_text()}. "
            "Send such a width and height, or leave both out.",
            {
                "value": [height, width],
                "native_size": card.native_size,
                "max_size": card.max_size,
            },
        )
    return height, width
