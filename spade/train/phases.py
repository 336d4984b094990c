"""From one phase of a run to the next: larger crops, statistics that are held from here on."""

from typing import Any

import torch
from torch import Tensor

from spade.data.layouts import Pair, large_enough
from spade.data.pairs import PairDataset
from spade.maps.labels import load_label_set
from spade.train.grow import resize_seed
from spade.train.norms import measure
from spade.train.step import Trainer

FIRST_LAYER = ("fc.weight", "fc.bias")


def enter(trainer: Trainer, phase: int, pairs: list[Pair]) -> Trainer:
    """Return a trainer of another phase with all that this one has learned.

    `pairs` are those of the run, for the statistics where the phase holds them.
    """
    if phase == trainer.phase:
        return trainer
    config = trainer.config
    following = Trainer(config, trainer.device, phase)
    following.load_state(carried(trainer, following))
    if not trainer.holds_statistics:
        hold_statistics(following, pairs)
    return following


def carried(trainer: Trainer, following: Trainer) -> dict[str, Any]:
    """Return a trainer's state as one of another crop size can load it.

    With the VAE the generator's first layer has rows for each place of the first feature map; each
    place of a larger one takes those of the nearest, and Adam's averages go along.
    """
    state = trainer.state()
    old = trainer.networks.generator.architecture
    new = following.networks.generator.architecture
    if not old.use_vae or old.seed_size == new.seed_size:
        return state

    def resized(rows: Tensor) -> Tensor:
        return resize_seed(rows, old.seed_size, new.seed_size)

    for network in ("generator", "averaged"):
        tensors = dict(state["networks"][network])
        state["networks"][network] = tensors | {n: resized(tensors[n]) for n in FIRST_LAYER}
    names = [name for name, _ in trainer.networks.generator.named_parameters()]
    moments = state["painter_adam"]["state"]
    for index in (names.index(name) for name in FIRST_LAYER):
        if index in moments:
            for average in ("exp_avg", "exp_avg_sq"):
                moments[index] = moments[index] | {average: resized(moments[index][average])}
    return state


@torch.no_grad()
def hold_statistics(trainer: Trainer, pairs: list[Pair]) -> None:
    """Measure the statistics of both generators where the trainer's phase holds them."""
    if not trainer.holds_statistics:
        return
    config, networks, phase = trainer.config, trainer.networks, trainer.config.phases[trainer.phase]
    label_set = load_label_set(config.label_set)
    whole = PairDataset(large_enough(pairs, phase.least_side), label_set, phase.size, None)
    torch.manual_seed(config.seed)  # noise is drawn too, and a resumed run must draw the same
    measure(networks.generator, whole, trainer.objectives.styles_of, trainer.device)
    buffers = zip(networks.averaged.buffers(), networks.generator.buffers(), strict=True)
    for kept, measured in buffers:
        kept.copy_(measured)
