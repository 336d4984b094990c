"""What a run tells while it goes: a line per step, TensorBoard, and pictures to look at."""

import json
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from spade.data.pairs import PairDataset
from spade.engine.batch import to_levels
from spade.maps.instances import instance_edges
from spade.maps.labelmap import colour_picture, resize_nearest
from spade.maps.labels import LabelSet
from spade.model.pyramid import LabelPyramid
from spade.train.networks import Networks
from spade.train.styles import signatures

Picture = npt.NDArray[np.uint8]
GRID_SEED = 20190318


class Reporter:
    """Writes `metrics.jsonl` and TensorBoard events of a run, and measures its speed."""

    def __init__(self, run: Path, first_step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._file = (run / "metrics.jsonl").open("a", encoding="utf-8")
        self._board = SummaryWriter(str(run / "tensorboard"), purge_step=first_step)
        self._last = time.monotonic()

    def step(self, step: int, seen: int, metrics: dict[str, float], pictures: int) -> None:
        """Record one step's losses, the pictures seen by then, and `images_per_s`."""
        now = time.monotonic()
        speed = pictures / max(now - self._last, 1e-9)
        self._last = now
        self.record(step, {"images": seen, **metrics, "images_per_s": speed})

    def record(self, step: int, values: dict[str, float]) -> None:
        """Write figures of one step.

        Raises:
            OSError: they cannot be written; what is in the files stays.
        """
        rounded = {name: round(value, 5) for name, value in values.items()}
        self._file.write(json.dumps({"step": step, **rounded}) + "\n")
        self._file.flush()
        for name, value in values.items():
            self._board.add_scalar(name, value, step)

    def close(self) -> None:
        """Flush and close the files."""
        self._file.close()
        self._board.close()


class SampleGrid:
    """The same label maps painted again and again, so that progress can be seen.

    Each row is a label map, its photo where there is one, the picture in the photo's own style
    (VAE only) and pictures in styles of similar scenes.
    """

    COLUMNS = 2

    def __init__(self, dataset: PairDataset, doodles: list[Picture], label_set: LabelSet) -> None:
        self._label_set = label_set
        size = dataset.size
        self._rows: list[tuple[Picture, torch.Tensor | None]] = []
        for item in (dataset[index] for index in range(len(dataset))):
            self._rows.append((label_set.ids[item["channels"].numpy()], item["photo"]))
        self._rows += [(resize_nearest(doodle, size), None) for doodle in doodles]

    @torch.no_grad()
    def draw(self, networks: Networks, path: Path, device: torch.device) -> None:
        """Paint every row with the averaged generator and save the grid as a picture."""
        rows = [self._row(networks, ids, photo, device) for ids, photo in self._rows]
        grid = np.concatenate(rows)
        Image.fromarray(grid).save(path, quality=88)

    def _row(
        self, networks: Networks, ids: Picture, photo: torch.Tensor | None, device: torch.device
    ) -> Picture:
        pyramid = self._pyramid(networks, ids, device)
        cells = [colour_picture(ids, self._label_set)]
        own_style = None
        if photo is not None:
            cells.append(to_picture(photo))
            if networks.averaged_encoder is not None:
                own_style = networks.averaged_encoder(photo[None].to(device))[0]
        else:
            cells.append(np.zeros_like(cells[0]))
        styles = self._styles(networks, own_style, pyramid)
        cells += [to_picture(one) for one in networks.averaged(pyramid, ids.shape, styles)]
        return np.concatenate(cells, axis=1)

    def _pyramid(self, networks: Networks, ids: Picture, device: torch.device) -> LabelPyramid:
        columns = 1 if networks.bank is None else self.COLUMNS + 1
        maps = np.repeat(ids[None], columns, axis=0)
        channels = torch.from_numpy(self._label_set.channel_of_id[maps]).long().to(device)
        edges = None
        if networks.averaged.architecture.instance_edges:
            edges = torch.from_numpy(instance_edges(maps)).to(device)
        return LabelPyramid(channels, len(self._label_set.labels), edges)

    def _styles(
        self, networks: Networks, own: torch.Tensor | None, pyramid: LabelPyramid
    ) -> torch.Tensor | None:
        if networks.bank is None:
            return None
        described = signatures(pyramid.planes(pyramid.size))
        generator = torch.Generator(described.device).manual_seed(GRID_SEED)
        drawn = networks.bank.draw(described, generator)
        return drawn if own is None else torch.cat([own, drawn[1:]])


def to_picture(picture: torch.Tensor) -> Picture:
    """Turn `[3, H, W]` in [-1, 1] into `[H, W, 3] uint8 RGB`."""
    return to_levels(picture[None].float())[0].cpu().numpy()
