"""Every engine paints the dense network's picture, for every architecture and any label map."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from spade.engine.batch import Batch
from spade.engine.cpu.region import RegionEngine
from spade.engine.plain import PlainEngine
from spade.maps.instances import instance_edges
from spade.maps.labels import load_label_set
from spade.model.architecture import Architecture
from spade.model.generator import Generator
from spade.model.noise import draw_noise
from spade.painter import Painter, load_painter
from tests.spade import reference
from tests.spade.tiny import LABEL_SETS, draw_map, label_maps, landscape, random_state, save_tiny

BOUNDS = {"exact": 1e-4, "fast": 1e-3, "dense": 1e-4}
ARCHITECTURES = {
    "plain": Architecture(18, ngf=8, crop_size=64),
    "odd width": Architecture(18, ngf=6, crop_size=64),
    "edges": Architecture(18, ngf=8, crop_size=64, instance_edges=True),
    "vae": Architecture(18, ngf=8, crop_size=64, use_vae=True, z_dim=24),
    "noise": Architecture(18, ngf=6, crop_size=64, use_vae=True, z_dim=24, noise=True),
    "noise without z": Architecture(18, ngf=8, crop_size=64, noise=True),
    "more": Architecture(18, ngf=8, crop_size=128, num_upsampling_layers="more"),
    "most": Architecture(18, ngf=8, crop_size=128, num_upsampling_layers="most"),
    "most vae": Architecture(
        18, ngf=8, crop_size=128, num_upsampling_layers="most", use_vae=True, z_dim=8
    ),
    "coco": Architecture(182, ngf=8, crop_size=64, instance_edges=True),
    "no don't-care": Architecture(182, ngf=8, crop_size=64, contain_dontcare=False),
    "ade20k": Architecture(150, ngf=8, crop_size=64),
    "cityscapes": Architecture(
        35, contain_dontcare=False, ngf=8, crop_size=128, aspect_ratio=2.0, instance_edges=True
    ),
}
FEW = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


Lend = Callable[[str, str], Painter]


@pytest.fixture(scope="module")
def painters(tmp_path_factory: pytest.TempPathFactory) -> Lend:
    """Lend any architecture with any engine, each loaded when it is first asked for."""
    folder = tmp_path_factory.mktemp("models")

    @cache
    def saved(name: str) -> Path:
        seed = list(ARCHITECTURES).index(name)
        return save_tiny(folder / name, ARCHITECTURES[name], seed=seed)

    @cache
    def lend(name: str, engine: str) -> Painter:
        return load_painter(saved(name), engine=engine)  # type: ignore[arg-type]

    return lend


def expected(
    name: str, maps: np.ndarray, instances: np.ndarray | None, z: np.ndarray | None
) -> np.ndarray:
    architecture = ARCHITECTURES[name]
    labels = load_label_set(LABEL_SETS[architecture.label_channels])
    edges = None
    if architecture.instance_edges:
        edges = instance_edges(maps if instances is None else instances)
    sizes = architecture.block_sizes((maps.shape[1], maps.shape[2]))
    noise = draw_noise([0] * len(maps), sizes)
    planes = reference.one_hot(labels.channel_of_id[maps], len(labels.labels), edges)
    return reference.paint(
        random_state(architecture, list(ARCHITECTURES).index(name)),
        planes,
        upsampling=architecture.num_upsampling_layers,
        z=None if z is None else torch.from_numpy(z),
        seed_size=architecture.seed_size,
        noise=iter(noise) if architecture.noise else None,
    ).numpy()


@pytest.mark.parametrize("name", ARCHITECTURES)
@FEW
@given(data=st.data())
def test_engines_equal_the_paper(name: str, data: st.DataObject, painters: Lend) -> None:
    """Exact and dense are within 1e-4 of the reference and fast within 1e-3."""
    painter = painters(name, "exact")
    size = painter.native_size
    maps = data.draw(label_maps(painter.label_set, size, 2))
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    draw = rng.standard_normal((2, ARCHITECTURES[name].z_dim)).astype(np.float32)
    z = draw if ARCHITECTURES[name].use_vae else None
    instances = rng.integers(0, 3, maps.shape) if painter.abilities["instances"] else None
    wanted = expected(name, maps, instances, z)

    assert wanted.std() > 0.03, "the reference paints nothing that could go wrong"
    for engine, bound in BOUNDS.items():
        got = painters(name, engine).generate(maps, instances=instances, z=z)
        assert np.abs(got - wanted).max() <= bound, engine


@pytest.mark.parametrize("size", [(32, 32), (96, 32), (64, 160), (128, 128)])
@pytest.mark.parametrize("kind", ["blobs", "noise"])
def test_any_multiple_of_the_stride(size: tuple[int, int], kind: str) -> None:
    """Without a VAE the network is fully convolutional: any size equals the reference there."""
    maps = draw_map(landscape(), size, kind, 7)[None]

    got = RegionEngine(generator_of("plain")).generate(batch_of(maps))

    assert np.abs(got.numpy() - expected("plain", maps, None, None)).max() <= 1e-4


@pytest.mark.parametrize("engine", BOUNDS)
@given(data=st.data())
@FEW
def test_batch_neighbours_change_no_bit(engine: str, data: st.DataObject, painters: Lend) -> None:
    """An item's pixels are the same bits alone, in any batch and at any place in it."""
    painter = painters("vae", engine)
    maps = data.draw(label_maps(painter.label_set, painter.native_size, 3))
    order = data.draw(st.permutations(range(3)))
    seeds = [11, 12, 13]
    together = painter.generate(maps, seeds=seeds)

    shuffled = painter.generate(maps[list(order)], seeds=[seeds[i] for i in order])

    for place, item in enumerate(order):
        assert np.array_equal(shuffled[place], together[item])
        alone = painter.generate(maps[item : item + 1], seeds=[seeds[item]])
        assert np.array_equal(alone[0], together[item])


def test_threads_change_no_bit() -> None:
    """The work is split between threads without changing a sum."""
    batch = batch_of(draw_map(landscape(), (64, 64), "blobs", 3)[None])
    one = RegionEngine(generator_of("plain"), threads=1).generate(batch)
    three = RegionEngine(generator_of("plain"), threads=3).generate(batch)

    assert torch.equal(one, three)


def test_training_network_equals_the_paper() -> None:
    """The network that is trained, with its own neighbourhood tables, is the reference's too."""
    for name in ("plain", "edges"):
        architecture = ARCHITECTURES[name]
        maps = draw_map(landscape(), (64, 64), "blobs", 5)[None]
        edges = instance_edges(maps) if architecture.instance_edges else None

        got = PlainEngine(generator_of(name), dense=False).generate(batch_of(maps, edges))

        assert np.abs(got.numpy() - expected(name, maps, None, None)).max() <= 1e-4


def batch_of(maps: np.ndarray, edges: np.ndarray | None = None) -> Batch:
    channels = torch.from_numpy(landscape().channel_of_id[maps].astype(np.uint8))
    return Batch(channels, None if edges is None else torch.from_numpy(edges))


def generator_of(name: str) -> Generator:
    generator = Generator(ARCHITECTURES[name])
    generator.load_state_dict(random_state(ARCHITECTURES[name], list(ARCHITECTURES).index(name)))
    return generator.eval().requires_grad_(False)
