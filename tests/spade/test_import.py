"""Import: reference-format files load exactly, and unfit ones are refused in one clear line."""

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from spade import load_painter
from spade.__main__ import main
from spade.imports.pickles import read_tensors
from spade.imports.presets import PRESETS
from spade.imports.spectral import fold_spectral_norm
from spade.maps.labels import load_label_set
from spade.model.architecture import Architecture
from spade.model.card import CheckpointError, read_card, update_card
from spade.model.checkpoint import load_checkpoint, save_checkpoint
from spade.model.encoder import StyleEncoder
from spade.model.tensors import file_facts
from tests.spade import reference
from tests.spade.tiny import draw_map, random_state, save_tiny

SMALL = ["--ngf", "8", "--crop-size", "64"]
ARCHITECTURE = Architecture(150, ngf=8, crop_size=64)


def reference_format(state: dict[str, Tensor], *, old: bool = False) -> dict[str, Tensor]:
    """Return a state dict as the reference saves it: spectral norm's original and vectors.

    Convolutions of the residual blocks are normalised there, the others are not.
    """
    out = {}
    for name, value in state.items():
        layer = name.removesuffix(".weight")
        if ".conv_" not in name or not name.endswith(".weight"):
            out[name] = value
            continue
        matrix = value.flatten(1)
        u, _, vh = torch.linalg.svd(matrix, full_matrices=False)
        out[f"{layer}.weight_orig"] = value * 3.7
        out[f"{layer}.weight_u"] = u[:, 0]
        if not old:
            out[f"{layer}.weight_v"] = vh[0]
    return out


