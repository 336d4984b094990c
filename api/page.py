"""The studio page as it is served: its files under one version, which their contents make.

Every file but the page itself lies below `/v/VERSION/`, so no visit ever puts files of two
versions together: those of another version are not there. What lies there never changes, so
browsers keep it.
"""

import functools
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

FRONTEND = Path(__file__).resolve().parents[1] / "frontend"
STATIC = FRONTEND / "static"
INDEX, WORKER = FRONTEND / "index.html", FRONTEND / "sw.js"
VERSION_DIGITS = 16
#: For how long a file that was changed under the running server may go unnoticed.
LOOK_AGAIN_S = 1.0


@dataclass(frozen=True)
class StudioPage:
    """One version: its name, the page's HTML, the script that keeps all of it in the browser."""

    version: str
    index: str
    worker: str


def studio_page() -> StudioPage:
    """Return the version that lies on the disk now."""
    return _read(_signature(int(time.monotonic() / LOOK_AGAIN_S)))


@functools.lru_cache(maxsize=1)
def _signature(_moment: int) -> tuple[tuple[str, int, int], ...]:
    """Return name, time of change and size of every file: cheap to ask for, and it tells enough."""
    files = [INDEX, WORKER, *sorted(file for file in STATIC.rglob("*") if file.is_file())]
    stats = [(file.relative_to(FRONTEND).as_posix(), file.stat()) for file in files]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


@functools.lru_cache(maxsize=1)
def _read(signature: tuple[tuple[str, int, int], ...]) -> StudioPage:
    digest = hashlib.sha256()
    for name, _, _ in signature:
        content = (FRONTEND / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    version = digest.hexdigest()[:VERSION_DIGITS]
    base = f"/v/{version}/"
    names = [name.removeprefix("static/") for name, _, _ in signature if name.startswith("static/")]
    files = json.dumps([base + name for name in names])
    head = f'const VERSION = "{version}";\nconst FILES = {files};\n'
    index = INDEX.read_text(encoding="utf-8").replace('"/static/', f'"{base}')
    return StudioPage(version, index, head + WORKER.read_text(encoding="utf-8"))
