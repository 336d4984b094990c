"""What stands beside a handler for the OpenAPI document: what it reads, what it may answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

Handler = TypeVar("Handler", bound=Callable[..., Any])
Schema = dict[str, Any]
#: What any address of a job may answer.
JOB_ERRORS = ("job-not-found", "job-expired", "invalid-field", "unknown-field")


@dataclass(frozen=True)
class Answer:
    """A successful response: a JSON model, or bytes of some media types, or nothing.

    `links` maps operation ids that the answer leads to onto their parameters.
    """

    description: str
    model: type[BaseModel] | None = None
    media_types: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """What a handler reads and answers. `files` maps file fields to their description."""

    tag: str
    answers: dict[int, Answer]
    errors: tuple[str, ...] = ()
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    files: dict[str, str] = field(default_factory=dict)
    required_files: tuple[tuple[str, ...], ...] = ()
    headers: dict[str, Schema] = field(default_factory=dict)
    public: bool = False


def operation(spec: Operation) -> Callable[[Handler], Handler]:
    """Attach to a handler what the document says about it."""

    def attach(handler: Handler) -> Handler:
        handler.operation = spec  # type: ignore[attr-defined]
        return handler

    return attach
