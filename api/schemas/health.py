"""Health of the service: does it answer, is it ready to paint."""

from typing import Literal

from pydantic import BaseModel, Field

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
    warnings: list[str] = Field(
        description="What is set up so that jobs may be lost, and what to set."
    )
