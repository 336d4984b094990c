"""How the service says what is wrong."""

from pydantic import BaseModel, ConfigDict


class ProblemView(BaseModel):
    """An error (RFC 9457). Programs go by `code`."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    remedy: str
