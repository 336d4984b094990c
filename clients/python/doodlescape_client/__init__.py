"""Python client of a Doodlescape service: send a doodle, wait, save the photo.

from doodlescape_client import Client

with Client("http://localhost:8000") as client:
    job = client.submit(doodle="docs/pictures/doodle.png", palette="natural")
    client.save(client.wait(job), "photo.png")
"""

from doodlescape_client.client import Client
from doodlescape_client.errors import (
    Busy,
    Conflict,
    DoodlescapeError,
    Expired,
    InvalidRequest,
    JobCancelled,
    JobExpired,
    JobFailed,
    JobNotDone,
    NotAuthorized,
    NotFound,
    Refused,
    StillWaiting,
    Unreachable,
)
from doodlescape_client.job import Image, Job, Options

__all__ = [
    "Busy",
    "Client",
    "Conflict",
    "DoodlescapeError",
    "Expired",
    "Image",
    "InvalidRequest",
    "Job",
    "JobCancelled",
    "JobExpired",
    "JobFailed",
    "JobNotDone",
    "NotAuthorized",
    "NotFound",
    "Options",
    "Refused",
    "StillWaiting",
    "Unreachable",
]
