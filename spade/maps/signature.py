"""What a label map shows, as a short vector: how much of each label, and whether above or below."""

import numpy as np
import numpy.typing as npt

from spade.maps.labels import LabelSet

Signature = npt.NDArray[np.float32]

# Blocks of a signature: the whole map, twice as heavy, its upper and its lower half.
BLOCKS = 3
WHOLE = 2.0


def signature(label_map: npt.NDArray[np.integer], label_set: LabelSet) -> Signature:
    """Return `[3 * labels] float32` of a label map `[H, W]` of label ids: a vector of length 1.

    Square roots of the labels' shares, so that the dot product of two signatures is 1 for equal
    shares and 0 where no label is in common (the Bhattacharyya coefficient, averaged over the whole
    map twice and its halves). A map keeps its signature when it is enlarged. Ids that the set lacks
    count as unlabelled, or not at all where the set has no such label.
    """
    channels = label_set.channel_of_id[label_map]
    if label_set.unlabelled_id is not None:
        channels[channels < 0] = label_set.channel_of_id[label_set.unlabelled_id]
    half = len(channels) // 2
    count = len(label_set.labels)
    upper, lower = _counts(channels[:half], count), _counts(channels[half:], count)
    blocks = (WHOLE * _shares(upper + lower), _shares(upper), _shares(lower))
    return np.sqrt(np.concatenate(blocks) / (WHOLE + 2)).astype(np.float32)


def shares(of: Signature) -> npt.NDArray[np.float32]:
    """Return each label's share of the whole map, `[..., labels]` from signatures `[..., D]`."""
    labels = of.shape[-1] // BLOCKS
    part: npt.NDArray[np.float32] = of[..., :labels] ** 2 * np.float32((WHOLE + 2) / WHOLE)
    return part


def similarity(one: Signature, others: Signature) -> npt.NDArray[np.float32]:
    """Return how much alike a signature `[D]` and others `[N, D]` are, `[N]` from 0 to 1."""
    alike: npt.NDArray[np.float32] = others @ one
    return alike


def _counts(channels: npt.NDArray[np.integer], labels: int) -> npt.NDArray[np.intp]:
    return np.bincount(channels[channels >= 0].ravel(), minlength=labels)


def _shares(counts: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    return counts / max(int(counts.sum()), 1)
