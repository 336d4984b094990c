"""The steps of a run, each in processes of its own and complete in itself."""

import json
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench.gpu.scale import Scale
from bench.gpu.shell import Shell, StepFailedError

Step = Callable[[Shell, Scale, Path], Any]
TESTS = "tests/spade/test_cuda_"


def plan(scale: Scale) -> dict[str, Step]:
    """Return all steps by name, in order."""
    large, small = scale.sizes[0], scale.sizes[-1]
    steps: dict[str, Step] = {"tests": tests, "precision": precision, "cold": cold}
    for size in scale.sizes:
        for count in scale.batches:
            steps[f"engines-{size}-{count}"] = partial(engines, size=size, count=count)
    steps[f"queue-{large}-png"] = partial(queue, size=large, kind="png")
    steps[f"queue-{large}-jpeg"] = partial(queue, size=large, kind="jpeg")
    if small != large:
        steps[f"queue-{small}-jpeg"] = partial(queue, size=small, kind="jpeg")
    steps["queue-two-models"] = partial(queue, size=large, kind="jpeg", shared=True)
    steps["training"] = training
    return steps


def facts(shell: Shell, scale: Scale) -> dict[str, Any]:
    """Return the device and the versions."""
    found: dict[str, Any] = _measured(shell, "facts", scale.device)
    return found


def tests(shell: Shell, scale: Scale, folder: Path) -> dict[str, int]:
    """Run the CUDA engine's tests; on a card those marked gpu must run, and none may skip."""
    report = folder / "tests.xml"
    names = ("gpu", "kernels", "engine") if scale.on_card else ("gpu",)
    files = [f"{TESTS}{name}.py" for name in names]
    needs = {"DOODLESCAPE_REQUIRE_GPU": "1"} if scale.on_card else {}
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}"]
    shell.python(*words, *files, **needs)
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    counts = {name: int(suite.get(name, 0)) for name in ("tests", "skipped", "failures", "errors")}
    if scale.on_card and counts["skipped"]:
        raise StepFailedError(f"{counts['skipped']} tests skipped on a machine with a card")
    return counts


def precision(shell: Shell, scale: Scale, _folder: Path) -> Any:
    """Compare dtypes on the shipped model."""
    return _measured(shell, "precision", scale.device, str(scale.precision_size))


def cold(shell: Shell, scale: Scale, folder: Path) -> Any:
    """Time the first pictures of a new machine, and of a new process on it."""
    model = _model(shell, scale, folder, "bench", scale.ngf)
    own = {"TRITON_CACHE_DIR": str(folder / "triton")}
    return {
        name: _measured(shell, "cold", scale.device, str(model), str(time.time()), **own)
        for name in ("machine", "process")
    }


def engines(shell: Shell, scale: Scale, folder: Path, *, size: int, count: int) -> Any:
    """Let the engine and the dense network take turns."""
    figures = folder / f"engines-{size}-{count}.json"
    words = f"-m spade bench --device {scale.device} --size {size} --batch {count}"
    words += f" --ngf {scale.ngf} --rounds {scale.rounds} --json {figures}"
    words += "" if scale.on_card else " --twin"
    shell.python(*words.split(), "--maps", *scale.maps)
    return json.loads(figures.read_text())


def queue(
    shell: Shell, scale: Scale, folder: Path, *, size: int, kind: str, shared: bool = False
) -> Any:
    """Let one worker empty a full queue, of two models under a limit of memory if `shared`."""
    models = ["bench"]
    _model(shell, scale, folder, "bench", scale.ngf)
    if shared:
        models.append(_model(shell, scale, folder, "second", max(2, scale.ngf // 2)).name)
    limit = {"DEVICE_MEMORY": str(scale.memory_bytes)} if shared else {}
    words = [folder, scale.device, size, scale.jobs, scale.queue_s, kind, *models]
    return _found(shell.python("-m", "bench.gpu.queued", *map(str, words), **limit))


def training(shell: Shell, scale: Scale, folder: Path) -> Any:
    """Train in two pieces that are carried from one to the other."""
    words = [str(folder / "training"), scale.device, str(scale.train_s)]
    return _found(shell.python("-m", "bench.gpu.training", *words))


def _model(shell: Shell, scale: Scale, folder: Path, name: str, ngf: int) -> Path:
    """Return the folder of a model with random weights; it is saved once a run."""
    model = folder / name
    if not model.is_dir():
        _measured(shell, "model", str(model), str(scale.sizes[0]), str(ngf))
    return model


def _measured(shell: Shell, *words: str, **environment: str) -> Any:
    return _found(shell.python("-m", "bench.gpu.measure", *words, **environment))


def _found(lines: list[str]) -> Any:
    """Return the last line that is JSON; libraries may have said something after it."""
    return json.loads(next(line for line in reversed(lines) if line[:1] in ("{", "[")))
