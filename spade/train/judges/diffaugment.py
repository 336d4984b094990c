"""Differentiable augmentation before the discriminators (Zhao et al., NeurIPS 2020)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

SHIFT = 1 / 8
HOLE = 1 / 2


def augment(
    versions: Sequence[Tensor], planes: Tensor, policy: str
) -> tuple[Sequence[Tensor], Tensor]:
    """Augment versions `[N, 3, H, W]` in [-1, 1] of N pictures and move their label planes along.

    All versions of a picture, its photo and what was painted of it, are changed alike, since they
    are compared place by place. `policy` names any of colour, translation and cutout, separated by
    commas. Gradients flow through; what is drawn differs from picture to picture.
    """
    for name in filter(None, policy.split(",")):
        versions, planes = POLICIES[name](versions, planes)
    return versions, planes


def _uniform(like: Tensor, low: float, high: float) -> Tensor:
    shape = (like.shape[0], 1, 1, 1)
    return torch.rand(shape, device=like.device, dtype=like.dtype) * (high - low) + low


def _colour(versions: Sequence[Tensor], planes: Tensor) -> tuple[Sequence[Tensor], Tensor]:
    brightness = _uniform(planes, -0.5, 0.5)
    saturation = _uniform(planes, 0.0, 2.0)
    contrast = _uniform(planes, 0.5, 1.5)

    def changed(pictures: Tensor) -> Tensor:
        pictures = pictures + brightness
        grey = pictures.mean(dim=1, keepdim=True)
        pictures = (pictures - grey) * saturation + grey
        middle = pictures.mean(dim=(1, 2, 3), keepdim=True)
        return (pictures - middle) * contrast + middle

    return [changed(pictures) for pictures in versions], planes


def _translation(versions: Sequence[Tensor], planes: Tensor) -> tuple[Sequence[Tensor], Tensor]:
    count, _, height, width = planes.shape
    reach_y, reach_x = int(height * SHIFT + 0.5), int(width * SHIFT + 0.5)
    down = torch.randint(-reach_y, reach_y + 1, (count,)).tolist()
    right = torch.randint(-reach_x, reach_x + 1, (count,)).tolist()
    moved = [_moved(pictures, down, right) for pictures in versions]
    return moved, _moved(planes, down, right)


def _moved(images: Tensor, down: list[int], right: list[int]) -> Tensor:
    """Move each image by its own way, zeros coming in."""
    moved = [F.pad(image, (x, -x, y, -y)) for image, y, x in zip(images, down, right, strict=True)]
    return torch.stack(moved)


def _cutout(versions: Sequence[Tensor], planes: Tensor) -> tuple[Sequence[Tensor], Tensor]:
    count, _, height, width = planes.shape
    y = torch.rand(count, 1, 1, 1, device=planes.device)
    x = torch.rand(count, 1, 1, 1, device=planes.device)
    rows = torch.arange(height, device=planes.device).view(1, 1, -1, 1) / height
    columns = torch.arange(width, device=planes.device).view(1, 1, 1, -1) / width
    hole = ((rows - y).abs() < HOLE / 2) & ((columns - x).abs() < HOLE / 2)
    return [pictures * ~hole for pictures in versions], planes


POLICIES: dict[str, Callable[[Sequence[Tensor], Tensor], tuple[Sequence[Tensor], Tensor]]] = {
    "colour": _colour,
    "translation": _translation,
    "cutout": _cutout,
}
