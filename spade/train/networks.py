"""The networks of a training run, their optimisers, and the averaged generator that is kept."""

import copy
import math
from collections.abc import Iterable
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm

from spade.model.encoder import StyleEncoder
from spade.model.features import Features, load_features
from spade.model.networks import build_network
from spade.train.config import TrainConfig
from spade.train.judges.discriminator import FeatureDiscriminator, MultiscaleDiscriminator
from spade.train.norms import hold
from spade.train.parallel import share_batches
from spade.train.styles import StyleBank

Net = TypeVar("Net", bound=nn.Module)

# Pixels along one side of a cell whose colour is judged.
CELL = 8
# Styles begin as narrow distributions, so that the generator meets signal before noise.
FIRST_LOG_VARIANCE = -3.0


class Judges(nn.Module):
    """The discriminators: of patches always, of frozen features where the losses ask for it.

    Those of features also see the colours of cells of `CELL` pixels: deep features hardly do, and
    random styles have no photo that the colour loss could hold them to.
    """

    def __init__(self, config: TrainConfig, features: Features) -> None:
        super().__init__()
        planes = config.architecture.semantic_nc
        self.patches = MultiscaleDiscriminator(planes, config.ndf)
        if config.losses.projected:
            self.features = FeatureDiscriminator((3, *features.channels), planes)


def judged_features(pictures: Tensor, taps: list[Tensor]) -> list[Tensor]:
    """Return what `Judges.features` judges: the colours of cells, then the frozen features."""
    return [F.avg_pool2d(pictures, CELL), *taps]


class Networks:
    """Everything that learns, and the frozen features beside it.

    generator, encoder: painted with and trained; `encoder` is None without the VAE.
    averaged, averaged_encoder: their exponential moving averages, never trained.
    judges: the discriminators.
    bank: styles of photos, from which random ones are drawn; with the VAE only.
    """

    def __init__(self, config: TrainConfig, device: torch.device, phase: int = 0) -> None:
        """Make the networks of a phase, with random weights."""
        architecture = config.architecture_in(phase)
        # Initial weights follow from the seed, without touching the caller's random state.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            generator = build_network(architecture)
            encoder = _encoder(config) if architecture.use_vae else None
            self.features: Features = load_features(config.features)
            judges = Judges(config, self.features)
            for module in filter(None, (generator, encoder, judges)):
                module.apply(_initialise)
            _normalise_spectrally(generator)
            if encoder is not None:
                nn.init.constant_(encoder.fc_var.bias, FIRST_LOG_VARIANCE)
                _normalise_spectrally(encoder)
        self.generator = _place(share_batches(generator, device), device)
        if config.phases[phase].held_statistics:
            hold(self.generator)
        self.encoder = None if encoder is None else _place(encoder, device)
        self.judges = _place(judges, device)
        self.features.to(device)
        self.bank = None
        if encoder is not None:
            self.bank = StyleBank(architecture.z_dim, architecture.semantic_nc).to(device)
        self.averaged = _frozen_copy(self.generator)
        self.averaged_encoder = None if self.encoder is None else _frozen_copy(self.encoder)

    @property
    def painters(self) -> list[nn.Module]:
        """What the generator's losses train."""
        return [module for module in (self.generator, self.encoder) if module is not None]

    def averages(self) -> Iterable[tuple[nn.Module, nn.Module]]:
        """Pairs of (averaged, trained)."""
        yield self.averaged, self.generator
        if self.averaged_encoder is not None and self.encoder is not None:
            yield self.averaged_encoder, self.encoder

    def kept(self) -> dict[str, nn.Module]:
        """What a finished model is made of, and the styles that it is measured with."""
        names = ("averaged", "averaged_encoder", "bank")
        return {name: module for name, module in self._modules().items() if name in names}

    def state(self) -> dict[str, dict[str, Tensor]]:
        """Return every learned tensor by network."""
        return {name: module.state_dict() for name, module in self._modules().items()}

    def load_state(self, state: dict[str, dict[str, Tensor]]) -> None:
        """Restore what `state` returned."""
        for name, module in self._modules().items():
            module.load_state_dict(state[name])

    def _modules(self) -> dict[str, nn.Module]:
        modules = {
            "generator": self.generator,
            "encoder": self.encoder,
            "judges": self.judges,
            "averaged": self.averaged,
            "averaged_encoder": self.averaged_encoder,
            "bank": self.bank,
        }
        return {name: module for name, module in modules.items() if module is not None}


def folded(module: Net) -> Net:
    """Return a copy whose spectral norm has become plain weights."""
    plain = copy.deepcopy(module).eval()
    for part in plain.modules():
        if parametrize.is_parametrized(part, "weight"):
            parametrize.remove_parametrizations(part, "weight", leave_parametrized=True)
    return plain


@torch.no_grad()
def update_average(averaged: nn.Module, trained: nn.Module, decay: float) -> None:
    """Move `averaged` towards `trained`."""
    for kept, new in zip(averaged.parameters(), trained.parameters(), strict=True):
        kept.lerp_(new, 1 - decay)
    for buffer, newer in zip(averaged.buffers(), trained.buffers(), strict=True):
        buffer.copy_(newer)


def _encoder(config: TrainConfig) -> StyleEncoder:
    return StyleEncoder(config.architecture.z_dim, config.nef, config.encoder_size)


def _place(module: Net, device: torch.device) -> Net:
    module.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return module


def _frozen_copy(module: Net) -> Net:
    return copy.deepcopy(module).eval().requires_grad_(False)


def _initialise(layer: nn.Module) -> None:
    """Draw Xavier-normal weights and clear the biases."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        normed = parametrize.is_parametrized(layer, "weight")
        weight = dict(layer.named_parameters())[
            "parametrizations.weight.original" if normed else "weight"
        ]
        nn.init.xavier_normal_(weight, gain=math.sqrt(0.5))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _normalise_spectrally(network: nn.Module) -> None:
    """Constrain the main convolutions, as the reference does; modulation stays free."""
    for name, layer in network.named_modules():
        main = name.rpartition(".")[2] in ("conv_0", "conv_1", "conv_s")
        encoding = isinstance(network, StyleEncoder) and isinstance(layer, nn.Conv2d)
        if main or encoding:
            spectral_norm(layer)
