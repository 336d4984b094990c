"""What can be painted with."""

from dataclasses import asdict
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request
from pydantic import BaseModel
from redis import RedisError

from api.catalogue import ModelCard
from api.errors import ApiError
from api.openapi.operation import Answer, Operation, operation
from api.representation import PREFIX, json_response
from api.schemas.models import (
    ColoursView,
    CreditView,
    LabelSetView,
    LabelView,
    LookList,
    LooksQuery,
    LookView,
    ModelList,
    ModelView,
    StyleView,
)
from api.state import service
from api.submit.body import read_query
from spade.maps.looks import Look

blueprint = Blueprint("models", __name__, url_prefix=PREFIX)


@blueprint.get("/models")
@operation(
    Operation("Models", {200: Answer("All models, the default first.", ModelList)}, public=True)
)
def list_models() -> Response:
    """List the models.

    With their labels and colours, sizes, abilities and licences; the default model comes first.
    """
    cards = service().catalogue.cards().values()
    models = [_view(card, default=number == 0) for number, card in enumerate(cards)]
    return _revalidated(ModelList(models=models))


@blueprint.get("/models/<name>/looks")
@operation(
    Operation(
        "Models",
        {200: Answer("Looks, in the order of the model's bank.", LookList)},
        ("not-found", "unknown-style", "invalid-field", "unknown-field"),
        query=LooksQuery,
        public=True,
    )
)
def list_looks(name: str) -> Response:
    """List the looks that a model has.

    Each with the presets that choose from it, what it paints like, and the credit of the photo that
    lends it. A model without looks has an empty list.
    """
    query = read_query(request, LooksQuery)
    card = _find(name)
    if query.preset is not None and query.preset not in card.styles:
        known = ", ".join(card.styles) or "none"
        raise ApiError(
            "unknown-style",
            f"'{name}' has no preset '{query.preset}'; it has: {known}.",
            {"value": query.preset, "allowed": list(card.styles)},
        )
    found = [look for look in card.bank if query.preset is None or query.preset in look.presets]
    end = query.offset + query.limit
    following = query.model_dump(exclude_none=True) | {"offset": end}
    address = f"{PREFIX}/models/{quote(name)}/looks?{urlencode(following)}"
    looks = [_look_view(look) for look in found[query.offset : end]]
    return _revalidated(
        LookList(looks=looks, total=len(found), next=address if end < len(found) else None)
    )


def _find(name: str) -> ModelCard:
    cards = service().catalogue.cards()
    if name not in cards:
        raise ApiError("not-found", f"No model '{name[:64]}'; there are: {', '.join(cards)}.")
    return cards[name]


def _revalidated(body: BaseModel) -> Response:
    response = json_response(body)
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _look_view(look: Look) -> LookView:
    return LookView(
        id=look.id,
        presets=list(look.presets),
        scenes=list(look.scenes),
        colours=ColoursView(
            brightness=look.brightness, warmth=look.warmth, saturation=look.saturation
        ),
        credit=CreditView(author=look.author, licence=look.licence, source=look.source),
    )


def _view(card: ModelCard, *, default: bool) -> ModelView:
    labels = card.labels
    return ModelView(
        name=card.name,
        title=card.title,
        default=default,
        native_size=card.native_size,
        size_multiple=card.size_multiple,
        max_size=card.max_size,
        max_pixels=service().settings.max_paint_pixels,
        sizes=card.sizes_text(),
        paint_s=_paint_s(card),
        abilities=card.abilities.model_dump(),
        styles=[
            StyleView(name=name, title=_title(name, style)) for name, style in card.styles.items()
        ],
        looks=len(card.bank),
        licence=card.licence.model_dump(),
        labels_strong=card.labels_strong,
        labels_weak=card.labels_weak,
        palettes=card.palettes,
        label_set=LabelSetView(
            name=labels.name,
            unlabelled_id=labels.unlabelled_id,
            labels=[LabelView(**asdict(label)) for label in labels.labels],
        ),
    )


def _paint_s(card: ModelCard) -> dict[str, float]:
    """Return the seconds of a picture by its size; none while the server of jobs is away."""
    height, width = card.native_size
    sizes = [(height * times, width * times) for times in (1, 2, 4)]
    try:
        known = {
            f"{h}x{w}": service().ledger.forecasts.picture_s(card.name, h * w)
            for h, w in sizes
            if card.allows((h, w))
        }
    except RedisError:
        return {}
    return {size: round(seconds, 2) for size, seconds in known.items() if seconds is not None}


def _title(name: str, style: object) -> str:
    title = style.get("title") if isinstance(style, dict) else None
    return title if isinstance(title, str) else name.replace("-", " ").capitalize()
