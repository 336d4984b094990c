"""`./start` as a person uses it: real server, real API, real worker, a tiny model."""

import contextlib
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SKY, SEA = 156, 154
pytestmark = pytest.mark.skipif(
    not Path("/proc").is_dir(), reason="finds processes by /proc, which only Linux has"
)
READY = re.compile(r"Doodlescape is ready: (http://\S+)")


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = 120.0) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"never came: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one complete model, "tiny": untrained, 64x64, quick."""
    import torch

    from spade.model.architecture import Architecture
    from spade.model.card import Card, Licence
    from spade.model.checkpoint import save_checkpoint
    from spade.model.generator import Generator

    folder = tmp_path_factory.mktemp("checkpoints")
    architecture = Architecture(18, ngf=8, z_dim=16, use_vae=True, crop_size=64)
    card = Card("tiny", "Tiny", "landscape", architecture, Licence("none", "test only", False))
    torch.manual_seed(1)
    save_checkpoint(folder / "tiny", card, Generator(architecture).state_dict())
    return folder


class Started:
    """A running `./start` and what it said so far."""

    def __init__(self, data_dir: Path, settings: dict[str, str]) -> None:
        """Start it with a data folder and settings of its own."""
        self.data_dir = data_dir
        # Of its own also where two are given one folder: one line is read as the last.
        self._log = data_dir.with_suffix(f".{time.monotonic_ns()}.log")
        environment = {**os.environ, "DATA_DIR": str(data_dir), "PORT": "0", **settings}
        environment.pop("REDIS_URL", None)
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "supervise.start"],
                cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        """All that it and its parts printed."""
        return self._log.read_text(encoding="utf-8")

    def url(self) -> str:
        """Return the URL that it prints when it is ready."""
        wait_for(lambda: bool(READY.search(self.said)) or self.ended(), "ready")
        match = READY.search(self.said)
        assert match, self.said[-3000:]
        return match[1]

    def ended(self) -> bool:
        """Tell whether `./start` itself is over."""
        return self.process.poll() is not None

    def processes(self) -> dict[int, str]:
        """Return the command lines of all processes that run for this data folder."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                mark = f"DATA_DIR={self.data_dir}".encode()
                if command and mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = command
        return found

    def is_gone(self) -> bool:
        """Tell whether no process of it is left."""
        return self.processes() == {}

    def runs_again(self, word: str, dead: int) -> bool:
        """Tell whether another process than `dead` has `word` in its command line."""
        return self.pid_of(word) not in (dead, 0)

    def pid_of(self, word: str) -> int:
        """Return the first process whose command line has `word`, 0 when there is none."""
        return min(self.pids_of(word), default=0)

    def pids_of(self, word: str) -> list[int]:
        """Return all processes whose command line has `word`."""
        return sorted(pid for pid, command in self.processes().items() if word in command)

    def environment_of(self, pid: int) -> dict[str, str]:
        """Return the environment that a process was started with."""
        pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
        return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


@pytest.fixture
def start(tmp_path: Path, checkpoints: Path) -> Iterator[Callable[..., Started]]:
    """Give a function that runs `./start`; afterwards all of it must be gone."""
    # A shell lets what it runs in the background ignore Ctrl-C, and ./start keeps to that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    running: list[Started] = []

    def begin(**settings: str) -> Started:
        own = {"MODEL": "tiny", "CHECKPOINTS_DIR": str(checkpoints), **settings}
        running.append(Started(tmp_path / f"data{len(running)}", own))
        return running[-1]

    yield begin
    for started in running:
        if not started.ended():
            started.process.terminate()
            started.process.wait(60)
        wait_for(started.is_gone, "no orphan")


def doodle() -> bytes:
    """Return a label map, sky over sea, as a grey PNG of 64x64."""
    labels = np.full((64, 64), SKY, np.uint8)
    labels[32:] = SEA
    out = io.BytesIO()
    Image.fromarray(labels).save(out, "PNG")
    return out.getvalue()


def post(url: str) -> str:
    """Post a doodle the way curl does and return the job's URL."""
    mark = "----boundary"
    head = f'--{mark}\r\nContent-Disposition: form-data; name="label_map"; filename="d.png"\r\n\r\n'
    body = head.encode() + doodle() + f"\r\n--{mark}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    request = urllib.request.Request(f"{url}/api/v1/jobs", body, headers)
    with OPENER.open(request, timeout=30) as answer:
        assert answer.status == 202
        return f"{url}{answer.headers['Location']}"


