"""Instance borders, the extra input plane of models that tell objects of one label apart."""

import numpy as np
import numpy.typing as npt


def instance_edges(instances: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Mark pixels of `[..., H, W]` whose left, right, upper or lower neighbour differs."""
    edges = np.zeros(instances.shape, dtype=np.bool_)
    across = instances[..., :, 1:] != instances[..., :, :-1]
    down = instances[..., 1:, :] != instances[..., :-1, :]
    edges[..., :, 1:] |= across
    edges[..., :, :-1] |= across
    edges[..., 1:, :] |= down
    edges[..., :-1, :] |= down
    return edges
