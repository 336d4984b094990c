"""Time how soon a painted picture is seen, by file format and by line, in a real Chromium.

    python -m bench.arrival PICTURE ...

Of each picture the format's encoder makes a file; a page fetches it as the studio does, over a
connection that is open already, decodes it and shows it. Prints medians in milliseconds: of the
encoder, and until the picture could be shown, with the line's speed as Chromium imitates it (its
latency and its rate; no lost packets, no slow start, which would help small files more).
"""

import argparse
import os
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import numpy.typing as npt
from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.encoders import pillow, read
from bench.figures import line, rule
from spade.png import write_png

Pixels = npt.NDArray[np.uint8]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
#: Pillow's numbers for how finely JPEG keeps colour: at each pixel, or at every second one.
FULL, HALF = 0, 2
ENCODERS: dict[str, Callable[[Pixels], bytes]] = {
    "PNG, ours": partial(write_png, notes={}),
    "JPEG 85, 4:2:0": pillow("JPEG", quality=85, subsampling=HALF),
    "JPEG 85, 4:4:4": pillow("JPEG", quality=85, subsampling=FULL),
    "JPEG 92, 4:2:0": pillow("JPEG", quality=92, subsampling=HALF),
    "JPEG 92, 4:4:4": pillow("JPEG", quality=92, subsampling=FULL),
    "WebP 85, method 0": pillow("WEBP", quality=85, method=0),
    "WebP 85, method 2": pillow("WEBP", quality=85, method=2),
}
#: Bits a second and seconds of latency; none: as fast as it goes.
LINES = {"loopback": None, "10 Mbit/s, 40 ms": (10e6, 0.04), "1.6 Mbit/s, 150 ms": (1.6e6, 0.15)}
SHOW = """async (url) => {
  const begun = performance.now();
  const blob = await (await fetch(url)).blob();
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  await image.decode();
  URL.revokeObjectURL(image.src);
  return performance.now() - begun;
}"""


def main() -> None:
    """Print a table, a row for each format."""
    parser = argparse.ArgumentParser(prog="python -m bench.arrival", description=__doc__)
    parser.add_argument("picture", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5, help="times that each is fetched")
    asked = parser.parse_args()
    pictures = [read(file) for file in asked.picture]
    files: dict[str, bytes] = {}
    rows = {}
    for number, (name, encode) in enumerate(ENCODERS.items()):
        spent_s = []
        for i, picture in enumerate(pictures * asked.rounds):
            begun = time.process_time()
            files[f"/{number}/{i % len(pictures)}"] = encode(picture)
            spent_s.append(time.process_time() - begun)
        sizes = [len(files[f"/{number}/{i}"]) for i in range(len(pictures))]
        rows[name] = (
            f"{statistics.fmean(sizes) / 1000:.0f}",
            f"{statistics.median(spent_s) * 1000:.1f}",
        )
    head = ("format", "kB", "encoder's CPU ms", *(f"seen after ms, {name}" for name in LINES))
    print(f"{line(head)}\n{rule(head)}")
    with _served(files) as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page()
        page.goto(url)
        session = page.context.new_cdp_session(page)
        seen = {}
        for name, speed in LINES.items():
            _imitate(session, speed)
            seen[name] = _arrivals(page, len(pictures), asked.rounds)
        chromium.close()
    for number, (name, row) in enumerate(rows.items()):
        print(line((name, *row, *(f"{seen[each][number]:.1f}" for each in LINES))))


def _arrivals(page: Page, pictures: int, rounds: int) -> list[float]:
    """Return for each format the median milliseconds until its pictures are seen; in turn."""
    spent: list[list[float]] = [[] for _ in ENCODERS]
    page.evaluate(SHOW, "/0/0")  # opens the connection
    for _ in range(rounds):
        for i in range(pictures):
            for number, all_ms in enumerate(spent):
                all_ms.append(page.evaluate(SHOW, f"/{number}/{i}"))
    return [statistics.median(all_ms) for all_ms in spent]


def _imitate(session: CDPSession, speed: tuple[float, float] | None) -> None:
    bits_per_s, latency_s = speed or (-8.0, 0.0)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": latency_s * 1000,
            "downloadThroughput": bits_per_s / 8,
            "uploadThroughput": bits_per_s / 8,
        },
    )


@contextmanager
def _served(files: dict[str, bytes]) -> Iterator[str]:
    """Serve files by their paths, and an empty page; give the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            data = files.get(self.path, b"")
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream" if data else "text/html")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    main()
