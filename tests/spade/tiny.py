"""Small models with random weights that paint with full contrast, and random label maps."""

from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from spade.maps.labels import LabelSet, load_label_set
from spade.model.architecture import Architecture
from spade.model.card import Card, Licence, read_card
from spade.model.checkpoint import save_checkpoint
from spade.model.encoder import StyleEncoder
from spade.model.generator import Generator
from spade.segmenter.network import empty_network, save_segmenter

LICENCE = Licence("none", "A test's weights.", commercial=False)
LABEL_SETS = {19: "landscape", 183: "coco", 182: "coco-182", 151: "ade20k", 35: "cityscapes"}


def random_state(architecture: Architecture, seed: int = 0) -> dict[str, Tensor]:
    """Return weights whose pictures use the whole range from -1 to 1 without drowning in it."""
    draw = torch.Generator().manual_seed(seed)
    state = Generator(architecture).state_dict()
    for name, value in state.items():
        if name.endswith("running_mean"):
            value.normal_(0, 0.3, generator=draw)
        elif name.endswith("running_var"):
            value.uniform_(0.5, 2, generator=draw)
        elif name.endswith("weight"):
            value.normal_(0, (0.5 / value[0].numel()) ** 0.5, generator=draw)
        elif name.endswith("bias"):
            value.normal_(0, 0.1, generator=draw)
    return state


def save_tiny(
    folder: Path, architecture: Architecture, *, seed: int = 0, encoder: bool = False
) -> Path:
    """Save a random model and return its folder."""
    styles = None
    if architecture.use_vae:
        draw = torch.Generator().manual_seed(seed)
        styles = {"dawn": torch.randn(2, architecture.z_dim, generator=draw)}
    save_checkpoint(
        folder,
        Card(folder.name, "Tiny", LABEL_SETS[architecture.label_channels], architecture, LICENCE),
        random_state(architecture, seed),
        encoder=StyleEncoder(architecture.z_dim, nef=8).state_dict() if encoder else None,
        styles=styles,
    )
    return folder


def label_maps(labels: LabelSet, size: tuple[int, int], count: int) -> st.SearchStrategy:
    """Draw `[count, H, W]` label ids: flat, stripes, checks, islands, noise and blobs, mixed."""
    one = st.tuples(
        st.sampled_from(["flat", "stripes", "checks", "islands", "noise", "blobs"]),
        st.integers(0, 2**32 - 1),
    )
    return st.lists(one, min_size=count, max_size=count).map(
        lambda kinds: np.stack([draw_map(labels, size, kind, seed) for kind, seed in kinds])
    )


def draw_map(labels: LabelSet, size: tuple[int, int], kind: str, seed: int) -> np.ndarray:
    """Draw one `[H, W]` map of label ids."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]]
    few = np.array(rng.choice(labels.ids, size=4))
    if kind == "flat":
        return np.full(size, few[0])
    if kind == "stripes":
        along = (y, x, x + y)[rng.integers(3)]
        return np.array(few[along // int(rng.integers(1, 17)) % 4])
    if kind == "checks":
        side = int(rng.integers(1, 9))
        return np.array(few[(x // side + y // side) % 2])
    if kind == "noise":
        return np.array(rng.choice(labels.ids, size=size))
    out = np.full(size, few[0])
    if kind == "islands":
        for _ in range(12):
            out[rng.integers(size[0]), rng.integers(size[1])] = rng.choice(few)
        return out
    for label in few:
        centre, radius = rng.random(2) * size, rng.random() * min(size) / 2
        out[(y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2] = label
    return out


def landscape() -> LabelSet:
    """Return the label set of most tests."""
    return load_label_set("landscape")


def add_segmenter(folder: Path, seed: int = 0) -> Path:
    """Put a segmenter with random weights into a model's folder."""
    card = read_card(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = empty_network(load_label_set(card.label_set))
        for layer in network.head:
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, 0, 2)  # so that it is often of another opinion
    save_segmenter(folder, network.state_dict(), {"recipe": "random weights"})
    return folder
