"""One training step: those who paint learn, then the judges."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from spade.train.batches import Batch
from spade.train.config import TrainConfig
from spade.train.networks import Networks, update_average
from spade.train.norms import share
from spade.train.objectives import Objectives
from spade.train.parallel import average_gradients, here
from spade.train.schedule import judge_rate, painter_rate
from spade.train.watch import colours

Metrics = dict[str, float]


@dataclass
class Progress:
    """Where a run stands.

    images: pictures seen, by which everything is scheduled. steps: steps taken.
    moments_since: the step from which on Adam has its averages; they begin anew where a run goes
    on from a state without them.
    """

    images: int = 0
    steps: int = 0
    moments_since: int = 0


class Trainer:
    """Holds the networks of a phase and their optimisers, and takes steps."""

    def __init__(self, config: TrainConfig, device: torch.device, phase: int = 0) -> None:
        self.config = config
        self.device = device
        self.phase = phase
        self.progress = Progress()
        self.networks = Networks(config, device, phase)
        self.objectives = Objectives(config, device, self.networks, phase)
        self._painting = [p for module in self.networks.painters for p in module.parameters()]
        self._judging = list(self.networks.judges.parameters())
        self.painter_adam, self.judge_adam = (
            torch.optim.Adam(parameters, betas=config.betas, fused=True)
            for parameters in (self._painting, self._judging)
        )

    def step(self, batch: Batch) -> Metrics:
        """Train on one batch and return the losses, and what to watch, each a float.

        What is random in it follows from the seed and the place of the batch's first picture in the
        run, so a resumed run repeats it, and processes, each with its own batch, differ.
        """
        place, count = here(), len(batch.photos)
        first = self.progress.images + place.rank * count
        torch.manual_seed(self.config.seed * 1_000_003 + first)
        self._set_learning_rates()
        painter_losses, painted = self.objectives.painters(batch, first)
        self._descend(self.painter_adam, self._painting, painter_losses)
        judge_losses = self.objectives.judges(batch, painted)
        self._descend(self.judge_adam, self._judging, judge_losses)
        if not self.holds_statistics:
            share(self.networks.generator)
        pictures = place.world * count
        self._average(pictures)
        self.progress.images += pictures
        self.progress.steps += 1
        found = {
            name: float(loss.detach()) for name, loss in (painter_losses | judge_losses).items()
        }
        return found | self._watched(batch, painted.pictures)

    @property
    def holds_statistics(self) -> bool:
        """Whether the mean and variance before each modulation stay what they are."""
        return self.config.phases[self.phase].held_statistics

    def state(self) -> dict[str, Any]:
        """Return everything that the run needs to go on."""
        return {
            "phase": self.phase,
            "progress": dict(vars(self.progress)),
            "networks": self.networks.state(),
            "painter_adam": self.painter_adam.state_dict(),
            "judge_adam": self.judge_adam.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned, of a run in the same phase."""
        self.progress = Progress(**state["progress"])
        self.networks.load_state(state["networks"])
        if "painter_adam" in state:
            self.painter_adam.load_state_dict(state["painter_adam"])
            self.judge_adam.load_state_dict(state["judge_adam"])
            self._fuse()
        else:
            self.progress.moments_since = self.progress.steps

    def _descend(
        self, adam: torch.optim.Adam, parameters: list[nn.Parameter], parts: dict[str, Tensor]
    ) -> None:
        adam.zero_grad(set_to_none=True)
        total = torch.stack([part.float() for part in parts.values()]).sum()
        total.backward()  # type: ignore[no-untyped-call]
        average_gradients(parameters)
        adam.step()

    def _fuse(self) -> None:
        """Take Adam's steps in one pass over the weights, also in a run saved before it did so."""
        for adam in (self.painter_adam, self.judge_adam):
            for group in adam.param_groups:
                group["fused"] = True

    def _set_learning_rates(self) -> None:
        rates = (
            (self.painter_adam, painter_rate(self.config, self.phase, **vars(self.progress))),
            (self.judge_adam, judge_rate(self.config, self.phase, **vars(self.progress))),
        )
        for adam, rate in rates:
            for group in adam.param_groups:
                group["lr"] = rate

    def _average(self, pictures: int) -> None:
        # Quickly at first, so that the start is forgotten.
        steps = self.progress.steps
        decay = min(0.5 ** (pictures / self.config.half_life), (1 + steps) / (10 + steps))
        for averaged, trained in self.networks.averages():
            update_average(averaged, trained, decay)

    def _watched(self, batch: Batch, fake: Tensor) -> Metrics:
        """Return colours of pictures and photos, and how much of a style is the photo's."""
        seen = colours(fake) | {f"photo_{k}": v for k, v in colours(batch.photos).items()}
        return seen if self.networks.bank is None else seen | self.networks.bank.spread()
