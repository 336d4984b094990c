"""The first feature maps of a style at sizes other than the native one."""

import torch
from torch import Tensor

# Cells along each border that keep their distance to it. They have learned to make up for the zeros
# beyond it; enlarged, they would lie dark, or in other colours, where there is nothing to make up.
# With two of them a darker band of two cells was seen along edges of rock.
RIM = 1
# Keys, "Cubic convolution interpolation for digital image processing" (1981), as PyTorch has it.
SHARPNESS = -0.75


def resize_cells(cells: Tensor, size: tuple[int, int]) -> Tensor:
    """Return cells `[N, C, h, w]` at another size, with values that run smoothly (bicubic).

    Repeated cells would leave a step in sky and water wherever two of them meet. At its own size a
    map stays as it is.
    """
    if cells.shape[2:] == size:
        return cells
    rows, columns = (
        _shares(native, wanted, cells.device)
        for native, wanted in zip(cells.shape[2:], size, strict=True)
    )
    return (rows @ cells.float() @ columns.T).to(cells.dtype)


def _shares(native: int, wanted: int, device: torch.device) -> Tensor:
    """Return `[wanted, native]`: how much of each native cell a new one takes, along one axis."""
    rim = min(RIM, (native - 1) // 2) if wanted > native else 0
    new = torch.arange(wanted, device=device, dtype=torch.float32)
    between = (new + 0.5 - rim) * ((native - 2 * rim) / (wanted - 2 * rim)) + rim - 0.5
    place = torch.where(new < rim, new, between)
    place = torch.where(new >= wanted - rim, new - (wanted - native), place)
    apart = (place[:, None] - torch.arange(native, device=device)).abs()
    near = ((SHARPNESS + 2) * apart - (SHARPNESS + 3)) * apart**2 + 1
    far = ((apart - 5) * apart + 8) * apart * SHARPNESS - 4 * SHARPNESS
    shares = torch.where(apart <= 1, near, torch.where(apart < 2, far, torch.zeros_like(far)))
    return shares / shares.sum(dim=1, keepdim=True)
