"""Parts as real child processes: restarted, given up, stopped, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from supervise.console import Console
from supervise.errors import SetupError
from supervise.process import Part, Reaper, SupervisedPart

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    not Path("/proc").is_dir(), reason="finds processes by /proc, which only Linux has"
)
FOREVER = "import time; time.sleep(600)"


def part(program: str, folder: Path, stop_s: float = 5.0) -> Part:
    """Return a part that runs a Python program."""
    return Part("thing", (sys.executable, "-uc", program), dict(os.environ), folder, stop_s)


def lives(pid: int) -> bool:
    """Tell whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "the awaited condition never came"
        time.sleep(0.02)


def run(work: Coroutine[None, None, None]) -> None:
    """Run `work` in a thread of its own: this one may have a browser test's event loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Return as soon as the condition holds, letting the event loop go on; fail in time."""
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)


def test_a_part_that_dies_is_started_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A killed part comes back, its lines carry its name, and its end is told with the reason."""
    program = (
        f"import os; open('pids', 'a').write(str(os.getpid()) + '\\n'); print('up'); {FOREVER}"
    )
    pids = tmp_path / "pids"

    def started() -> list[int]:
        return [int(line) for line in pids.read_text().split()] if pids.exists() else []

    async def live() -> None:
        with Reaper() as reaper:
            kept = SupervisedPart(part(program, tmp_path), Console(), reaper)
            running = asyncio.create_task(kept.run())
            await until(lambda: len(started()) == 1)
            os.kill(started()[0], signal.SIGKILL)
            await until(lambda: len(started()) == 2)
            await kept.stop()
            await running

    run(live())

    said = capsys.readouterr().out
    assert "thing  | up" in said
    assert "The thing was ended by SIGKILL; again in 0.5 s" in said
    assert not any(lives(pid) for pid in started())


def test_a_supervisor_that_dies_while_a_part_begins_leaves_nothing(tmp_path: Path) -> None:
    """Killed at the very moment that a part is started, it leaves no process behind."""
    program = f"import os; open('pid', 'w').write(str(os.getpid())); {FOREVER}"
    dying = f"""
import asyncio, os, signal
from pathlib import Path
from supervise.console import Console
from supervise.process import Part, Reaper, SupervisedPart

begin = asyncio.create_subprocess_exec

async def die(*words, **options):
    await begin(*words, **options)
    while not Path("pid").exists():
        await asyncio.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.create_subprocess_exec = die
command = ({sys.executable!r}, "-c", {program!r})
thing = Part("thing", command, dict(os.environ), Path({str(tmp_path)!r}), stop_s=1.0)
asyncio.run(SupervisedPart(thing, Console(), Reaper()).run())
"""
    there = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "-c", dying], cwd=tmp_path, env=there, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    pid = tmp_path / "pid"
    wait_for(lambda: pid.exists() and bool(pid.read_text()))
    try:
        wait_for(lambda: not lives(int(pid.read_text())))
    finally:
        with suppress(ProcessLookupError):
            os.kill(int(pid.read_text()), signal.SIGKILL)


def test_a_part_that_never_starts_is_given_up(tmp_path: Path) -> None:
    """A part that keeps ending before the service was ever ready ends `./start` with one line."""

    async def live() -> None:
        with Reaper() as reaper:
            await SupervisedPart(part("raise SystemExit(3)", tmp_path), Console(), reaper).run()

    with pytest.raises(SetupError, match="the thing does not start"):
        run(live())


@pytest.mark.parametrize("settled", [False, True])
def test_a_part_that_cannot_work_is_given_up_in_its_first_life(
    settled: bool, tmp_path: Path
) -> None:
    """A worker that says so (78) ends `./start`, also when others have made the service ready."""

    async def live() -> None:
        with Reaper() as reaper:
            kept = SupervisedPart(part("raise SystemExit(78)", tmp_path), Console(), reaper)
            kept.settled = settled
            await asyncio.wait_for(kept.run(), 10.0)

    with pytest.raises(SetupError, match="the thing does not start"):
        run(live())


def test_a_part_that_has_worked_before_is_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A running service stays when a worker's later life finds its model spoilt."""
    program = (
        "import pathlib; seen = pathlib.Path('seen'); first = not seen.exists(); seen.touch(); "
        "raise SystemExit(75 if first else 78)"
    )
    said: list[str] = []

    def is_told() -> bool:
        said.append(capsys.readouterr().out)
        return "The thing ended with code 78; again in 15 s" in "".join(said)

    async def live() -> None:
        with Reaper() as reaper:
            kept = SupervisedPart(part(program, tmp_path), Console(), reaper)
            kept.settled = True
            running = asyncio.create_task(kept.run())
            await until(is_told)
            await kept.stop()
            await running

    run(live())


