"""Health of the service, and how it says what is wrong."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.strict import Strict


class ReadyQuery(Strict):
    """What GET /readyz counts as ready."""

    workers: int = Field(1, ge=0, le=1000, description="Least number of workers that must serve.")


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether jobs are painted now, and if not, why."""

    status: Literal["ready", "unready"]
    workers: int
    reasons: list[str]


class ProblemView(BaseModel):
    """An error (RFC 9457). Programs go by `code`."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    remedy: str