def folded(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what eval mode uses: spectral-normalised weights have norm one."""
    return {
        name: value / torch.linalg.matrix_norm(value.flatten(1), 2)
        if ".conv_" in name and name.endswith(".weight")
        else value
        for name, value in state.items()
    }


def write(path: Path, state: object) -> Path:
    torch.save(state, path)
    return path


@pytest.mark.parametrize("arch", ["coco", "ade20k", "cityscapes", "landscape"])
@pytest.mark.parametrize("old", [False, True])
def test_published_architectures_import(arch: str, old: bool, tmp_path: Path) -> None:
    """A file of each published kind paints what the paper's network paints with its weights."""
    size = ["--crop-size", "64"] if arch != "cityscapes" else ["--crop-size", "128"]
    preset = PRESETS[arch].architecture
    architecture = Architecture(
        preset.label_nc, preset.contain_dontcare, preset.instance_edges, ngf=8,
        crop_size=int(size[1]), aspect_ratio=preset.aspect_ratio,
    )  # fmt: skip
    state = random_state(architecture)
    file = write(tmp_path / "latest_net_G.pth", reference_format(state, old=old))

    status = main(
        ["import", str(file), "--arch", arch, "--ngf", "8", *size, "--out", str(tmp_path / "m")]
    )

    painter = load_painter(tmp_path / "m", engine="dense")
    labels = load_label_set(PRESETS[arch].label_set or "")
    maps = draw_map(labels, painter.native_size, "blobs", 1)[None]
    edges = np.zeros(maps.shape, bool) if preset.instance_edges else None
    planes = reference.one_hot(labels.channel_of_id[maps], len(labels.labels), edges)
    wanted = reference.paint(folded(state), planes).numpy()
    assert status == 0
    assert painter.label_set.name == labels.name
    assert not painter.card.licence.commercial
    assert np.abs(painter.generate(maps, instances=np.zeros_like(maps)) - wanted).max() < 1e-4


@pytest.mark.parametrize(
    ("options", "values"),
    [
        (["--num-upsampling-layers", "most"], {"num_upsampling_layers": "most"}),
        (
            ["--num-upsampling-layers", "more", "--contain-dontcare"],
            {"num_upsampling_layers": "more", "contain_dontcare": True},
        ),
        (
            ["--use-vae", "--z-dim", "6", "--instance-edges"],
            {"use_vae": True, "z_dim": 6, "instance_edges": True},
        ),
        (["--aspect-ratio", "2"], {"aspect_ratio": 2.0}),
    ],
)
def test_custom_architectures_import(
    options: list[str], values: dict[str, Any], tmp_path: Path
) -> None:
    """Every option of the reference can be named, with numbered labels where none are known."""
    plain = {"label_nc": 5, "contain_dontcare": False, "ngf": 4, "crop_size": 128}
    architecture = Architecture(**plain | values)
    file = write(tmp_path / "g.pth", reference_format(random_state(architecture)))
    given = ["--label-nc", "5", "--ngf", "4", "--crop-size", "128", *options]

    status = main(["import", str(file), "--arch", "custom", *given, "--out", str(tmp_path / "m")])

    assert status == 0
    card = read_card(tmp_path / "m")
    assert card.architecture == architecture
    painter = load_painter(tmp_path / "m")
    maps = draw_map(painter.label_set, painter.native_size, "blobs", 2)[None]
    assert painter.paint(maps, seeds=[1]).shape == (1, *painter.native_size, 3)


def test_style_encoder_imports(tmp_path: Path) -> None:
    """A style picture goes through the imported encoder, spectral norm folded."""
    architecture = Architecture(150, ngf=8, z_dim=6, use_vae=True, crop_size=64)
    encoder = StyleEncoder(6, nef=8)
    saved: dict[str, Tensor] = {}
    for name, value in encoder.state_dict().items():
        if name.endswith(".0.weight"):
            u, s, vh = torch.linalg.svd(value.flatten(1), full_matrices=False)
            layer = name.removesuffix("weight")
            saved |= {f"{layer}weight_orig": value * s[0], f"{layer}weight_u": u[:, 0]}
            saved[f"{layer}weight_v"] = vh[0]
        else:
            saved[name] = value
    g = write(tmp_path / "g.pth", reference_format(random_state(architecture)))
    e = write(tmp_path / "e.pth", saved)
    options = ["--use-vae", "--z-dim", "6", "--encoder", str(e), "--out", str(tmp_path / "m")]

    assert main(["import", str(g), "--arch", "ade20k", *SMALL, *options]) == 0

    painter = load_painter(tmp_path / "m")
    maps = np.zeros((1, 64, 64), np.uint8)
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (2, 80, 60, 3), np.uint8)
    first, second = (painter.paint(maps, style=picture) for picture in pictures)
    assert painter.abilities["style"]
    assert not np.array_equal(first, second)
    assert np.array_equal(first, painter.paint(maps, style=pictures[0]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s.pop("up_2.conv_0.bias"), "missing up_2.conv_0.bias"),
        (lambda s: s.update({"extra.weight": torch.zeros(1)}), "not known extra.weight"),
        (
            lambda s: s.update({"conv_img.weight": torch.zeros(3, 9, 3, 3)}),
            r"conv_img.weight is \(3, 9, 3, 3\), should be \(3, 8, 3, 3\)",
        ),
        (lambda s: s.pop("up_0.conv_1.weight_u"), "up_0.conv_1.weight_u is missing"),
        (
            lambda s: s.update({"up_0.conv_1.weight_v": torch.zeros(2)}),
            r"up_0.conv_1.weight_v is \(2,\)",
        ),
    ],
)
def test_unfit_tensors_are_named(
    change: Callable[[dict[str, Tensor]], object],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A missing, extra or misshapen tensor is one line with its name and shapes."""
    state = reference_format(random_state(ARCHITECTURE))
    change(state)
    file = write(tmp_path / "g.pth", state)

    status = main(["import", str(file), "--arch", "ade20k", *SMALL, "--out", str(tmp_path / "m")])

    lines = capsys.readouterr().err.splitlines()
    assert status == 1
    assert len(lines) == 1
    assert re.search(told, lines[0])
    assert not (tmp_path / "m").exists()


def test_wrong_arch_is_answered_with_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file with 151 inputs imported as coco is told to be ade20k."""
    file = write(tmp_path / "g.pth", reference_format(random_state(ARCHITECTURE)))

    assert main(["import", str(file), "--arch", "coco", *SMALL, "--out", str(tmp_path / "m")]) == 1
    assert "the file has 151 inputs and ngf 8: try --arch ade20k" in capsys.readouterr().err


class Bomb:
    """Runs a command where a pickle is loaded carelessly."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def test_code_in_a_pickle_is_not_run(tmp_path: Path) -> None:
    """A pickle that carries code is refused by name, and the code has no effect."""
    mark = tmp_path / "ran"
    whole = write(tmp_path / "zip.pth", {"weight": Bomb(mark)})
    bare = tmp_path / "bare.pth"
    bare.write_bytes(pickle.dumps({"weight": Bomb(mark)}))

    with pytest.raises(CheckpointError, match=r"'posix.system'.* not run"):
        read_tensors(whole)
    with pytest.raises(CheckpointError, match=r"pickle instructions.* not run"):
        read_tensors(bare)
    assert not mark.exists()


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.98])
def test_truncated_files_are_refused(share: float, tmp_path: Path) -> None:
    """A file cut off anywhere is one clear error."""
    whole = write(tmp_path / "g.pth", random_state(ARCHITECTURE)).read_bytes()
    cut = tmp_path / "cut.pth"
    cut.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(CheckpointError, match="cut off or no PyTorch file"):
        read_tensors(cut)


def test_what_is_no_state_dict_is_refused(tmp_path: Path) -> None:
    """A bare tensor, a list or a dict of numbers says what it is."""
    for value, told in ((torch.zeros(2), "Tensor"), ([1], "list"), ({"a": 1}, "'a' is no tensor")):
        with pytest.raises(CheckpointError, match=told):
            read_tensors(write(tmp_path / "x.pth", value))


def test_folding_equals_torch() -> None:
    """A folded weight is what PyTorch's own spectral norm computes in eval mode."""
    layer = nn.utils.spectral_norm(nn.Conv2d(5, 7, 3))
    layer(torch.randn(2, 5, 8, 8))
    layer.eval()
    wanted = layer(torch.ones(1, 5, 3, 3))

    state = fold_spectral_norm(
        {
            name if name == "bias" else f"x.{name}": value
            for name, value in layer.state_dict().items()
        }
    )

    got = torch.nn.functional.conv2d(torch.ones(1, 5, 3, 3), state["x.weight"], state["bias"])
    assert torch.allclose(got, wanted, atol=1e-6)


def refusal(file: Path, out: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Return the one line that an import is refused with."""
    given = [*(options or SMALL), "--out", str(out)]
    status = main(["import", str(file), "--arch", "ade20k", *given])
    lines = capsys.readouterr().err.splitlines()
    assert status == 1
    assert len(lines) == 1
    assert not out.exists()
    return lines[0]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: {"state_dict": s, "epoch": 3},
        lambda s: {"netG": s, "netD": {"model.0.weight": torch.zeros(1)}, "step": torch.zeros(())},
        lambda s: {"epoch": 1, "models": {"generator": {"state_dict": s}}},
        lambda s: {"state_dict": {f"netG.{name}": value for name, value in s.items()}},
        lambda s: {"module": {f"module.{name}": value for name, value in s.items()}},
        lambda s: {"model": s, "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}}},
    ],
)
def test_a_state_dict_in_others_is_found(
    wrap: Callable[[dict[str, Tensor]], object], tmp_path: Path
) -> None:
    """What training programs wrap around weights does not hinder, as long as it is plain."""
    state = reference_format(random_state(ARCHITECTURE))
    file = write(tmp_path / "g.pth", wrap(state))

    status = main(["import", str(file), "--arch", "ade20k", *SMALL, "--out", str(tmp_path / "m")])

    assert status == 0
    kept = load_checkpoint(tmp_path / "m").generator
    assert torch.equal(kept["conv_img.weight"], state["conv_img.weight"])


def test_several_networks_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of two networks none is taken by chance."""
    state = random_state(ARCHITECTURE)
    file = write(tmp_path / "g.pth", {"a": state, "b": {"x": state}})

    assert "holds several networks: a, b; save" in refusal(file, tmp_path / "m", capsys)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b"<!DOCTYPE html><html>Google Drive quota exceeded</html>",
            "is a web page, saved instead",
        ),
        (b"\n\n <html lang=en>", "is a web page, saved instead"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\n", "is a git-lfs pointer"),
        (b"\x1f\x8b\x08\0\0\0", "is an archive; unpack it"),
        (b'{"error": "not found"}', "is JSON, not weights"),
    ],
)
def test_what_was_saved_instead_of_a_file_is_named(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page, a pointer or an archive is called what it is, with what to do."""
    file = tmp_path / "g.pth"
    file.write_bytes(content)

    assert told in refusal(file, tmp_path / "m", capsys)


BAD_VALUES = [
    ("conv_img.weight", float("nan"), "conv_img.weight holds NaN"),
    ("up_2.conv_1.weight_orig", float("nan"), "up_2.conv_1.weight_orig holds NaN"),
    ("up_0.norm_0.mlp_gamma.bias", float("inf"), "up_0.norm_0.mlp_gamma.bias holds infinity"),
    (
        "head_0.norm_1.param_free_norm.running_var",
        -0.5,
        "head_0.norm_1.param_free_norm.running_var is a variance below 0 (-0.5)",
    ),
]


@pytest.mark.parametrize(("name", "value", "told"), BAD_VALUES)
def test_weights_that_are_no_numbers_are_refused_by_name(
    name: str, value: float, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """NaN, infinity and negative variances would paint black: the tensor is named."""
    state = reference_format(random_state(ARCHITECTURE))
    state[name] = state[name].clone()
    state[name].view(-1)[0] = value
    file = write(tmp_path / "g.pth", state)

    assert told in refusal(file, tmp_path / "m", capsys)


def test_such_weights_are_not_loaded_or_saved_either(tmp_path: Path) -> None:
    """A checkpoint with them is refused, and one is never written: half precision overflows too."""
    folder = save_tiny(tmp_path / "m", ARCHITECTURE)
    card, state = read_card(folder), random_state(ARCHITECTURE)
    state["fc.bias"] = state["fc.bias"].clone()
    state["fc.bias"][0] = 1e6

    with pytest.raises(CheckpointError, match=r"fc\.bias holds infinity"):
        save_checkpoint(folder, card, state, dtype=torch.float16)
    load_checkpoint(folder)  # the former one stays

    broken = {**load_file(folder / "model.safetensors")}
    broken["fc.bias"][0] = float("nan")
    save_file(broken, folder / "model.safetensors")
    update_card(folder, files={"model.safetensors": file_facts(folder / "model.safetensors")})
    with pytest.raises(CheckpointError, match=r"model\.safetensors: fc\.bias holds NaN"):
        load_checkpoint(folder)


@pytest.mark.parametrize(
    ("architecture", "told"),
    [
        (Architecture(150, ngf=4, crop_size=64), "try --ngf 4"),
        (Architecture(150, ngf=8, crop_size=64, use_vae=True, z_dim=6), "--z-dim 6 --use-vae"),
        (Architecture(150, ngf=8, crop_size=128, num_upsampling_layers="most"),
         "try --num-upsampling-layers most"),
        (Architecture(5, ngf=8, crop_size=64), "try --arch custom --label-nc 5"),
    ],
)  # fmt: skip
def test_wrong_options_are_answered_with_those_that_fit(
    architecture: Architecture, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file's shapes say what it was trained with, instead of a list of shapes."""
    file = write(tmp_path / "g.pth", reference_format(random_state(architecture)))
    crop = ["--ngf", "8", "--crop-size", str(architecture.crop_size)]

    said = refusal(file, tmp_path / "m", capsys, *crop)

    assert said.endswith(told)
    assert "wrong shape" not in said
