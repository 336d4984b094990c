"""What the server means by saying no: it is full, it is away, or we asked wrongly."""

import re
from typing import Literal

from redis import RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

#: Codes by which a server blames the command. All others are about its own state: MISCONF,
#: NOREPLICAS, READONLY, LOADING, BUSY, CLUSTERDOWN, and those that a later release may bring.
BLAMES_US = {"ERR", "WRONGTYPE", "CROSSSLOT", "NOSCRIPT", "WRONGARITY", "INVALIDOBJ", "BUSYKEY"}
#: The code stands in front, also of an error that a pipeline passes on.
_CODE = re.compile(r"(?:^|caused error: )([A-Z]{3,})(?= )")


def refusal_of(error: RedisError) -> Literal["full", "away", ""]:
    """Tell a server without room from one that cannot work now; '' is a mistake of ours."""
    if isinstance(error, OutOfMemoryError):
        return "full"
    if isinstance(error, RedisConnectionError | RedisTimeoutError):
        return "away"
    if not isinstance(error, ResponseError):
        return ""
    code = code_of(error)
    if code == "OOM":
        return "full"
    return "" if not code or code in BLAMES_US else "away"


def code_of(error: RedisError) -> str:
    """Return the code of a server's refusal, such as MISCONF; '' when it did not answer."""
    if error.status_code:
        return error.status_code
    found = _CODE.search(str(error))
    return found[1] if found else ""
