"""Everything that wants a GPU, in one run: tests, dtypes, engines, first picture, worker, training.

    bench/gpu_check                          on a fresh machine: installs, then runs this
    python -m bench.gpu                      where the project is installed
    python -m bench.gpu --dry-run --out DIR  every step on the CPU, small, to try the script

What is done is kept after each step in bench/results/DEVICE.json, with DEVICE.md beside it. The
same command goes on where it was cut; a failed step is told at the end and tried again.
"""

import argparse
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.gpu import steps
from bench.gpu.record import Record
from bench.gpu.report import readme, report, verdicts
from bench.gpu.scale import CARD, DRY, TINY, Scale
from bench.gpu.shell import Shell, StepFailedError

RESULTS = Path(__file__).parents[1] / "results"
#: Exit statuses: all is done; a step failed; time was up and steps are left.
DONE, FAILED, MORE = 0, 1, 3


def main(argv: list[str] | None = None) -> int:
    """Run what is not done yet; say what failed."""
    args = _arguments(argv)
    scale = TINY if args.tiny else DRY if args.dry_run else CARD
    if scale.on_card and not has_gpu():
        print("no NVIDIA GPU that PyTorch can use; see nvidia-smi, or try --dry-run --out FOLDER")
        return FAILED
    out: Path = args.out or RESULTS
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    facts = steps.facts(Shell(out / "facts.txt", scale.step_s), scale)
    (out / "facts.txt").unlink(missing_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", facts["device"].lower()) if scale.on_card else "dry-run"
    record = Record(out / f"{name}.json", fresh=args.fresh)
    record.note_facts(facts)
    shell = Shell(out / f"{name}.log.txt", scale.step_s)
    wanted = args.only or list(steps.plan(scale))
    with tempfile.TemporaryDirectory(prefix="gpu-") as folder:
        for step in wanted:
            if record.is_done(step):
                shell.say(f"{step}: done before")
            elif args.minutes and time.monotonic() - began > 60 * args.minutes:
                shell.say(f"{step}: no time left; the same command goes on")
            else:
                run_step(record, shell, scale, step, Path(folder))
                (out / f"{name}.md").write_text(report(record))
    print(f"\n{report(record)}\n{readme(record)}")
    return _tell(record, shell, wanted, time.monotonic() - began)


def run_step(record: Record, shell: Shell, scale: Scale, name: str, folder: Path) -> None:
    """Do one step, with `folder` for what steps leave for each other, and keep what came of it."""
    shell.say(f"{name} ...")
    began = time.monotonic()
    entry: dict[str, Any]
    try:
        entry = {"status": "done", "result": steps.plan(scale)[name](shell, scale, folder)}
    except StepFailedError as error:
        entry = {"status": "failed", "error": str(error)}
    entry["seconds"] = round(time.monotonic() - began, 1)
    record.note(name, entry)
    shell.say(f"{name}: {entry['status']} in {entry['seconds']} s")


def has_gpu() -> bool:
    """Tell whether PyTorch can use a GPU."""
    import torch

    return torch.cuda.is_available()


def _tell(record: Record, shell: Shell, wanted: list[str], seconds: float) -> int:
    """Say what was met, what failed and what is left."""
    for line in verdicts(record):
        shell.say(line)
    failed = [name for name in wanted if record.entries().get(name, {}).get("status") == "failed"]
    left = [name for name in wanted if name not in record.entries()]
    for name in failed:
        shell.say(f"FAILED: {name}: {record.entries()[name]['error']}")
    shell.say(f"{seconds:.0f} s in all; failed: {', '.join(failed) or 'nothing'}; "
              f"left: {', '.join(left) or 'nothing'}")  # fmt: skip
    return FAILED if failed else MORE if left else DONE


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.gpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dry-run", action="store_true", help="on the CPU, with a small model")
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="folder of the results")
    parser.add_argument("--only", nargs="+", metavar="STEP", help="these steps, not all")
    parser.add_argument("--minutes", type=float, help="begin no step after so many")
    parser.add_argument("--fresh", action="store_true", help="forget what was done before")
    args = parser.parse_args(argv)
    args.dry_run = args.dry_run or args.tiny
    if args.dry_run and not args.out:
        parser.error("a dry run's figures say nothing: name a folder for them with --out")
    known = steps.plan(TINY if args.tiny else DRY if args.dry_run else CARD)
    for name in args.only or ():
        if name not in known:
            parser.error(f"no step '{name}'; known: {', '.join(known)}")
    return args


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no step lives on
    sys.exit(main())
