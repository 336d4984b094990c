"""The studio page in a real Chromium, over the real API, server and worker with a tiny model."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.contexts import Contexts, Lent
from tests.e2e.studio import Studio
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
REQUIRED = os.environ.get("DOODLESCAPE_REQUIRE_BROWSER") == "1"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 60_000  # a page load on a busy machine
expect.set_options(timeout=PATIENCE_MS)
READY = re.compile(r"Doodlescape is ready: (http://\S+)")
SIZE = 64


class Site:
    """A running service: its address, and its worker, which tests may stop and continue."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        """Take over a service that is ready."""
        self.url = url
        self._process = process

    def signal_worker(self, number: int) -> None:
        """Send a signal to the worker."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                command = (folder / "cmdline").read_bytes()
            except (OSError, IndexError):
                continue
            if parent == self._process.pid and b"worker.app" in command:
                os.kill(int(folder.name), number)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole service on a port of its own, with an untrained model of 64x64 pixels."""
    folder = tmp_path_factory.mktemp("site")
    save_tiny_model(folder / "checkpoints" / "landscape")
    environment = {
        **os.environ,
        "DATA_DIR": str(folder / "data"),
        "CHECKPOINTS_DIR": str(folder / "checkpoints"),
        "MODEL": "landscape",
        "PORT": "0",
        "RATE_SUBMIT": "10000/minute",
        "RATE_ADDRESS": "10000/minute",
        "MAX_LIVE_PER_ADDRESS": "1000",
    }
    environment.pop("REDIS_URL", None)
    log = folder / "site.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "supervise.start"],
            cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip

    def url() -> str | None:
        text = log.read_text(encoding="utf-8", errors="replace")
        assert process.poll() is None, text
        found = READY.search(text)
        return found[1] if found else None

    try:
        until(url, f"ready in {log}", timeout_s=180.0)
        yield Site(url() or "", process)
    finally:
        process.terminate()
        process.wait(60)


def save_tiny_model(folder: Path) -> None:
    """Write an untrained model that paints 64x64 pixels in an instant, with styles and looks."""
    import torch

    from spade.looks.build import put_bank
    from spade.model.architecture import Architecture
    from spade.model.card import Card, Licence
    from spade.model.checkpoint import save_checkpoint
    from spade.model.encoder import StyleEncoder
    from spade.model.generator import Generator
    from tests.spade.test_looks import some_bank
    from tests.spade.tiny import add_segmenter

    torch.manual_seed(1)
    architecture = Architecture(18, ngf=8, z_dim=16, use_vae=True, crop_size=SIZE)
    card = Card(
        "landscape",
        "Landscape, untrained",
        "landscape",
        architecture,
        Licence("none", "test only", commercial=False),
        max_size=(512, 512),
        labels_strong=(156, 154),
        labels_weak=(118,),
    )
    styles = {name: torch.randn(2, 16) * 3 for name in ("dawn", "storm", "dusk")}
    encoder = StyleEncoder(16, nef=8, size=128).state_dict()
    generator = Generator(architecture).state_dict()
    save_checkpoint(folder, card, generator, encoder=encoder, styles=styles)
    add_segmenter(folder)
    put_bank(folder, some_bank(z_dim=16))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not Path(CHROMIUM).exists():
        reason = f"needs Chromium, looked for {CHROMIUM} (set CHROMIUM to its path)"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Visits:
    """Open the studio as people who were never here, and see that no page ever complains."""

    def __init__(self, site: Site, contexts: Contexts) -> None:
        """Open nothing yet."""
        self._site = site
        self._contexts = contexts
        self._lent: list[Lent] = []
        self.complaints: list[str] = []
        self.expected: list[str] = ["Service Worker registration blocked"]

    def open(
        self,
        path: str = "/",
        *,
        settings: Mapping[str, object] | None = None,
        context: BrowserContext | None = None,
        script: str | None = None,
        cold: bool = False,
        **options: object,
    ) -> Studio:
        """Open a page and wait until its palette is there.

        `settings` are the page's own, as an earlier visit would have left them; `script` runs
        before the page's; `cold` is a browser without any of the page's files.
        """
        if context is None:
            self._lent.append(self._contexts.lend(cold=cold, **options))
            context = self._lent[-1].context
        page = context.new_page()
        self._listen(page)
        if script:
            page.add_init_script(script)
        studio = Studio(page, self._site.url)
        studio.open(path, {"hints": False, "live": False, **(settings or {})})
        return studio

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in ("error", "warning")
                else None
            ),
        )

    def close(self) -> None:
        """Close all pages and fail if one of them complained unexpectedly."""
        for lent in self._lent:
            self._contexts.take_back(lent)
        unexpected = [
            text for text in self.complaints if not any(part in text for part in self.expected)
        ]
        assert unexpected == []


@pytest.fixture(scope="session")
def contexts(site: Site, browser: Browser) -> Contexts:
    """Browser contexts for all tests."""
    return Contexts(browser, site.url)


@pytest.fixture
def visits(site: Site, contexts: Contexts) -> Iterator[Visits]:
    """Visits of this test; their console must stay silent."""
    visits = Visits(site, contexts)
    yield visits
    visits.close()


@pytest.fixture
def studio(visits: Visits) -> Studio:
    """The studio on a laptop, on a second visit: hints dismissed, live painting off."""
    return visits.open()