# Keeps the session cookie: a job is shown only to the one who posted it.
OPENER = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())


def job(url: str) -> dict[str, Any]:
    """Return a job's state."""
    with OPENER.open(url, timeout=30) as answer:
        return dict(json.load(answer))


def is_ready(url: str) -> bool:
    """Tell whether the service says that it can paint."""
    try:
        with OPENER.open(f"{url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
        return False


def painted(url: str) -> Image.Image:
    """Post a doodle, wait for its picture and return it."""
    where = post(url)
    wait_for(lambda: job(where)["status"] == "succeeded", "succeeded")
    (image,) = job(where)["images"]
    with OPENER.open(url + image["url"], timeout=30) as answer:
        return Image.open(io.BytesIO(answer.read()))


def tells_deaths(started: Started, count: int) -> bool:
    """Tell whether so many parts are said to have been killed."""
    return started.said.count("was ended by SIGKILL") >= count


def test_a_doodle_is_painted_whatever_part_is_killed(start: Callable[..., Started]) -> None:
    """After kill -9 of worker, web server and data server in turn the service paints again."""
    started = start(LEASE="2")
    url = started.url()
    assert painted(url).size == (64, 64)

    for told, part in enumerate(("worker.app", "api.server", "valkey-server"), start=1):
        pid = started.pid_of(part)
        assert pid, f"{part} runs in {started.processes()}"
        os.kill(pid, signal.SIGKILL)
        # Only then are the children that it left behind gone too, which might still answer.
        wait_for(partial(tells_deaths, started, told), "the end is told")
        wait_for(partial(started.runs_again, part, pid), f"{part} again")
        wait_for(lambda: is_ready(url), "ready again")
        assert painted(url).size == (64, 64)

    with urllib.request.urlopen(url, timeout=10) as page:
        assert b"Doodlescape" in page.read()


def test_what_was_accepted_is_painted_after_a_restart(
    start: Callable[..., Started], checkpoints: Path
) -> None:
    """A job accepted before `./start` was stopped is there, and done, after the next start."""
    first = start()
    where = post(first.url())
    first.process.send_signal(signal.SIGTERM)
    first.process.wait(60)
    settings = {"MODEL": "tiny", "CHECKPOINTS_DIR": str(checkpoints)}
    second = Started(first.data_dir, settings)

    with contextlib.ExitStack() as cleanup:
        cleanup.callback(second.process.wait, 60)
        cleanup.callback(second.process.terminate)
        path = where.partition("/api/")[2]
        url = f"{second.url()}/api/{path}"
        wait_for(lambda: job(url)["status"] == "succeeded", "succeeded")


#: For what is not about painting: a worker that loads no network is up in half the time.
IDLE = {"DOODLESCAPE_PAINTER": "bench.painters:idle"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything(number: signal.Signals, start: Callable[..., Started]) -> None:
    """Ctrl-C and SIGTERM end all parts in order, with exit code 0 and no process left."""
    started = start(**IDLE)
    started.url()
    assert len(started.processes()) >= 5  # start, its reaper, valkey, the API twice, the worker

    started.process.send_signal(number)

    assert started.process.wait(60) == 0
    assert started.processes() == {}
    assert started.said.rstrip().endswith("Stopped.")


def test_each_device_has_a_worker_of_its_own(start: Callable[..., Started]) -> None:
    """Two names in DEVICE are two workers; where one is killed, the other goes on painting."""
    started = start(DEVICE="cpu,cpu", LEASE="2")
    url = started.url()
    wait_for(lambda: len(started.pids_of("worker.app")) == 2, "two workers")
    first, second = started.pids_of("worker.app")
    names = {started.environment_of(pid)["WORKER_NAME"][-2:] for pid in (first, second)}
    assert names == {"-1", "-2"}
    assert {started.environment_of(pid)["DEVICE"] for pid in (first, second)} == {"cpu"}

    os.kill(first, signal.SIGKILL)

    assert painted(url).size == (64, 64)
    wait_for(lambda: set(started.pids_of("worker.app")) - {first, second} != set(), "a third")
    assert second in started.pids_of("worker.app")


def test_nothing_outlives_a_killed_start(start: Callable[..., Started]) -> None:
    """After kill -9 of `./start` itself, its parts end too."""
    started = start(**IDLE)
    started.url()

    started.process.kill()
    started.process.wait()

    wait_for(started.is_gone, "no orphan")


def ended_with(started: Started) -> str:
    """Wait for the end of a `./start` that cannot start; return its last line."""
    assert started.process.wait(60) == 1
    return started.said.strip().splitlines()[-1]


def test_a_port_in_use_is_told(start: Callable[..., Started]) -> None:
    """When another program has the port, one line says so and offers another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        line = ended_with(start(PORT=str(port)))

    assert line.startswith(f"doodlescape: port {port} is in use")
    assert f"PORT={port + 1} ./start" in line


def test_a_missing_checkpoint_is_told(start: Callable[..., Started]) -> None:
    """Without the model's checkpoint, one line says how to get one; nothing untrained is served."""
    line = ended_with(start(MODEL="nowhere"))

    assert line.startswith("doodlescape: no checkpoint 'nowhere'")
    assert "python -m spade import" in line
    assert line.endswith("(there: tiny)")


def test_half_a_checkpoint_is_told(start: Callable[..., Started], tmp_path: Path) -> None:
    """A checkpoint whose weights are cut short is refused before anything starts."""
    folder = tmp_path / "half" / "tiny"
    folder.mkdir(parents=True)
    card = {"files": {"model.safetensors": {"bytes": 100, "sha256": "0" * 64}}}
    (folder / "model.json").write_text(json.dumps(card))
    (folder / "model.safetensors").write_bytes(b"cut short")

    line = ended_with(start(CHECKPOINTS_DIR=str(folder.parent)))

    assert "is incomplete (9 of 100 bytes)" in line


def test_a_further_model_that_cannot_be_loaded_is_told(
    start: Callable[..., Started], checkpoints: Path, tmp_path: Path
) -> None:
    """What is wrong with a second model ends `./start`, though the first one is served by then."""
    shutil.copytree(checkpoints / "tiny", tmp_path / "tiny")
    shutil.copytree(checkpoints / "tiny", tmp_path / "spoilt")
    weights = tmp_path / "spoilt" / "model.safetensors"
    weights.write_bytes(bytes(weights.stat().st_size))

    started = start(CHECKPOINTS_DIR=str(tmp_path), MODEL="tiny,spoilt")

    assert ended_with(started).startswith("doodlescape: the worker does not start")
    assert "cannot start" in started.said
    assert started.processes() == {}


def test_a_wrong_setting_is_told(start: Callable[..., Started]) -> None:
    """A setting out of its limits is named with its value."""
    line = ended_with(start(PORT="80000"))

    assert line.startswith("doodlescape: PORT is '80000'")


def test_a_data_folder_in_use_is_told(start: Callable[..., Started]) -> None:
    """Two `./start` never share one data folder: the second says who has it."""
    first = start(**IDLE)
    first.url()
    second = Started(first.data_dir, {"MODEL": "tiny"})

    line = ended_with(second)

    assert f"another ./start (process {first.process.pid}) uses DATA_DIR" in line
    assert first.process.poll() is None


def test_a_redis_that_does_not_answer_is_told(tmp_path: Path, checkpoints: Path) -> None:
    """A REDIS_URL at which nothing answers ends the start with a line that hides its password."""
    environment = {
        **os.environ, "MODEL": "tiny", "CHECKPOINTS_DIR": str(checkpoints), "PORT": "0",
        "DATA_DIR": str(tmp_path / "data"), "REDIS_URL": "redis://:hush@127.0.0.1:9/0",
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-m", "supervise.start"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert ended.returncode == 1
    assert "no Redis can be used at redis://:***@127.0.0.1:9/0" in ended.stderr
    assert "hush" not in ended.stderr