def test_a_part_that_ignores_the_signal_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part that does not stop within its time is killed, with the processes it started."""
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    child = f"import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', '{FOREVER}'])"
    program = f"{deaf}; {child}; open('pid', 'w').write(str(c.pid)); print('deaf'); {FOREVER}"
    pid = tmp_path / "pid"

    async def live() -> None:
        with Reaper() as reaper:
            kept = SupervisedPart(part(program, tmp_path, stop_s=0.2), Console(), reaper)
            running = asyncio.create_task(kept.run())
            await until(lambda: pid.exists() and pid.read_text() != "")
            await kept.stop()
            await running
            # What has been sent SIGKILL may still take a moment to die.
            await until(lambda: not lives(int(pid.read_text())))

    run(live())

    assert "did not stop in 0.2 s: killed" in capsys.readouterr().out


def test_what_a_dead_part_left_behind_is_ended_before_it_is_started_again(tmp_path: Path) -> None:
    """When a part is killed, its own children go too: they would hold its port."""
    child = f"import subprocess, sys; c = subprocess.Popen([sys.executable, '-c', '{FOREVER}'])"
    program = (
        f"import os; {child}; open('pids', 'a').write('%d %d\\n' % (os.getpid(), c.pid)); {FOREVER}"
    )
    pids = tmp_path / "pids"

    def started() -> list[list[int]]:
        lines = pids.read_text().splitlines() if pids.exists() else []
        return [[int(pid) for pid in line.split()] for line in lines]

    async def live() -> None:
        with Reaper() as reaper:
            kept = SupervisedPart(part(program, tmp_path), Console(), reaper)
            running = asyncio.create_task(kept.run())
            await until(lambda: len(started()) == 1)
            os.kill(started()[0][0], signal.SIGKILL)
            await until(lambda: len(started()) == 2)
            assert not lives(started()[0][1])
            await kept.stop()
            await running

    run(live())


def test_the_reaper_ends_the_parts_of_a_killed_supervisor(tmp_path: Path) -> None:
    """After kill -9 of the supervisor its parts are asked to stop, and do."""
    told = tmp_path / "told"
    program = f"import os; open('told', 'w').write(str(os.getpid())); {FOREVER}"
    supervisor = f"""
import asyncio, os, sys
from pathlib import Path
from supervise.console import Console
from supervise.process import Reaper, SupervisedPart, Part

command = (sys.executable, "-c", {program!r})
part = Part("thing", command, dict(os.environ), Path({str(tmp_path)!r}), 5.0)
with Reaper() as reaper:
    asyncio.run(SupervisedPart(part, Console(), reaper).run())
"""
    process = subprocess.Popen([sys.executable, "-c", supervisor], cwd=ROOT)
    wait_for(lambda: told.exists() and told.read_text() != "")
    assert lives(int(told.read_text()))

    process.kill()
    process.wait()

    wait_for(lambda: not lives(int(told.read_text())))


def test_long_and_odd_lines_pass_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line longer than the buffer, bytes that are no UTF-8 and a missing newline do no harm."""
    program = (
        "import sys; out = sys.stdout.buffer; "
        "out.write(b'x' * 200_000 + b'\\n\\xff\\nlast'); out.flush(); "
        f"{FOREVER}"
    )
    collected = ""

    async def live() -> None:
        nonlocal collected
        with Reaper() as reaper:
            kept = SupervisedPart(part(program, tmp_path), Console(), reaper)
            running = asyncio.create_task(kept.run())
            async with asyncio.timeout(20):
                while "�" not in collected:
                    await asyncio.sleep(0.02)
                    collected += capsys.readouterr().out
            await kept.stop()
            await running
        collected += capsys.readouterr().out

    run(live())

    assert collected.count("x") == 200_000
    assert "thing  | �\n" in collected
    assert "thing  | last\n" in collected
