"""Everything that wants a GPU, in one run: tests, engines, first picture, memory, the worker.

    bench/gpu_check                    on a fresh machine: installs, then runs this
    python -m bench.gpu                where the project is installed
    python -m bench.gpu --dry-run      every step on the CPU with a small model, to try the script

Writes bench/results/DEVICE.json and DEVICE.md; a dry run writes only where --out says.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.rig import ROOT, Rig, rig, until
from jobs import NewJob

RESULTS = Path(__file__).parent / "results"
MIB = 2**20


def main() -> int:
    """Run all steps; end with 1 where one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="on the CPU, with a small model")
    parser.add_argument("--out", type=Path, help="folder of the results")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        return measure(Path(args.measure[0]), args.measure[1], float(args.measure[2]))
    device = "cpu" if args.dry_run else "cuda"
    if args.dry_run and not args.out:
        parser.error("a dry run's figures say nothing: name a folder for them with --out")
    if not args.dry_run and not has_gpu():
        print("no NVIDIA GPU that PyTorch can use; see nvidia-smi, or try --dry-run --out FOLDER")
        return 1
    facts = run_steps(device, 128 if args.dry_run else 512, 8 if args.dry_run else 64)
    out = args.out or RESULTS
    out.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", facts["engines"]["device"].lower())
    (out / f"{name}.json").write_text(json.dumps(facts, indent=1) + "\n")
    (out / f"{name}.md").write_text(report(facts))
    print(report(facts))
    return 0 if facts["tests"]["status"] == 0 else 1


def has_gpu() -> bool:
    """Tell whether PyTorch can use a GPU."""
    import torch

    return torch.cuda.is_available()


