"""Read request bodies whole, and not for ever: a deadline that moves with what has come.

Nobody holds a thread while sending, so a slow client costs its own bytes and nothing else; who
sends next to nothing is told so, and the connection is free again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

#: Any body may take so long, seconds; after that it must have come at the least rate all along.
GRACE_S = 20.0
LEAST_BYTES_A_SECOND = 16 * 1024

Receive = Callable[[], Awaitable[dict[str, Any]]]


class BodyTooSlow(Exception):
    """Less has come than the least rate."""


class Gone(Exception):
    """The client has hung up."""


async def read_whole(receive: Receive, most_bytes: int) -> bytes:
    """Return the body of a request; of one with more than `most_bytes`, somewhat more than those.

    Raises:
        BodyTooSlow: it came at less than the least rate.
        Gone: the client hung up before its end.
    """
    body = bytearray()
    began_s = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(GRACE_S) as limit:
            more = True
            while more and len(body) <= most_bytes:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                body += message.get("body", b"")
                more = message.get("more_body", False)
                limit.reschedule(began_s + GRACE_S + len(body) / LEAST_BYTES_A_SECOND)
    except TimeoutError:
        raise BodyTooSlow from None
    return bytes(body)
