"""One part of the service as a child process that is kept running."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from supervise.console import Console
from supervise.errors import SetupError

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 15.0
STEADY_S = 10.0  # a part that lived this long starts its back-off afresh
# Exit codes of sysexits.h that parts use: EX_TEMPFAIL, "start me again", as after a number of jobs;
# EX_CONFIG, "what I was given does not work", as a model that cannot be loaded.
ENDED_ON_PURPOSE, CANNOT_WORK = 75, 78
QUICK_DEATHS = 4  # so many in a row before the service was ever ready: give up


@dataclass(frozen=True)
class Part:
    """What to run and how.

    stop_s: seconds it gets to stop before it is killed.
    hidden: regular expression of log lines that help nobody.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    stop_s: float
    hidden: str = "(?!)"  # matches nothing


class Reaper:
    """The watcher process that ends the parts when the supervisor itself is killed."""

    def __init__(self) -> None:
        """Start it in a session of its own, so that a Ctrl-C on the terminal does not reach it."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("reaper.py"))],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def list_fd(self) -> int:
        """Return the watcher's list, on which each part puts itself as it begins."""
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    def ended(self, pid: int) -> None:
        """Take a process group off the list."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"-{pid}\n")
            self._process.stdin.flush()

    def __enter__(self) -> Self:
        """Return the reaper itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let it end, after it ended whatever is still on the list."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class SupervisedPart:
    """A part that is started again, with growing delays, whenever it ends unasked."""

    def __init__(self, part: Part, console: Console, reaper: Reaper) -> None:
        """Prepare; `run` starts it."""
        self.part = part
        self.settled = False  # set once the service was ready: from then on it may die often
        self._console, self._reaper = console, reaper
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Keep the part running until `stop`.

        Raises:
            SetupError: it keeps ending before the service was ever ready, or says in its first life
                that it cannot work: a worker loads its further models when the service is ready.
        """
        lives = quick_deaths = 0
        while not self._stopping.is_set():
            began_s = time.monotonic()
            code = await self._live_once()
            lives += 1
            if self._stopping.is_set():
                return
            steady = code == ENDED_ON_PURPOSE or time.monotonic() - began_s >= STEADY_S
            quick_deaths = 0 if steady else quick_deaths + 1
            hopeless = code == CANNOT_WORK and (lives == 1 or not self.settled)
            if hopeless or (quick_deaths >= QUICK_DEATHS and not self.settled):
                raise SetupError(f"the {self.part.name} does not start; its log lines are above")
            delay_s = _delay_s(code, quick_deaths)
            self._console.say(f"The {self.part.name} {_how(code)}; again in {delay_s:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay_s)

    async def stop(self) -> None:
        """Ask the part to end, and kill its process group when it takes longer than it may."""
        self._stopping.set()
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), self.part.stop_s)
        except TimeoutError:
            self._console.say(
                f"The {self.part.name} did not stop in {self.part.stop_s:g} s: killed"
            )
        self.kill()

    def kill(self) -> None:
        """End the part's whole process group at once."""
        self._stopping.set()
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _launched(self) -> tuple[str, ...]:
        """Return the command that puts itself on the reaper's list before it becomes the part."""
        launch = str(Path(__file__).with_name("launch.py"))
        python = (sys.executable, "-I", "-S")
        return (*python, launch, str(self._reaper.list_fd), *self.part.command)

    async def _live_once(self) -> int:
        """Run the part to its end and return its exit code (negative: the signal that ended it)."""
        lines, output = await _pipe()
        with output:
            self._process = process = await asyncio.create_subprocess_exec(
                *self._launched(),
                pass_fds=[self._reaper.list_fd],
                env=self.part.environment,
                cwd=self.part.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        if self._stopping.is_set():  # told to stop while it was being started
            self.kill()
        following = asyncio.create_task(
            self._console.follow(self.part.name, lines, self.part.hidden)
        )
        code = await process.wait()
        with suppress(ProcessLookupError):  # what the part itself left behind, as a web worker
            os.killpg(process.pid, signal.SIGKILL)
        await following
        self._process = None
        self._reaper.ended(process.pid)
        return code


async def _pipe() -> tuple[asyncio.StreamReader, BinaryIO]:
    """Make a pipe: a reader for this loop, and the file to write to.

    asyncio's own pipe would make `Process.wait` wait for all who hold it, grandchildren too.
    """
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb")
    )
    return reader, os.fdopen(write_end, "wb")


def _delay_s(code: int, quick_deaths: int) -> float:
    """Return how long to wait before a part is started again."""
    if code == CANNOT_WORK:
        return LONGEST_DELAY_S
    return min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** max(0, quick_deaths - 1))


def _how(code: int) -> str:
    """Say in words how a process ended."""
    if code >= 0:
        return f"ended with code {code}"
    return f"was ended by {signal.Signals(-code).name}"
