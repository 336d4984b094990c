"""What can be painted with."""

from dataclasses import asdict

from flask import Blueprint, Response, request

from api.catalogue import ModelCard
from api.openapi.operation import Answer, Operation, operation
from api.representation import PREFIX, json_response
from api.schemas.models import LabelSetView, LabelView, ModelList, ModelView, StyleView
from api.state import service

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
    response = json_response(ModelList(models=models))
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _view(card: ModelCard, *, default: bool) -> ModelView:
    labels = card.labels
    return ModelView(
        name=card.name,
        title=card.title,
        default=default,
        native_size=card.native_size,
        size_multiple=card.size_multiple,
        max_size=card.max_size,
        sizes=card.sizes_text(),
        abilities=card.abilities.model_dump(),
        styles=[
            StyleView(name=name, title=_title(name, style)) for name, style in card.styles.items()
        ],
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


def _title(name: str, style: object) -> str:
    title = style.get("title") if isinstance(style, dict) else None
    return title if isinstance(title, str) else name.replace("-", " ").capitalize()
