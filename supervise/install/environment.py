"""Keep `.venv` equal to a lock file; when it already is, find that out in milliseconds."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from supervise.errors import SetupError
from supervise.install import pytorch
from supervise.install.pip import Pip
from supervise.install.progress import step

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "doodlescape.json"
# There while pip works: what an interrupted pip leaves can look whole and not be.
UNFINISHED = VENV / "unfinished"
PIP, PROGRESS = "pip==26.3", "--progress-bar=raw"
# What one lock file also brings: the developers' set holds the serving set.
HOLDS = {"serve.txt": ["serve.txt"], "dev.txt": ["dev.txt", "serve.txt"]}
ROOM_BYTES = {"cpu": 2_500_000_000, "cuda": pytorch.CUDA_ROOM_BYTES}


def ensure(lock_name: str) -> Path:
    """Make `.venv` hold all of requirements/`lock_name` and return its Python.

    After an interrupted run the next one begins afresh, with what pip has in its cache.

    Raises:
        SetupError: it cannot be done; the message is one clear line.
    """
    if not _is_current(lock_name):
        with _alone():
            if not _is_current(lock_name):
                _install(lock_name)
    return PYTHON


def lock_hash(lock_name: str) -> str:
    """Return the SHA-256, in hexadecimal, of what a lock file has installed.

    Its line "# source: ..." is left out: that changes with what other lock files ask for.
    """
    lines = (ROOT / "requirements" / lock_name).read_bytes().splitlines()
    installed = [line for line in lines if not line.startswith(b"# source:")]
    return hashlib.sha256(b"\n".join(installed)).hexdigest()


def _is_current(lock_name: str) -> bool:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    same_lock = stamp["locks"].get(lock_name) == lock_hash(lock_name)
    return bool(same_lock and stamp["python"] == _python_of_venv())


def _python_of_venv() -> str | None:
    """Return the (major.minor) version of `.venv`'s Python, None when it does not run."""
    question = [str(PYTHON), "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


@contextmanager
def _alone() -> Iterator[None]:
    """Let one setup run at a time in this folder; others wait for it."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _install(lock_name: str) -> None:
    build = pytorch.wanted_build()
    print(f"Setting up in {VENV} (a minute or two, this once)", file=sys.stderr)
    if UNFINISHED.exists() or _python_of_venv() is None:
        _check_room(build)
        _create_venv()
    STAMP.unlink(missing_ok=True)
    UNFINISHED.touch()
    pip = Pip(PYTHON, VENV / "setup.log")
    with step("pip") as shown:
        pip.install(PIP, step=shown)
    requirement = _torch_requirement(lock_name)
    with step(f"PyTorch ({requirement}, {build.upper()} build)") as shown:
        pytorch.install(requirement, build, pip, shown)
    lock = ROOT / "requirements" / lock_name
    with step(f"{_package_count(lock)} other packages") as shown:
        pip.install(PROGRESS, "-r", str(lock), step=shown)
    with step("compiling for this processor"):  # what fails here, the first worker tells
        subprocess.run([PYTHON, "-m", "spade.ahead"], cwd=ROOT, capture_output=True)
    stamp = {
        "python": _python_of_venv(),
        "torch": build,
        "locks": {name: lock_hash(name) for name in HOLDS[lock_name]},
    }
    STAMP.write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    UNFINISHED.unlink()


def _check_room(build: str) -> None:
    free_bytes, needed_bytes = shutil.disk_usage(ROOT).free, ROOM_BYTES[build]
    if free_bytes < needed_bytes:
        raise SetupError(
            f"installing needs {needed_bytes / 1e9:.1f} GB of disk, {ROOT} has "
            f"{free_bytes / 1e9:.1f} GB free: make room, or clone to a larger disk"
        )


def _create_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    command = [sys.executable, "-m", "venv", str(VENV)]
    with step(f"a fresh environment, Python {sys.version.split()[0]}"):
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            if "ensurepip" in made.stdout + made.stderr:
                remedy = "on Debian and Ubuntu: apt-get install python3-venv"
            else:
                remedy = (made.stderr.strip() or made.stdout.strip()).split("\n")[-1]
            raise SetupError(f"this Python cannot make a virtual environment: {remedy}")


def _torch_requirement(lock_name: str) -> str:
    """Return the pinned "torch==X", which the locks name in a comment for this step."""
    text = (ROOT / "requirements" / lock_name).read_text(encoding="utf-8")
    match = re.search(r"^# torch: (torch==\S+)$", text, re.MULTILINE)
    assert match, f"{lock_name} names no torch; make the locks with python -m supervise.lock"
    return match[1]


def _package_count(lock: Path) -> int:
    return len(re.findall(r"^[A-Za-z0-9]", lock.read_text(encoding="utf-8"), re.MULTILINE))
