"""`./test`, inside `.venv`: every check of the project, quick ones first, with a summary."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
PACKAGES = ["api", "jobs", "worker", "spade", "supervise", "bench"]
PYTHON_PATHS = [*PACKAGES, "clients/python/doodlescape_client", "frontend/tools", "tests"]
PYTHON = sys.executable


@dataclass(frozen=True)
class Check:
    """One command that must end with 0."""

    name: str
    command: list[str]
    folder: Path = ROOT


def python_checks() -> list[Check]:
    """Return the checks of the Python code that run no service."""
    present = [name for name in PYTHON_PATHS if (ROOT / name).is_dir()]
    rules = ("layering", "rooms", "words", "docs")
    quick = [f"tests/test_{name}.py" for name in rules]
    return [
        Check("format", [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]),
        Check("lint", [PYTHON, "-m", "ruff", "check", "--quiet", "."]),
        Check("types", [PYTHON, "-m", "mypy", *present]),
        Check("house rules", [PYTHON, "-m", "pytest", "-q", *quick]),
    ]


def suite() -> list[Check]:
    """Return the whole suite: the browser's tests in a process of their own, then the rest.

    Playwright keeps an event loop in its process, which other tests must not meet.
    """
    browser = "tests/e2e"
    return [
        Check("browser", [PYTHON, "-m", "pytest", "--durations=10", browser]),
        Check("tests", [PYTHON, "-m", "pytest", "--durations=25", f"--ignore={browser}"]),
    ]


def page_checks() -> list[Check]:
    """Return the checks of the page's JavaScript, after fetching its developers' tools."""
    install_page_tools()
    tests = [
        str(file.relative_to(FRONTEND)) for file in sorted(FRONTEND.glob("tests/**/*.test.js"))
    ]
    return [
        Check("page format", ["npx", "--no-install", "prettier", "--check", "."], FRONTEND),
        Check("page types", ["npx", "--no-install", "tsc", "--noEmit", "-p", "."], FRONTEND),
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
    if arguments not in ([], ["fast"]):
        return subprocess.run([PYTHON, "-m", "pytest", *arguments], cwd=ROOT).returncode
    checks, skipped = python_checks(), []
    if shutil.which("node") and shutil.which("npm"):
        checks += page_checks()
    elif os.environ.get("DOODLESCAPE_REQUIRE_NODE") == "1":
        sys.exit("./test: Node.js with npm is required here (DOODLESCAPE_REQUIRE_NODE=1)")
    else:
        skipped = ["page types and page tests (no Node.js with npm)"]
    if not arguments:
        checks += suite()
    return report([run(check) for check in checks], skipped)


def run(check: Check) -> tuple[Check, float, int]:
    """Run one check with its output shown; return how long it took and its exit code."""
    print(f"\n=== {check.name}: {shown(check.command)}", flush=True)
    began_s = time.monotonic()
    code = subprocess.run(check.command, cwd=check.folder).returncode
    return check, time.monotonic() - began_s, code


def shown(command: list[str]) -> str:
    """Write a command as a person would type it, cut to one line."""
    return " ".join(command).replace(PYTHON, ".venv/bin/python")[:90]


def report(results: list[tuple[Check, float, int]], skipped: list[str]) -> int:
    """Print the closing summary; return 1 when a check failed, else 0."""
    print("\n=== summary")
    for check, took_s, code in results:
        print(f"  {'✓' if code == 0 else '✗'}  {check.name:<12} {took_s:6.1f} s")
    for name in skipped:
        print(f"  -  skipped: {name}")
    failed = [check.name for check, _, code in results if code]
    total_s = sum(took_s for _, took_s, _ in results)
    verdict = f"{len(failed)} failed: {', '.join(failed)}" if failed else "all checks passed"
    print(f"./test: {verdict} ({total_s:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
