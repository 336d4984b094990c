"""Random styles are those that photos of similar scenes have."""

import numpy as np
import pytest
import torch

from spade.maps.labels import load_label_set
from spade.maps.signature import signature
from spade.train.styles import SIMILAR, SLOTS, StyleBank, signatures
from spade.train.watch import colours

LABELS, Z_DIM = 3, 4


def half_and_half(upper: int, lower: int, count: int = 1) -> torch.Tensor:
    """Label planes whose upper half is of one label and whose lower half of another."""
    planes = torch.zeros(count, LABELS, 8, 8)
    planes[:, upper, :4] = 1
    planes[:, lower, 4:] = 1
    return planes


def filled_bank() -> StyleBank:
    """Styles near 10 for label 0 above label 1, near -10 for the reverse, hardly spread."""
    bank = StyleBank(Z_DIM, LABELS)
    for upper, lower, mean in ((0, 1, 10.0), (1, 0, -10.0)):
        count = 2 * SIMILAR
        described = signatures(half_and_half(upper, lower, count))
        means = mean + torch.arange(count)[:, None].float().expand(-1, Z_DIM) / 100
        bank.take_in(means, torch.full((count, Z_DIM), -6.0), described)
    return bank


def test_like_maps_have_like_signatures() -> None:
    """A map is most like itself, less like its reverse, and least like one of other labels."""
    one = signatures(half_and_half(0, 1))
    others = [signatures(half_and_half(*halves)) for halves in ((0, 1), (1, 0), (2, 2))]

    likeness = [float((one * other).sum()) for other in others]

    assert likeness == pytest.approx([1.0, 0.5, 0.0], abs=1e-6)


def test_training_describes_maps_as_looks_do() -> None:
    """The bank's signatures are those by which a finished model chooses looks."""
    landscape = load_label_set("landscape")
    ids = np.random.default_rng(3).choice(landscape.ids, (6, 8)).astype(np.uint8)
    channels = torch.from_numpy(landscape.channel_of_id[ids]).long()
    planes = torch.nn.functional.one_hot(channels, len(landscape.labels)).permute(2, 0, 1)

    (found,) = signatures(planes[None].float())

    np.testing.assert_allclose(found.numpy(), signature(ids, landscape), atol=1e-6)


def test_a_scene_gets_the_style_of_a_like_one() -> None:
    """Styles drawn for a map come from maps like it, and not all from the same."""
    drawn = filled_bank().draw(
        signatures(half_and_half(1, 0, 64)), torch.Generator().manual_seed(1)
    )

    assert (drawn < -9).all()
    assert drawn.mean(dim=1).std() > 0.05


def test_the_same_draw_gives_the_same_styles() -> None:
    """A resumed run draws what it would have drawn."""
    bank, described = filled_bank(), signatures(half_and_half(0, 1, 3))
    one, two = (bank.draw(described, torch.Generator().manual_seed(5)) for _ in range(2))

    assert torch.equal(one, two)


def test_the_oldest_styles_make_room() -> None:
    """The bank follows the encoder: what was taken in long ago is no longer drawn."""
    bank, described = filled_bank(), signatures(half_and_half(0, 1, SLOTS))
    bank.take_in(torch.full((SLOTS, Z_DIM), 3.0), torch.full((SLOTS, Z_DIM), -20.0), described)

    drawn = bank.draw(described[:8], torch.Generator().manual_seed(1))

    torch.testing.assert_close(drawn, torch.full((8, Z_DIM), 3.0), rtol=0, atol=1e-3)


def test_the_share_of_the_means_does_not_depend_on_the_scale() -> None:
    """Styles whose means vary three times as much as they are spread say so at any scale."""
    shares = []
    for scale in (1.0, 20.0):
        bank = StyleBank(Z_DIM, LABELS)
        means = scale * 3 * torch.randn(400, Z_DIM, generator=torch.Generator().manual_seed(2))
        deviations = torch.full((400, Z_DIM), scale)
        bank.take_in(means, 2 * deviations.log(), torch.zeros(400, 3 * LABELS))
        shares.append(bank.spread())

    assert shares[0]["style_means"] == pytest.approx(3 / 10**0.5, abs=0.02)
    assert shares[1] == pytest.approx(shares[0], abs=1e-4)


def test_violet_is_told_from_the_colours_of_landscapes() -> None:
    """The measure of drift counts violet, and neither sky, grass, sand nor grey."""
    violet = torch.tensor([0.5, 0.2, 0.6])
    others = torch.tensor([[0.4, 0.6, 0.9], [0.3, 0.5, 0.1], [0.8, 0.7, 0.5], [0.5, 0.5, 0.5]])
    pictures = torch.cat([violet[None], others])[:, :, None, None].expand(5, 3, 4, 4) * 2 - 1

    found = colours(pictures)

    assert found["violet"] == pytest.approx(1 / 5)
    assert 0.4 < found["luma"] < 0.6
