"""Words into a layout, and what was understood of them, as bytes to store."""

import json
from dataclasses import dataclass

from jobs.job import Job
from spade.maps.labels import load_label_set
from spade.words import compose
from spade.words.telling import as_json
from worker.painters import Labels


@dataclass(frozen=True, slots=True)
class Layout:
    """Hold a composed label map `[H, W] uint8`, its light's preset, and what is told of it."""

    label_map: Labels
    light: str | None
    understood: bytes


def compose_layout(job: Job) -> Layout:
    """Compose what a job's prompt says; the same job gives the same layout, however often.

    Raises:
        WordsError: nothing can be made of the words.
    """
    label_set = load_label_set(job.params["label_set"])
    made = compose(job.params["prompt"], label_set, job.size, job.seed)
    told = json.dumps(as_json(made.wish), ensure_ascii=False)
    return Layout(made.label_map, made.wish.light, told.encode())
