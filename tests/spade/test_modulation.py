"""Modulation per distinct neighbourhood is the dense computation, forwards and backwards."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spade.model.architecture import Architecture
from spade.model.generator import Generator
from spade.model.modulation import Spade
from spade.model.pyramid import LabelPyramid, distinct_patterns, lengthened


def maps(kind: str, count: int, size: int) -> torch.Tensor:
    torch.manual_seed(5)
    if kind == "noise":
        return torch.randint(0, 19, (count, size, size))
    blocks = torch.randint(0, 19, (count, 4, 4))
    return blocks.repeat_interleave(size // 4, 1).repeat_interleave(size // 4, 2)


@pytest.mark.parametrize("edges", [False, True])
@pytest.mark.parametrize("kind", ["blocks", "noise"])
def test_gradients_equal_those_of_the_dense_network(kind: str, edges: bool) -> None:
    """Picture and every parameter's gradient agree within 1e-5 of the gradient's size."""
    torch.manual_seed(0)
    architecture = Architecture(18, ngf=4, instance_edges=edges, crop_size=64)
    generator = Generator(architecture).eval()
    channels = maps(kind, 2, 64)
    borders = torch.rand(channels.shape) < 0.2 if edges else None
    weight = torch.randn(2, 3, 64, 64)

    pictures, gradients = [], []
    for dense in (True, False):
        generator.zero_grad()
        pyramid = LabelPyramid(channels, 19, borders, dense=dense)
        picture = generator(pyramid, (64, 64), None)
        (picture * weight).sum().backward()
        pictures.append(picture.detach())
        gradients.append(
            {n: p.grad.clone() for n, p in generator.named_parameters() if p.grad is not None}
        )

    torch.testing.assert_close(pictures[1], pictures[0], rtol=0, atol=1e-5)
    for name, dense_gradient in gradients[0].items():
        scale = max(dense_gradient.abs().max().item(), 1.0)
        torch.testing.assert_close(
            gradients[1][name] / scale, dense_gradient / scale, rtol=0, atol=1e-5, msg=name
        )


def test_gradients_of_large_regions_survive_bfloat16() -> None:
    """A region of thousands of pixels learns in half precision as it does in full."""
    torch.manual_seed(0)
    layer = Spade(4, 19)
    gradients = []
    for bf16 in (False, True):
        layer.zero_grad()
        pyramid = LabelPyramid(torch.zeros(2, 128, 128, dtype=torch.int64), 19)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            layer(torch.randn(2, 4, 128, 128), pyramid).float().sum().backward()
        bias = layer.mlp_beta.bias
        assert bias is not None
        assert bias.grad is not None
        gradients.append(bias.grad.clone())
    torch.testing.assert_close(gradients[1], gradients[0], rtol=0.02, atol=0)


@settings(max_examples=25)
@given(
    st.integers(1, 3), st.integers(1, 6), st.integers(1, 6), st.integers(1, 400), st.integers(0, 99)
)
def test_patterns_rebuild_the_map(
    count: int, height: int, width: int, symbols: int, seed: int
) -> None:
    """Each pixel's pattern is its true 3x3 surroundings, and no pattern is listed twice."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(0, symbols, (count, height, width), generator=generator)

    patterns, rows = distinct_patterns(values, symbols)

    padded = torch.nn.functional.pad(values, (1, 1, 1, 1), value=symbols)
    windows = padded.unfold(1, 3, 1).unfold(2, 3, 1).flatten(3)
    assert torch.equal(patterns[rows], windows)
    assert len(torch.unique(patterns, dim=0)) == len(patterns)


def test_numbers_of_patterns_repeat() -> None:
    """Batches of any maps have few numbers of patterns between them, an eighth too many at most."""
    lengths = set()
    for count in range(1, 5000):
        patterns = torch.arange(9 * count).view(count, 9)
        longer = lengthened(patterns)
        assert torch.equal(longer[:count], patterns)
        assert (longer[count:] == patterns[-1]).all()
        assert len(longer) <= count + count / 8
        lengths.add(len(longer))
    assert len(lengths) <= 8 * 12


def test_a_pyramid_has_such_numbers_of_neighbourhoods() -> None:
    """What a map has of them is rounded up, at both steps."""
    found = LabelPyramid(maps("noise", 1, 60), 19).neighbourhoods((60, 60))

    for patterns in (found.inner, found.outer):
        assert len(patterns) == len(lengthened(patterns))
        assert len(patterns) > len(torch.unique(patterns, dim=0)), "rounded up, not by chance"
