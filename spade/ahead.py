"""Compile every kernel ahead of the first picture: `python -m spade.ahead`.

What is compiled stays on disk (`spade/engine/cpu/jit.py`); without this the first worker does it.
"""

import numpy as np
import torch

from spade.borders import natural_borders
from spade.engine.batch import Batch
from spade.engine.cpu.region import RegionEngine
from spade.maps.labels import load_label_set
from spade.model.architecture import Architecture
from spade.model.generator import Generator

SIDE = 64


def main() -> None:
    """Paint two small pictures with untrained models that between them use every kernel."""
    labels = load_label_set("landscape")
    label_map = np.full((SIDE, SIDE), labels.labels[0].id, dtype=np.uint8)
    label_map[SIDE // 2 :] = labels.labels[1].id
    natural_borders(label_map, labels, 0)
    channels = torch.from_numpy(labels.channel_of_id[label_map].astype(np.int64))[None]
    for noise in (False, True):
        architecture = Architecture(
            len(labels.ids), ngf=8, crop_size=SIDE, use_vae=noise, z_dim=8, noise=noise
        )
        batch = Batch(channels)
        if noise:
            batch = Batch(channels, z=torch.zeros(1, architecture.z_dim), seeds=(0,))
        RegionEngine(Generator(architecture).eval()).paint(batch)


if __name__ == "__main__":
    main()
