"""Checkpoints: what is saved comes back, and a damaged or foreign folder is told at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from spade.model.architecture import Architecture
from spade.model.card import Card, CheckpointError, read_card, update_card
from spade.model.checkpoint import load_checkpoint, save_checkpoint
from tests.spade.tiny import LICENCE, random_state, save_tiny

ARCHITECTURE = Architecture(18, ngf=4, z_dim=6, use_vae=True, crop_size=64)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Save a tiny model with styles."""
    return save_tiny(tmp_path / "tiny", ARCHITECTURE)


def test_tensors_come_back(folder: Path) -> None:
    """Every tensor, style and option survives the round trip."""
    checkpoint = load_checkpoint(folder)

    wanted = random_state(ARCHITECTURE)
    assert checkpoint.card.architecture == ARCHITECTURE
    assert checkpoint.generator.keys() == wanted.keys()
    assert all(torch.equal(checkpoint.generator[name], wanted[name]) for name in wanted)
    assert checkpoint.styles["dawn"].shape == (2, 6)
    assert checkpoint.card.abilities == {
        "seed": True, "style": True, "style_image": False, "instances": False,
    }  # fmt: skip


def test_loading_leaves_the_compiler_of_torch_out(tmp_path: Path) -> None:
    """A checkpoint is loaded without torch._dynamo and sympy, whose import takes seconds."""
    architecture = Architecture(18, ngf=4, z_dim=6, use_vae=True, crop_size=64, noise=True)
    folder = save_tiny(tmp_path / "tiny", architecture)
    code = (
        "import sys; from spade.model.checkpoint import load_checkpoint, load_network;"
        "load_network(load_checkpoint(sys.argv[1])); sys.exit('torch._dynamo' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code, str(folder)], check=False).returncode == 0


def test_half_precision_halves_weights_only(tmp_path: Path) -> None:
    """float16 storage keeps the batch norm's statistics, which may not fit it, in float32."""
    card = Card("half", "Half", "landscape", ARCHITECTURE, LICENCE)
    state = random_state(ARCHITECTURE)
    state["up_0.norm_0.param_free_norm.running_var"][0] = 1e6

    save_checkpoint(tmp_path, card, state, dtype=torch.float16)

    stored = load_file(tmp_path / "model.safetensors")
    assert stored["conv_img.weight"].dtype == torch.float16
    loaded = load_checkpoint(tmp_path).generator
    assert loaded["up_0.norm_0.param_free_norm.running_var"][0] == 1e6
    assert loaded["conv_img.weight"].dtype == torch.float32


def test_card_is_the_contract(folder: Path) -> None:
    """model.json holds what the API reads, as plain JSON."""
    card = json.loads((folder / "model.json").read_text())

    assert card["format"] == 1
    assert card["native_size"] == [64, 64]
    assert card["size_multiple"] == 32
    assert card["max_size"] == [128, 128]
    assert card["styles"] == {"dawn": "dawn"}
    assert set(card["files"]) == {"model.safetensors"}
    assert card["licence"] == {"name": "none", "text": "A test's weights.", "commercial": False}


def test_card_can_be_updated(folder: Path) -> None:
    """Figures can be added later without touching the weights."""
    update_card(folder, metrics={"fid": 50.0}, labels_weak=(105,))

    card = read_card(folder)
    assert card.metrics == {"fid": 50.0}
    assert card.labels_weak == (105,)
    load_checkpoint(folder)


def damage_flip(folder: Path) -> None:
    file = folder / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-5] ^= 1
    file.write_bytes(data)


def damage_cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def edit(folder: Path, **values: object) -> None:
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | values))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (damage_flip, "is damaged: its SHA-256"),
        (damage_cut, "bytes, should have"),
        (lambda f: (f / "model.safetensors").unlink(), "model.safetensors is missing"),
        (lambda f: (f / "model.json").unlink(), "is no checkpoint: it has no model.json"),
        (lambda f: (f / "model.json").write_text("{"), "is not JSON"),
        (lambda f: edit(f, format=2), "format is 2, this version reads 1"),
        (lambda f: edit(f, label_set="coco"), "'coco' has 183 labels"),
        (lambda f: edit(f, label_set="moon"), "no label set 'moon'"),
        (lambda f: edit(f, architecture={"label_nc": 18, "ngf": 0}), "ngf is 0"),
        (lambda f: edit(f, architecture={"label_nc": 18, "depth": 3}), "depth"),
        (lambda f: edit(f, architecture={"label_nc": 18, "crop_size": 100}), "a multiple of 32"),
        (lambda f: edit(f, files={}), "says nothing of model.safetensors"),
    ],
)
def test_damage_is_told(damage: object, told: str, folder: Path) -> None:
    """Each kind of damage is one error that names the file or value."""
    damage(folder)  # type: ignore[operator]

    with pytest.raises(CheckpointError, match=told):
        load_checkpoint(folder)


def test_foreign_tensors_are_named(folder: Path) -> None:
    """Missing, extra and misshapen tensors are named with their shapes."""
    state = random_state(ARCHITECTURE)
    del state["head_0.conv_0.weight"]
    state["more"] = torch.zeros(1)
    state["conv_img.bias"] = torch.zeros(4)

    with pytest.raises(CheckpointError) as raised:
        save_checkpoint(folder, Card("x", "X", "landscape", ARCHITECTURE, LICENCE), state)

    text = str(raised.value)
    assert "missing head_0.conv_0.weight" in text
    assert "not known more" in text
    assert "conv_img.bias is (4,), should be (3,)" in text


def test_spectral_norm_is_never_stored(folder: Path) -> None:
    """A state dict with unfolded spectral norm is refused, so no file ever holds it."""
    state = random_state(ARCHITECTURE)
    state["head_0.conv_0.weight_orig"] = state.pop("head_0.conv_0.weight")

    with pytest.raises(CheckpointError, match="weight_orig"):
        save_checkpoint(folder, Card("x", "X", "landscape", ARCHITECTURE, LICENCE), state)


def test_safetensors_of_someone_else(folder: Path) -> None:
    """A valid file that is not the card's is refused even when its hash is not checked."""
    save_file({"a": torch.zeros(3)}, folder / "model.safetensors")
    facts = {"sha256": "0", "bytes": (folder / "model.safetensors").stat().st_size}
    edit(folder, files={"model.safetensors": facts})

    with pytest.raises(CheckpointError, match="missing"):
        load_checkpoint(folder, verify=False)
