"""A web server of a test's own, whose page it may change."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from tests.api.conftest import write_card
from tests.conftest import Valkey
from tests.e2e.conftest import ROOT
from tests.ports import free_port
from tests.waiting import until


class House:
    """A copy of the service's web server, whose page a test may change."""

    def __init__(self, folder: Path, valkey: Valkey) -> None:
        """Copy what the server is made of, and start it."""
        for name in ("api", "jobs", "spade", "frontend"):
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("node_modules", "tests")
            )
        write_card(folder / "checkpoints", "landscape")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._settings = {"REDIS_URL": valkey.url, "MODEL": "landscape", "PORT": str(self.port)}
        self.start()

    def start(self, **settings: str) -> None:
        """Serve, with further settings."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api.server"],
            cwd=self._folder, env={**os.environ, **self._settings, **settings},
        )  # fmt: skip
        until(lambda: urlopen(f"{self.url}/livez"), "the server", passing=OSError)

    def stop(self) -> None:
        """Serve no more."""
        self.process.terminate()
        self.process.wait(30)

    def change(self, file: str, old: str, new: str) -> str:
        """Change a file of the page and return the version that it makes."""
        before = self.version()
        path = self._folder / "frontend" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        until(lambda: self.version() != before, "the new version")
        return self.version()

    def version(self) -> str:
        """Ask the server for its version."""
        with urlopen(f"{self.url}/sw.js") as answer:
            found = re.search(r'VERSION = "(\w+)"', answer.read().decode())
        assert found
        return found[1]
