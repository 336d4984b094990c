"""Jobs that are put into the ledger without the API."""

from typing import Any
from uuid import uuid4

from jobs import NewJob


def new_job(
    user: int,
    size: tuple[int, int],
    *,
    model: str = "bench",
    label_map: str = "",
    format: str = "png",
) -> NewJob:
    """Return a job of a user to be painted; `label_map` names its blob, a fresh name if empty."""
    params: dict[str, Any] = {
        "label_map": label_map or f"label-map-{uuid4()}",
        "style": None,
        "format": format,
    }
    return NewJob(
        id=str(uuid4()),
        user=f"user-{user}",
        model=model,
        size=size,
        params=params,
        fingerprint=uuid4().hex,
        address="127.0.0.1",
    )
