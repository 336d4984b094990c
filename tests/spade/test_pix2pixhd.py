"""pix2pixHD, the network that SPADE is compared with: imported, trained, painted and measured."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from spade import load_painter
from spade.__main__ import main
from spade.maps.instances import instance_edges
from spade.model.architecture import Architecture
from spade.model.card import Licence, read_card
from spade.model.networks import build_network
from spade.train.config import TrainConfig
from spade.train.export.checkpoint import export
from spade.train.run import train
from spade.train.state import load_run
from tests.spade import reference
from tests.spade.tiny import draw_map
from tests.spade.training_data import BATCH, tiny_config, write_pairs

CPU = torch.device("cpu")
OPTIONS = ["--netG", "pix2pixhd", "--ngf", "6", "--crop-size", "64"]


def state_of(architecture: Architecture) -> dict[str, Tensor]:
    """Return weights whose pictures use the whole range."""
    torch.manual_seed(3)
    state = build_network(architecture).state_dict()
    return {name: torch.randn_like(v) * (2 / v[0].numel()) ** 0.5 for name, v in state.items()}


def test_shapes_are_the_published_ones() -> None:
    """Names and shapes at full width are those of the reference code's checkpoints."""
    with torch.device("meta"):
        state = build_network(Architecture(150, net="pix2pixhd")).state_dict()

    shapes = {name: tuple(value.shape) for name, value in state.items()}
    assert len(shapes) == 1 + 4 + 2 * 9 + 4 + 2
    assert shapes["model.1.0.weight"] == (64, 151, 7, 7)
    assert shapes["model.9.0.weight"] == (1024, 512, 3, 3)
    assert shapes["model.19.conv_block.4.0.weight"] == (1024, 1024, 3, 3)
    assert shapes["model.20.0.weight"] == (1024, 512, 3, 3)
    assert shapes["model.29.weight"] == (3, 64, 7, 7)
    assert shapes["model.29.bias"] == (3,)


@pytest.mark.parametrize("arch", ["ade20k", "coco"])
@pytest.mark.parametrize("spectral", [False, True])
def test_a_checkpoint_imports_and_paints_as_the_paper_says(
    arch: str, spectral: bool, tmp_path: Path
) -> None:
    """The imported network is the plain one, whatever engine is asked for, at any size."""
    edges = arch == "coco"
    labels = 182 if edges else 150
    architecture = Architecture(labels, net="pix2pixhd", ngf=6, instance_edges=edges)
    state = state_of(architecture)
    saved, folded = with_spectral_norm(state) if spectral else (state, state)
    torch.save({"netG": saved}, tmp_path / "g.pth")

    status = main(
        ["import", str(tmp_path / "g.pth"), "--arch", arch, *OPTIONS, "-o", str(tmp_path / "m")]
    )

    assert status == 0
    assert read_card(tmp_path / "m").title.startswith("pix2pixHD ")
    for engine in ("exact", "dense"):
        painter = load_painter(tmp_path / "m", engine=engine)
        assert painter.size_multiple == 16
        assert not painter.abilities["seed"]
        maps = draw_map(painter.label_set, (64, 96), "blobs", 1)[None]
        marks = instance_edges(maps) if edges else None
        channels = painter.label_set.channel_of_id[maps]
        planes = reference.one_hot(channels, architecture.label_channels, marks)
        wanted = reference.paint_pix2pixhd(folded, planes).numpy()
        assert wanted.std() > 0.1
        assert np.abs(painter.generate(maps) - wanted).max() < 1e-4


def with_spectral_norm(state: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return a state as spectral norm saves it, and with weights of norm one, as it paints.

    A transposed convolution's matrix has a row per output too, its second axis.
    """
    saved, folded = dict(state), dict(state)
    for name in [name for name in state if ".0.weight" in name]:
        value, layer = saved.pop(name), name.removesuffix("weight")
        matrix = value.transpose(0, 1) if int(name.split(".")[1]) >= 20 else value
        u, s, vh = torch.linalg.svd(matrix.flatten(1), full_matrices=False)
        saved |= {f"{layer}weight_orig": value, f"{layer}weight_u": u[:, 0]}
        saved[f"{layer}weight_v"] = vh[0]
        folded[name] = value / s[0]
    return saved, folded


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "try --netG pix2pixhd --ngf 6"),
        (["--netG", "pix2pixhd"], "try --ngf 6"),
        (["--netG", "pix2pixhd", "--ngf", "6", "--resnet-n-blocks", "3"], "--resnet-n-blocks 9"),
    ],
)
def test_an_import_says_what_the_file_is(
    options: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pix2pixHD file is told from SPADE's, and its widths are named."""
    torch.save(state_of(Architecture(150, net="pix2pixhd", ngf=6)), tmp_path / "g.pth")

    status = main(["import", str(tmp_path / "g.pth"), "--arch", "ade20k", *options])

    assert status == 1
    assert capsys.readouterr().err.strip().endswith(told)


@pytest.mark.usefixtures("few_crops")
def test_it_trains_resumes_and_stands_beside_spade(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same loop trains it, to the step; evaluate measures it beside another model."""
    data = write_pairs(tmp_path / "data")
    models = {}
    for name in ("landscape-128", "pix2pixhd-128"):
        config = tiny_config(name, steps=2)
        assert train(data, tmp_path / name, config, CPU) == 2 * BATCH
        licence = Licence("x", "", commercial=False)
        models[name] = tmp_path / "models" / name
        export(tmp_path / name, data, models[name], title=name, licence=licence)
    cut = tmp_path / "cut"
    for _ in range(2):
        train(data, cut, tiny_config("pix2pixhd-128", steps=2), CPU, limit_s=1e-9)
    whole, parts = (
        load_run(run, tiny_config("pix2pixhd-128"), CPU).networks.averaged.state_dict()
        for run in (tmp_path / "pix2pixhd-128", cut)
    )
    assert all(torch.equal(whole[name], value) for name, value in parts.items())
    capsys.readouterr()

    status = main(
        f"evaluate --model {models['landscape-128']} --beside {models['pix2pixhd-128']} "
        f"--data {data} --segmenter {tmp_path}/s.pt --segmenter-steps 2 --write".split()
    )

    assert status == 0
    assert "| beside: pix2pixhd-128 |" in capsys.readouterr().out
    table = read_card(models["landscape-128"]).metrics["table"]
    assert table["beside: pix2pixhd-128"] != table["model"]


def test_runs_and_models_of_spade_are_written_as_before() -> None:
    """Options of pix2pixHD stand in no file of SPADE's, so programs without them read it."""
    config = tiny_config("landscape")

    written = config.to_json()["architecture"]

    assert not {"net", "resnet_n_blocks", "resnet_n_downsample"} & set(written)
    assert TrainConfig.from_json(config.to_json()) == config
    other = tiny_config("pix2pixhd-128")
    assert TrainConfig.from_json(other.to_json()) == other
