"""Which options of `import` a file contradicts, and those that fit it."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from spade.imports.presets import PRESETS
from spade.model.architecture import Architecture
from spade.model.card import CheckpointError, read_architecture
from spade.model.networks import build_network
from spade.model.tensors import check_tensors

Tensors = Mapping[str, Tensor]
STEPS = ".num_batches_tracked"


def advice(tensors: Tensors, architecture: Architecture) -> str | None:
    """Say which options fit a generator's tensors, or None where it is not those that are wrong.

    `tensors` are as eval mode needs them, spectral norm folded.
    """
    found = _architecture_of(tensors, architecture)
    if found is None or found == architecture or not _fits(tensors, found):
        return None
    options = []
    if found.semantic_nc != architecture.semantic_nc:
        options.append(_labels_option(found))
    if found.net != architecture.net:
        options.append(f"--netG {found.net}")
    for name in ("resnet_n_downsample", "resnet_n_blocks"):
        if found.net == "pix2pixhd" and getattr(found, name) != getattr(architecture, name):
            options.append(f"--{name.replace('_', '-')} {getattr(found, name)}")
    for name in ("ngf", "z_dim", "crop_size", "num_upsampling_layers"):
        if getattr(found, name) != getattr(architecture, name):
            options.append(f"--{name.replace('_', '-')} {getattr(found, name)}")
    if found.use_vae != architecture.use_vae:
        options.append("--use-vae" if found.use_vae else "--no-use-vae")
    return f"the file has {found.semantic_nc} inputs and ngf {found.ngf}: try {' '.join(options)}"


def _labels_option(found: Architecture) -> str:
    fits = [
        name
        for name, preset in PRESETS.items()
        if preset.architecture.semantic_nc == found.semantic_nc and name != "custom"
    ]
    return f"--arch {fits[0]}" if fits else f"--arch custom --label-nc {found.label_nc}"


def _architecture_of(tensors: Tensors, said: Architecture) -> Architecture | None:
    """Read from the shapes what they tell, and take the rest as it was said."""
    if "model.1.0.weight" in tensors:
        return _pix2pixhd_of(tensors, said)
    shared = tensors.get("head_0.norm_0.mlp_shared.0.weight")
    first, wide = tensors.get("fc.weight"), tensors.get("head_0.conv_0.weight")
    if shared is None or first is None or wide is None or shared.ndim != 4 or wide.ndim != 4:
        return None
    ngf, layers = wide.shape[1] // 16, said.num_upsampling_layers
    if ("up_4.conv_0.weight" in tensors) != (layers == "most"):
        layers = "normal" if layers == "most" else "most"
    labels = shared.shape[1] - int(said.contain_dontcare) - int(said.instance_edges)
    found = replace(said, net="spade", label_nc=labels, ngf=ngf, num_upsampling_layers=layers)
    if first.ndim == 4:
        return replace(found, use_vae=False)
    places = first.shape[0] // max(16 * ngf, 1)
    columns = round((places * found.aspect_ratio) ** 0.5)
    return replace(found, use_vae=True, z_dim=first.shape[1], crop_size=columns * found.stride)


def _pix2pixhd_of(tensors: Tensors, said: Architecture) -> Architecture | None:
    first = tensors["model.1.0.weight"]
    blocks = [int(n.split(".")[1]) for n in tensors if n.endswith(".conv_block.1.0.weight")]
    if first.ndim != 4 or not blocks:
        return None
    labels = first.shape[1] - int(said.contain_dontcare) - int(said.instance_edges)
    return replace(
        said,
        net="pix2pixhd",
        use_vae=False,
        label_nc=labels,
        ngf=len(first),
        resnet_n_downsample=(min(blocks) - 3) // 2,
        resnet_n_blocks=len(blocks),
    )


def _fits(tensors: Tensors, architecture: Architecture) -> bool:
    try:
        read_architecture(architecture.to_json())
        with torch.device("meta"):
            wanted = build_network(architecture).state_dict()
        check_tensors(_without_steps(tensors), _without_steps(wanted))
    except (CheckpointError, ValueError):
        return False
    return True


def _without_steps(tensors: Tensors) -> dict[str, Tensor]:
    """Leave out batch norm's counts, which old files lack."""
    return {name: value for name, value in tensors.items() if not name.endswith(STEPS)}
