"""How long a finished model's pictures take as people ask for them, and how much memory."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from spade.engine.benchmark import draw_labels
from spade.engine.device import peak_bytes, reset_peak
from spade.maps.labels import Borders
from spade.painter import Painter


@dataclass(frozen=True)
class PictureSpeed:
    """Whole pictures of one size, borders and levels included; seconds are of one picture.

    processor_s: of all cores together, which says more than the clock where others work too.
    peak_bytes: resident memory on a CPU, else allocated memory of the device.
    """

    size: tuple[int, int]
    seconds: float
    least_s: float
    processor_s: float
    peak_bytes: int


def measure_speed(painter: Painter, sides: Sequence[int], rounds: int) -> Iterator[PictureSpeed]:
    """Paint a doodle at each side, `rounds` times with other seeds, and yield the medians.

    Raises:
        PaintError: a size that the model does not paint.
    """
    borders: Borders = "natural" if painter.abilities["natural_borders"] else "drawn"
    device = torch.device(painter.device)
    painter.warm_up()
    for side in sides:
        doodle = draw_labels("doodle", side, painter.label_set)[None]
        clock, processor, peak = [], [], 0
        for seed in range(rounds):
            reset_peak(device)
            started, worked = time.perf_counter(), time.process_time()
            painter.paint(doodle, seeds=[seed], borders=borders)
            clock.append(time.perf_counter() - started)
            processor.append(time.process_time() - worked)
            peak = max(peak, peak_bytes(device))
        median = statistics.median
        yield PictureSpeed((side, side), median(clock), min(clock), median(processor), peak)
