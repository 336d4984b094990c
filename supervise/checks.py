"""`./test`, inside `.venv`: every check of the project, quick ones first, with a summary."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
PACKAGES = ["api", "jobs", "worker", "spade", "supervise", "bench"]
PYTHON_PATHS = [*PACKAGES, "clients/python/doodlescape_client", "frontend/tools", "tests"]
HOUSE_RULES = [f"tests/test_{name}.py" for name in ("layering", "rooms", "words", "docs")]
PYTHON = sys.executable
CORES = os.cpu_count() or 1
#: Test processes beside each other, and browsers beside them: tests also wait, but on a busier
#: machine each of them takes more of it.
TEST_PROCESSES, BROWSERS = min(8, CORES), min(4, CORES)
TSC = ["npx", "--no-install", "tsc", "--noEmit", "-p"]


@dataclass(frozen=True)
class Check:
    """One command that must end with 0."""

    name: str
    command: list[str]
    folder: Path = ROOT


@dataclass(frozen=True)
class Ended:
    """A check that was run: its time, its exit code and, if it was kept, what it printed."""

    check: Check
    took_s: float
    code: int
    printed: str = ""


def python_checks() -> list[Check]:
    """Return the checks of the Python code that run no service."""
    present = [name for name in PYTHON_PATHS if (ROOT / name).is_dir()]
    return [
        Check("format", [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]),
        Check("lint", [PYTHON, "-m", "ruff", "check", "--quiet", "."]),
        Check("types", [PYTHON, "-m", "mypy", *present]),
        Check("house rules", [PYTHON, "-m", "pytest", "-q", *HOUSE_RULES]),
    ]


def kernels() -> Check:
    """Return what compiles the CPU's kernels once, before several test processes would."""
    return Check("kernels", [PYTHON, "-m", "spade.ahead"])


def suite() -> tuple[list[Check], Check]:
    """Return the browser's tests and then the model's, and all others that were not run before.

    Playwright keeps an event loop in its process, which other tests must not meet. Both halves take
    about as long.
    """
    browser, model, pytest = "tests/e2e", "tests/spade", [PYTHON, "-m", "pytest"]
    pytest += ["--dist", "worksteal", "--durations=15", "-n"]
    ignored = [f"--ignore={path}" for path in (browser, model, *HOUSE_RULES)]
    return (
        [
            Check("browser", [*pytest, str(BROWSERS), browser]),
            Check("model", [*pytest, str(TEST_PROCESSES), model]),
        ],
        Check("tests", [*pytest, str(TEST_PROCESSES), *ignored]),
    )


def page_checks() -> list[Check]:
    """Return the checks of the page's JavaScript, after fetching its developers' tools."""
    install_page_tools()
    tests = [
        str(file.relative_to(FRONTEND)) for file in sorted(FRONTEND.glob("tests/**/*.test.js"))
    ]
    return [
        Check("page format", ["npx", "--no-install", "prettier", "--check", "."], FRONTEND),
        Check("page types", [*TSC, "."], FRONTEND),
        Check("worker types", [*TSC, "tsconfig.worker.json"], FRONTEND),
        Check("page tests", ["node", "--test", "--test-reporter=spec", *map(str, tests)], FRONTEND),
    ]


def install_page_tools() -> None:
    """Run `npm ci` when frontend/node_modules is not what the lock file says."""
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    stamp = FRONTEND / "node_modules" / ".doodlescape"
    if stamp.exists() and stamp.read_text(encoding="ascii") == lock:
        return
    print("Fetching the page's development tools (npm ci)", flush=True)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=FRONTEND, check=True)
    stamp.write_text(lock, encoding="ascii")


def main(arguments: list[str]) -> int:
    """Run everything, the quick checks, or only pytest with `arguments`; return the exit code."""
    # Hundreds of processes import the same modules: compile each once.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if arguments not in ([], ["fast"]):
        return subprocess.run([PYTHON, "-m", "pytest", *arguments], cwd=ROOT).returncode
    checks, skipped = python_checks(), []
    if not arguments:
        checks.insert(0, kernels())
    if shutil.which("node") and shutil.which("npm"):
        checks += page_checks()
    elif os.environ.get("DOODLESCAPE_REQUIRE_NODE") == "1":
        sys.exit("./test: Node.js with npm is required here (DOODLESCAPE_REQUIRE_NODE=1)")
    else:
        skipped = ["page types and page tests (no Node.js with npm)"]
    began_s = time.monotonic()
    results = [*side_by_side(checks)]
    if not arguments:
        results += two_at_once(*suite())
    return report(results, skipped, time.monotonic() - began_s)


def side_by_side(checks: Iterable[Check]) -> Iterator[Ended]:
    """Run as many at once as there are cores; show each one's output, in their order."""
    with ThreadPoolExecutor(CORES) as pool:
        for ended in pool.map(run_unseen, checks):
            show(ended)
            yield ended


def two_at_once(beside: list[Check], seen: Check) -> list[Ended]:
    """Run `beside`, one after the other, and `seen`; show the output of `seen` while it runs."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.map(run_unseen, beside)
        announce(seen)
        began_s = time.monotonic()
        code = subprocess.run(seen.command, cwd=seen.folder).returncode
        ended = Ended(seen, time.monotonic() - began_s, code)
        unseen = [*waiting]
    for one in unseen:
        show(one)
    return [*unseen, ended]


def run_unseen(check: Check) -> Ended:
    """Run one check and keep what it prints."""
    began_s = time.monotonic()
    ended = subprocess.run(
        check.command,
        cwd=check.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return Ended(check, time.monotonic() - began_s, ended.returncode, ended.stdout)


def show(ended: Ended) -> None:
    """Print what a check printed."""
    announce(ended.check)
    print(ended.printed, end="", flush=True)


def announce(check: Check) -> None:
    """Print a check's name and command, as a person would type it, cut to one line."""
    typed = " ".join(check.command).replace(PYTHON, ".venv/bin/python")[:90]
    print(f"\n=== {check.name}: {typed}", flush=True)


def report(results: list[Ended], skipped: list[str], total_s: float) -> int:
    """Print the closing summary; return 1 when a check failed, else 0."""
    print("\n=== summary")
    for ended in results:
        mark = "✗" if ended.code else "✓"
        print(f"  {mark}  {ended.check.name:<12} {ended.took_s:6.1f} s")
    for name in skipped:
        print(f"  -  skipped: {name}")
    failed = [ended.check.name for ended in results if ended.code]
    verdict = f"{len(failed)} failed: {', '.join(failed)}" if failed else "all checks passed"
    print(f"./test: {verdict} ({total_s:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
