"""A generator that is grown to paint larger pictures."""

import torch

from spade.model.cells import resize_cells
from spade.model.generator import Generator
from spade.train.grow import grow
from spade.train.networks import folded
from tests.spade.training_data import tiny_config


def test_growing_enlarges_the_first_map_alone() -> None:
    """A grown generator's first feature map is the small one's, enlarged; all else is the same."""
    torch.manual_seed(0)
    config = tiny_config()
    small = folded(Generator(config.architecture)).eval()
    z = torch.randn(1, 8)
    others = {name: value for name, value in small.state_dict().items() if name[:3] != "fc."}
    with torch.no_grad():
        before = small.fc(z).view(1, -1, *small.architecture.seed_size)
        grow(small, (128, 128))
        after = small.fc(z).view(1, -1, *small.architecture.seed_size)

    assert small.architecture.native_size == (128, 128)
    torch.testing.assert_close(after, resize_cells(before, (4, 4)))
    for name, value in others.items():
        assert torch.equal(small.state_dict()[name], value), name
