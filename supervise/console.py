"""Everything `./start` prints: its own words, and the parts' log lines with a prefix."""

import asyncio
import os
import re
import sys
from contextlib import suppress

COLOURS = {"server": "36", "api": "32", "worker": "35"}
LONGEST_LINE_BYTES = 65_536


class Console:
    """Standard output, coloured on a terminal unless NO_COLOR is set."""

    def __init__(self) -> None:
        """Look once whether there is a terminal."""
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """Print words of the supervisor itself."""
        self._print(f"\x1b[1m{text}\x1b[0m" if self._coloured else text)

    def line(self, name: str, text: str) -> None:
        """Print one log line of the part `name`."""
        prefix = f"{name:<6} |"
        if self._coloured:
            colour = COLOURS.get(name.partition("-")[0], "33")
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self._print(f"{prefix} {text}")

    def _print(self, text: str) -> None:
        with suppress(BrokenPipeError):  # nobody reads any more: go on serving
            print(text, flush=True)

    async def follow(self, name: str, stream: asyncio.StreamReader, hidden: str) -> None:
        """Print the lines of `stream` until it ends, but those in which `hidden` is found.

        Lines longer than 64 KiB are broken up.
        """
        rest = b""
        while chunk := await stream.read(LONGEST_LINE_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) >= LONGEST_LINE_BYTES:
                lines, rest = [*lines, rest], b""
            for line in lines:
                text = line.decode(errors="replace")
                if not re.search(hidden, text):
                    self.line(name, text)
        if rest:
            self.line(name, rest.decode(errors="replace"))