def run_steps(device: str, size: int, ngf: int) -> dict[str, Any]:
    """Test and measure; each step is a process of its own."""
    facts: dict[str, Any] = {"tests": run_tests()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = folder / "engines.json"
        few = ["--size", "128", "--ngf", "8", "--rounds", "1", "--batch", "1", "2"]
        command = ["-m", "spade", "bench", "--device", device, "--json", str(figures)]
        _python(*command, *(few if device == "cpu" else ["--rounds", "20"]))
        facts["engines"] = json.loads(figures.read_text())
        save_model(folder / "bench", size, ngf)
        said = _python("-m", "bench.gpu", "--measure", f"{folder}/bench", device, str(time.time()))
        facts["cold"] = json.loads(said.splitlines()[-1])
        jobs = 12 if device == "cpu" else 2000
        facts["worker"] = [
            from_the_queue(folder, device, size, jobs, kind) for kind in ("png", "jpeg")
        ]
    return facts


def run_tests() -> dict[str, Any]:
    """Run the tests that are marked gpu."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "tests/spade"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout)
    return {"status": done.returncode, "summary": (done.stdout.splitlines() or [""])[-1]}


def save_model(folder: Path, size: int, ngf: int) -> None:
    """Save random weights of the published landscape architecture, or of a narrower one."""
    from dataclasses import replace

    from spade.benchmark import random_generator
    from spade.card import Card
    from spade.checkpoint import save_checkpoint
    from spade.imports.presets import PRESETS

    preset = PRESETS["landscape"]
    architecture = replace(preset.architecture, ngf=ngf, crop_size=size, contain_dontcare=True)
    card = Card("bench", preset.title, "coco", architecture, preset.licence)
    save_checkpoint(folder, card, random_generator(architecture).state_dict())


def measure(folder: Path, device: str, started_s: float) -> int:
    """Load and paint in this fresh process; print seconds and memory as JSON."""
    import numpy as np

    from spade import load_painter
    from spade.benchmark import draw_labels
    from spade.yardstick import peak_bytes

    painter = load_painter(folder, device)
    size = painter.native_size[0]
    doodles = np.stack([draw_labels("doodle", size, painter.label_set, n) for n in range(16)])
    facts: dict[str, Any] = {"loaded_s": time.time() - started_s}
    painter.paint(doodles[:1])
    facts |= {"first_picture_s": time.time() - started_s, "weight_bytes": painter.weight_bytes}
    for count in (1, 8, 16):
        for _ in range(3):
            painter.paint(doodles[:count])
        facts[f"peak_bytes_{count}"] = reserved_bytes(device) or peak_bytes(painter.device)
    print(json.dumps(facts))
    return 0


def reserved_bytes(device: str) -> int:
    """Return what PyTorch took of the GPU's memory, recordings with it; 0 on the CPU."""
    import torch

    return torch.cuda.max_memory_reserved() if device == "cuda" else 0


def from_the_queue(folder: Path, device: str, size: int, jobs: int, kind: str) -> dict[str, Any]:
    """Let one worker empty a full queue of doodles; count from the first picture stored."""
    from spade.benchmark import draw_labels
    from spade.labels import load_label_set

    labels = load_label_set("coco")
    maps = [zlib.compress(draw_labels("doodle", size, labels, n).tobytes()) for n in range(8)]
    places = {"CHECKPOINTS_DIR": str(folder), "DOODLESCAPE_PAINTER": "", "DEVICE": device}
    with rig((size, size), BATCH_ITEMS="16", BLOB_STORE="folder", **places) as parts:
        for number in range(jobs):
            params = {"label_map": "label-map", "style": None, "format": kind}
            job = NewJob(
                id=str(uuid4()), user=f"user-{number % 50}", model="bench", size=(size, size),
                params=params, fingerprint=uuid4().hex, address="127.0.0.1",
            )  # fmt: skip
            parts.blobs.put(job.id, "label-map", maps[number % len(maps)], 3600)
            parts.ledger.submit(job)
        parts.start_worker()
        until(lambda: _done(parts, "succeeded") + _done(parts, "failed"), 300, "for a picture")
        first, started = _done(parts, "succeeded"), time.perf_counter()
        until(lambda: _done(parts, "succeeded") + _done(parts, "failed") >= jobs, 540)
        seconds = time.perf_counter() - started
        claims, failed = _done(parts, "claims"), _done(parts, "failed")
    return {
        "format": kind,
        "pictures_per_s": (jobs - first) / max(seconds, 1e-9),
        "pictures_per_batch": jobs / max(claims, 1),
        "failed": failed,
    }


def _done(parts: Rig, name: str) -> int:
    return int(parts.ledger.redis.hget(f"{parts.ledger.root}stats", f"{name}|bench") or 0)


def report(facts: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    engines, cold = facts["engines"], facts["cold"]
    known = ("device", "driver", "cuda", "cudnn", "torch")
    lines = [
        f"# {engines['device']}",
        "",
        ", ".join(f"{name} {engines[name]}" for name in known if name in engines)
        + f"; matrix product {engines['matrix_flop_per_s'] / 1e12:.2f} TFLOP/s",
        "",
        f"GPU tests: {facts['tests']['summary']}",
        "",
        "| size | map | batch | engine | ms a picture | ratio | in 2/255 | largest | share |",
        "|---|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    for row in engines["rows"]:
        lines.append(
            f"| {row['size'][0]} | {row['label_map']} | {row['batch']} | {row['engine']} "
            f"| {1000 * row['seconds'] / row['batch']:.2f} | {row['ratio']:.1f} "
            f"| {row['within_2']:.3%} | {127.5 * row['error']:.2f}/255 | {row['share']:.1%} |"
        )
    lines += ["", f"First picture of a cold process: {cold['first_picture_s']:.1f} s "
              f"(loaded after {cold['loaded_s']:.1f} s); weights "
              f"{cold['weight_bytes'] / MIB:.0f} MiB."]  # fmt: skip
    lines += [
        f"Memory taken with batches of {count}: {cold[f'peak_bytes_{count}'] / MIB:.0f} MiB."
        for count in (1, 8, 16)
    ]
    lines += [
        f"Worker, full queue, {one['format']}: {one['pictures_per_s']:.1f} pictures/s in batches "
        f"of {one['pictures_per_batch']:.1f}, {one['failed']} failed."
        for one in facts["worker"]
    ]
    return "\n".join(lines) + "\n"


def _python(*arguments: str) -> str:
    """Run Python with these arguments, showing and returning what it prints."""
    command = [sys.executable, *arguments]
    said = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            said.append(line)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return "".join(said)


if __name__ == "__main__":
    sys.exit(main())
