"""What was understood of a prompt; `spade.words.telling` writes it."""

from typing import Literal

from pydantic import BaseModel, Field

from api.schemas.jobs import MOST_LETTERS


class RelationView(BaseModel):
    """How a thing lies to others."""

    kind: str = Field(description="For example before, behind, between, on, in, beside.")
    to: list[int] = Field(description="Their places in `things`.")


class ThingView(BaseModel):
    """Something that was asked for."""

    material: str = Field(description="Name of a label.")
    words: str = Field(max_length=MOST_LETTERS, description="As they were said.")
    size: Literal["small", "usual", "big"]
    count: int | None
    places: list[str] = Field(description="Of left, right, middle, sides, front, back, top.")
    relations: list[RelationView]
    implied: bool = Field(description="It came with a scene or a weather.")


class UnknownView(BaseModel):
    """A word that is not known."""

    word: str
    suggestion: str | None = Field(description="A known word that looks like it.")


class NoteView(BaseModel):
    """What was decided for the caller."""

    code: str
    words: str
    message: str


class UnderstoodView(BaseModel):
    """What was understood of a prompt, and what was not."""

    things: list[ThingView]
    excluded: list[str] = Field(description="Names of labels that must not be there.")
    style: str | None = Field(description="Style preset of the light that was named.")
    language: Literal["en", "de"] = Field(description="That the prompt was read in.")
    unknown: list[UnknownView]
    notes: list[NoteView]
