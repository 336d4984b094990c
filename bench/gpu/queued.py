"""A full queue, emptied by one real worker in its real batches.

python -m bench.gpu.queued FOLDER DEVICE SIZE JOBS LIMIT_S FORMAT [MODEL ...]
"""

import json
import sys
import time
import zlib
from pathlib import Path
from typing import Any

from bench.rig.jobs import new_job
from bench.rig.service import Rig, rig
from spade.engine.benchmark import draw_labels
from spade.maps.labels import load_label_set

BATCH_ITEMS = 16
FIRST_S, LOOK_S = 300.0, 0.05


def empty(
    folder: Path, device: str, size: int, jobs: int, limit_s: float, kind: str, models: list[str]
) -> dict[str, Any]:
    """Queue doodles for all models in turn; count from the first picture stored, for `limit_s`."""
    labels = load_label_set("coco")
    maps = [zlib.compress(draw_labels("doodle", size, labels, n).tobytes()) for n in range(8)]
    places = {"CHECKPOINTS_DIR": str(folder), "DOODLESCAPE_PAINTER": "", "DEVICE": device}
    more = {"MODEL": ",".join(models), "BATCH_ITEMS": str(BATCH_ITEMS), "BLOB_STORE": "folder"}
    with rig((size, size), **more, **places) as parts:
        for number in range(jobs):
            model = models[number % len(models)]
            job = new_job(
                number % 50, (size, size), model=model, label_map="label-map", format=kind
            )
            parts.blobs.put(job.id, "label-map", maps[number % len(maps)], 3600)
            parts.ledger.submit(job)
        worker = parts.start_worker()
        began = time.perf_counter()
        first = 0
        while not first and time.perf_counter() - began < FIRST_S:
            if worker.process.poll() is not None:
                log = (parts.folder / f"{worker.name}.log").read_text().splitlines()
                raise RuntimeError("the worker ended:\n" + "\n".join(log[-10:]))
            time.sleep(LOOK_S)
            first = _ended(parts, models)
        started = time.perf_counter()
        ended = first
        while first and ended < jobs and time.perf_counter() - started < limit_s:
            time.sleep(LOOK_S)
            ended = _ended(parts, models)
        seconds = time.perf_counter() - started
        claims, failed = parts.count("claims", *models), parts.count("failed", *models)
        workers = parts.ledger.workers.living()
    if not first or failed:
        raise RuntimeError(f"{failed} of {ended} jobs failed, {first} pictures came at first")
    return {
        "format": kind,
        "size": size,
        "models": models,
        "jobs": ended,
        "pictures_per_s": (ended - first) / max(seconds, 1e-9),
        "pictures_per_batch": ended / max(claims, 1),
        "first_picture_s": started - began,
        "memory": [worker.memory for worker in workers],
    }


def _ended(parts: Rig, models: list[str]) -> int:
    return parts.count("succeeded", *models) + parts.count("failed", *models)


if __name__ == "__main__":
    folder, device, size, jobs, limit_s, kind, *models = sys.argv[1:]
    counted = empty(
        Path(folder), device, int(size), int(jobs), float(limit_s), kind, models or ["bench"]
    )
    print(json.dumps(counted))
