"""The script for a machine with a GPU: it runs here, goes on after a cut, and tells what failed."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.gpu import __main__ as program
from bench.gpu import steps
from bench.gpu.record import Record
from bench.gpu.report import chosen_dtype, readme, report, verdicts
from bench.gpu.scale import CARD, TINY, Scale
from bench.gpu.shell import Shell, StepFailedError

FACTS = {"device": "cpu", "torch": "2"}


def run(out: Path, *arguments: str) -> int:
    return program.main(["--tiny", "--out", str(out), *arguments])


def record_of(path: Path, times: dict[str, float], worst: dict[str, float]) -> Record:
    """Give a record with one map: seconds by engine, and the largest difference by dtype."""
    record = Record(path)
    record.note_facts(FACTS)
    rows = [
        {
            "label_map": "doodle", "size": [512, 512], "batch": 1, "engine": engine,
            "seconds": seconds, "ratio": times["dense"] / seconds, "error": 0.0, "within_2": 1.0,
            "share": 0.1, "peak_bytes": 2**30,
        }
        for engine, seconds in times.items()
    ]  # fmt: skip
    figures = {"matrix_flop_per_s": 8e14, "rows": rows}
    record.note("engines-512-1", {"status": "done", "seconds": 1.0, "result": figures})
    compared = [
        {"dtype": dtype, "map": "doodle", "largest": largest, "within_2": float(largest < 2 / 127)}
        for dtype, largest in worst.items()
    ]
    record.note("precision", {"status": "done", "seconds": 1.0, "result": compared})
    return record


@pytest.mark.slow
def test_steps_run_on_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The contest with dense and a real worker at a full queue give figures and a table."""
    wanted = ["engines-32-1", "queue-32-jpeg"]

    assert run(tmp_path, "--only", *wanted) == program.DONE

    found = Record(tmp_path / "dry-run.json").results()
    engines = {row["engine"] for row in found["engines-32-1"]["rows"]}
    assert engines == {"dense", "exact float32", "exact float16", "exact bfloat16"}
    assert found["queue-32-jpeg"]["jobs"] == TINY.jobs
    table = (tmp_path / "dry-run.md").read_text()
    assert "these figures say nothing about any card" in table
    assert "Worker, full queue, 32x32 jpeg" in table
    assert max(path.stat().st_size for path in tmp_path.iterdir()) < 16 * 2**20
    capsys.readouterr()


def test_a_cut_run_goes_on_and_a_failed_step_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was done stays done; the others run, whatever one of them does."""
    done: list[str] = []
    broken = {"second"}

    def step(name: str) -> steps.Step:
        def work(_shell: Shell, _scale: Scale, _folder: Path) -> str:
            if name in broken:
                raise StepFailedError("python -m this failed:\nno such thing")
            if name == "cut":
                raise KeyboardInterrupt
            done.append(name)
            return name

        return work

    names = ["first", "second", "third", "cut"]
    monkeypatch.setattr(steps, "plan", lambda _scale: {name: step(name) for name in names})
    monkeypatch.setattr(steps, "facts", lambda _shell, _scale: FACTS)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    assert done == ["first", "third"]
    names.pop()
    assert run(tmp_path) == program.FAILED
    assert "FAILED: second: python -m this failed:\nno such thing" in capsys.readouterr().out
    broken.clear()
    assert run(tmp_path) == program.DONE
    assert done == ["first", "third", "second"]
    assert run(tmp_path, "--fresh", "--minutes", "1e-9") == program.MORE
    assert done == ["first", "third", "second"]


def test_a_program_that_fails_or_takes_too_long_says_so(tmp_path: Path) -> None:
    """The error holds the command and its last lines; nothing that it started lives on."""
    shell = Shell(tmp_path / "log.txt", 60)
    with pytest.raises(StepFailedError, match=r"failed:\nat work\nno luck"):
        shell.python("-c", "print('at work'); raise SystemExit('no luck')")
    with pytest.raises(StepFailedError, match="took more than 0 s"):
        Shell(tmp_path / "log.txt", 0.4).python("-c", "import time; time.sleep(60)")
    assert "no luck" in (tmp_path / "log.txt").read_text()


def test_a_test_that_skips_on_a_card_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a card is promised, tests are told so, and one that skips all the same is told."""
    shell = Shell(tmp_path / "log.txt", 120)
    monkeypatch.setattr(
        steps, "TESTS", "tests/spade/test_cuda_gpu.py -k a_limit_that_is_not_there "
    )

    def skipped(_shell: Shell, *arguments: str, **environment: str) -> list[str]:
        assert environment == {"DOODLESCAPE_REQUIRE_GPU": "1"}
        report = next(a for a in arguments if a.startswith("--junit-xml=")).partition("=")[2]
        Path(report).write_text('<testsuites><testsuite tests="3" skipped="1"/></testsuites>')
        return []

    monkeypatch.setattr(Shell, "python", skipped)
    with pytest.raises(StepFailedError, match="1 tests skipped on a machine with a card"):
        steps.tests(shell, CARD, tmp_path)


@pytest.mark.parametrize(
    ("half", "brain", "worst", "wanted"),
    [
        (0.010, 0.010, {"float16": 0.001, "bfloat16": 0.004}, "float16"),
        (0.012, 0.010, {"float16": 0.001, "bfloat16": 0.004}, "bfloat16"),
        (0.012, 0.010, {"float16": 0.001, "bfloat16": 0.050}, "float16"),
        (0.010, 0.010, {"float16": 0.100, "bfloat16": 0.050}, "float32"),
    ],
)
def test_the_dtype_is_chosen_by_measurement(
    half: float, brain: float, worst: dict[str, float], wanted: str, tmp_path: Path
) -> None:
    """Near enough comes first, then speed; where both are as fast, the nearer one."""
    times = {"dense": 0.2, "exact float16": half, "exact bfloat16": brain, "exact float32": 0.05}
    record = record_of(tmp_path / "card.json", times, worst | {"float32": 1e-5})

    assert chosen_dtype(record)[0] == wanted
    assert any(f"auto should be {wanted}" in line for line in verdicts(record))
    ratio = 0.2 / times[f"exact {wanted}"]
    assert f"| 512 | doodle | 1 | 200.00 | {1000 * times[f'exact {wanted}']:.2f}" in readme(record)
    assert (f"met: at least 10 times dense at batch 1 (aim 20): {ratio:.3g}" in report(record)) == (
        ratio >= 10
    )


def test_figures_of_another_program_are_not_taken_over(tmp_path: Path) -> None:
    """A changed engine is measured anew."""
    path = tmp_path / "card.json"
    record_of(path, {"dense": 1.0}, {})
    assert Record(path).is_done("precision")
    kept: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"program": "older"}))
    assert not Record(path).is_done("precision")
