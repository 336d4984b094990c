"""Bodies and queries that are read strictly."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A body or query whose unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
