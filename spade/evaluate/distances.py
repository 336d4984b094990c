"""Distances between two sets of pictures, from one feature vector per picture."""

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float64]
KID_SUBSETS = 50


def frechet_distance(a: Vectors, b: Vectors) -> float:
    """Return the Frechet distance of normal fits to two sets `[N, D]` (Heusel et al. 2017).

    Small sets make it larger: compare only figures made with equal numbers of pictures.
    """
    mean = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    # trace(sqrt(Ca Cb)) is the nuclear norm of A^T B for centred data, however few pictures
    # there are, and needs no matrix root of a singular product.
    centred_a = (a - a.mean(axis=0)) / np.sqrt(max(len(a) - 1, 1))
    centred_b = (b - b.mean(axis=0)) / np.sqrt(max(len(b) - 1, 1))
    cross = np.linalg.svd(centred_a @ centred_b.T, compute_uv=False).sum()
    spread = (centred_a**2).sum() + (centred_b**2).sum()
    return float(max(mean + spread - 2 * cross, 0.0))


def kernel_distance(a: Vectors, b: Vectors, seed: int = 0) -> float:
    """Return the kernel distance (KID, Binkowski et al. 2018), unbiased for small sets.

    The polynomial kernel (x.y / D + 1)^3, averaged over random subsets of equal size.
    """
    rng = np.random.default_rng(seed)
    size = min(len(a), len(b), 100)
    values = []
    for _ in range(KID_SUBSETS):
        x = a[rng.choice(len(a), size, replace=False)]
        y = b[rng.choice(len(b), size, replace=False)]
        values.append(_unbiased_mmd(x, y))
    return float(np.mean(values))


def _unbiased_mmd(x: Vectors, y: Vectors) -> float:
    count = len(x)
    xx, yy, xy = _kernel(x, x), _kernel(y, y), _kernel(x, y)
    within = (xx.sum() - np.trace(xx) + yy.sum() - np.trace(yy)) / (count * (count - 1))
    return float(within - 2 * xy.mean())


def _kernel(x: Vectors, y: Vectors) -> Vectors:
    kernel: Vectors = (x @ y.T / x.shape[1] + 1) ** 3
    return kernel
