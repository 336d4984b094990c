"""The losses give the numbers that one works out by hand."""

import math

import pytest
import torch

from spade.train.judges import losses


def judged(value: float, inner: float = 0.0) -> list[list[torch.Tensor]]:
    return [[torch.full((1, 2), inner), torch.full((2, 2), value)]]


def test_hinge_is_zero_beyond_the_margin() -> None:
    """A judge that is sure and right has nothing left to learn."""
    loss = losses.discriminator_hinge(judged(1.5), judged(-2.0))

    assert loss.item() == 0.0


def test_hinge_counts_what_is_missing_to_the_margin() -> None:
    """Real at 0.25 lacks 0.75, painted at 0.5 is 1.5 too high."""
    loss = losses.discriminator_hinge(judged(0.25), judged(0.5))

    assert loss.item() == pytest.approx(0.75 + 1.5)


def test_generator_wants_high_judgements() -> None:
    """The generator's loss is minus the mean judgement."""
    assert losses.generator_hinge(judged(0.5)).item() == pytest.approx(-0.5)


def test_feature_matching_leaves_out_the_judgement() -> None:
    """Only inner activations are matched: |3 - 1| = 2, whatever the judgement says."""
    loss = losses.feature_matching(judged(9.0, inner=3.0), judged(-9.0, inner=1.0))

    assert loss.item() == pytest.approx(2.0)


def test_perceptual_is_relative_to_the_size_of_the_feature() -> None:
    """Features of size 2 that are off by 1 count half their weight, all layers alike."""
    real = [torch.full((1, 1, 2, 2), 2.0)] * 5

    loss = losses.perceptual(real, [torch.full((1, 1, 2, 2), 1.0)] * 5, "vgg19")

    assert loss.item() == pytest.approx(0.5 * sum(losses.PERCEPTUAL_WEIGHTS["vgg19"]))


def test_colour_sees_means_and_not_texture() -> None:
    """A checkerboard around the right mean costs nothing, a wrong mean costs its difference."""
    flat = torch.zeros(1, 3, 32, 32)
    texture = flat.clone()
    texture[..., ::2, ::2] = 1.0
    texture[..., 1::2, ::2] = -1.0

    assert losses.colour(flat, texture).item() == pytest.approx(0.0)
    assert losses.colour(flat, flat + 0.25).item() == pytest.approx(0.25)


def test_kld_of_a_shifted_normal() -> None:
    """KL(N(m, s) || N(0, 1)) = (m^2 + s^2 - 1 - ln s^2) / 2 for each component."""
    loss = losses.kld(torch.tensor([[2.0, 0.0]]), torch.tensor([[math.log(4.0), 0.0]]))

    assert loss.item() == pytest.approx((4 + 4 - 1 - math.log(4)) / 2)
