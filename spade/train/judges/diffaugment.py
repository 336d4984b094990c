"""Differentiable augmentation before the discriminators (Zhao et al., NeurIPS 2020)."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

SHIFT = 1 / 8
HOLE = 1 / 2


def augment(pictures: Tensor, planes: Tensor, policy: str) -> tuple[Tensor, Tensor]:
    """Augment pictures in [-1, 1] and move their label planes along.

    `policy` names any of colour, translation and cutout, separated by commas. Gradients flow
    through; what is drawn differs from picture to picture.
    """
    for name in filter(None, policy.split(",")):
        pictures, planes = POLICIES[name](pictures, planes)
    return pictures, planes


def _uniform(like: Tensor, low: float, high: float) -> Tensor:
    shape = (like.shape[0], 1, 1, 1)
    return torch.rand(shape, device=like.device, dtype=like.dtype) * (high - low) + low


def _colour(pictures: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
    pictures = pictures + _uniform(pictures, -0.5, 0.5)
    grey = pictures.mean(dim=1, keepdim=True)
    pictures = (pictures - grey) * _uniform(pictures, 0.0, 2.0) + grey
    middle = pictures.mean(dim=(1, 2, 3), keepdim=True)
    return (pictures - middle) * _uniform(pictures, 0.5, 1.5) + middle, planes


def _translation(pictures: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
    count, _, height, width = pictures.shape
    reach_y, reach_x = int(height * SHIFT + 0.5), int(width * SHIFT + 0.5)
    down = torch.randint(-reach_y, reach_y + 1, (count,)).tolist()
    right = torch.randint(-reach_x, reach_x + 1, (count,)).tolist()
    return _moved(pictures, down, right), _moved(planes, down, right)


def _moved(images: Tensor, down: list[int], right: list[int]) -> Tensor:
    """Move each image by its own way, zeros coming in."""
    moved = [F.pad(image, (x, -x, y, -y)) for image, y, x in zip(images, down, right, strict=True)]
    return torch.stack(moved)


def _cutout(pictures: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
    count, _, height, width = pictures.shape
    y = torch.rand(count, 1, 1, 1, device=pictures.device)
    x = torch.rand(count, 1, 1, 1, device=pictures.device)
    rows = torch.arange(height, device=pictures.device).view(1, 1, -1, 1) / height
    columns = torch.arange(width, device=pictures.device).view(1, 1, 1, -1) / width
    hole = ((rows - y).abs() < HOLE / 2) & ((columns - x).abs() < HOLE / 2)
    return pictures * ~hole, planes


POLICIES: dict[str, Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "colour": _colour,
    "translation": _translation,
    "cutout": _cutout,
}
