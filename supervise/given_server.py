"""The server that REDIS_URL names, which somebody else runs."""

import asyncio
import time
from contextlib import closing

from redis import AuthenticationError, RedisError

from jobs.server.connection import connect
from jobs.settings import Settings
from jobs.urls import without_password
from supervise.errors import SetupError

PATIENCE_S = 5.0


async def wait_until_answers(settings: Settings) -> None:
    """Wait until it answers.

    Raises:
        SetupError: it does not answer in time, or refuses the password.
    """
    deadline_s = time.monotonic() + PATIENCE_S
    while (problem := await asyncio.to_thread(_problem, settings)) is not None:
        if time.monotonic() > deadline_s or isinstance(problem, AuthenticationError):
            raise SetupError(
                f"no Redis can be used at {without_password(settings.redis_url)} ({problem}): "
                "start it, correct REDIS_URL, or unset it to use the embedded server"
            )
        await asyncio.sleep(0.02)


def _problem(settings: Settings) -> RedisError | None:
    try:
        with closing(connect(settings)) as client:
            client.ping()
    except RedisError as error:
        return error
    return None
