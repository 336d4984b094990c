"""Which colours photos have where a label is, and how odd those of a painted picture are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spade.maps.labels import LabelSet

Picture = npt.NDArray[np.uint8]
LabelMap = npt.NDArray[np.uint8]

# Of red, green and blue in a grey value (ITU-R BT.601).
LUMA = np.array([0.299, 0.587, 0.114])
# A label counts in a photo from this share of it on, and in all from so many photos on.
LEAST_SHARE = 0.02
LEAST_PHOTOS = 8
# Keeps the covariance of few photos' colours invertible; colours are from 0 to 1.
RIDGE = 1e-3


def mean_luma(picture: Picture) -> float:
    """Return the mean grey value of a picture `[H, W, 3] uint8 RGB`, from 0 to 1."""
    return float(picture.reshape(-1, 3).mean(axis=0) @ LUMA / 255)


def label_colours(
    picture: Picture, label_map: LabelMap, label_set: LabelSet
) -> npt.NDArray[np.float64]:
    """Return the mean colour of each label, `[labels, 3]` from 0 to 1; NaN where it hardly occurs.

    `picture` is `[H, W, 3] uint8 RGB`, `label_map` `[H, W]` label ids.
    """
    channels = label_set.channel_of_id[label_map].ravel()
    flat = picture.reshape(-1, 3) / 255
    count = np.bincount(channels, minlength=len(label_set.labels))
    sums = [np.bincount(channels, flat[:, i], len(label_set.labels)) for i in range(3)]
    colours = np.stack(sums, axis=1) / np.maximum(count, 1)[:, None]
    colours[count < LEAST_SHARE * len(channels)] = np.nan
    return colours


@dataclass(frozen=True)
class UsualColours:
    """A normal fit of each label's colours in photos: `means` `[labels, 3]`, NaN where unknown."""

    means: npt.NDArray[np.float64]
    precisions: npt.NDArray[np.float64]

    def oddity(self, picture: Picture, label_map: LabelMap, label_set: LabelSet) -> float:
        """Return the mean squared Mahalanobis distance of the labels' colours, by their area.

        About 3 for photos; 0 where no label's colours are known.
        """
        colours = label_colours(picture, label_map, label_set)
        off = colours - self.means
        distances = np.einsum("li,lij,lj->l", off, self.precisions, off)
        known = np.isfinite(distances)
        if not known.any():
            return 0.0
        channels = label_set.channel_of_id[label_map]
        area = np.bincount(channels.ravel(), minlength=len(label_set.labels))[known]
        return float((distances[known] * area).sum() / area.sum())


def fit_usual_colours(colours: npt.NDArray[np.float64]) -> UsualColours:
    """Fit what is usual to `[photos, labels, 3]`, the colours of `label_colours` of each photo."""
    labels = colours.shape[1]
    means = np.full((labels, 3), np.nan)
    precisions = np.zeros((labels, 3, 3))
    for label in range(labels):
        known = colours[np.isfinite(colours[:, label, 0]), label]
        if len(known) >= LEAST_PHOTOS:
            means[label] = known.mean(axis=0)
            precisions[label] = np.linalg.inv(np.cov(known.T) + RIDGE * np.eye(3))
    return UsualColours(means, precisions)
