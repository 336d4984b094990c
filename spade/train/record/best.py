"""Measure a run on the val split while it goes, and keep the best generator it has had."""

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.data.layouts import find_pairs
from spade.engine.batch import batch_of
from spade.engine.plain import run_network
from spade.evaluate.measure import Evaluation, Figures, Paint
from spade.evaluate.segmenter import load_or_train_segmenter
from spade.maps.labels import LabelSet, load_label_set
from spade.model.features import MEASURING_FEATURES, load_features
from spade.model.pyramid import LabelPyramid
from spade.model.tensors import write_whole
from spade.train.config import TrainConfig
from spade.train.networks import Networks
from spade.train.styles import signatures

BEST = "best.json"
BEST_WEIGHTS = "best.pt"
SEGMENTER = "segmenter.pt"


class Selection:
    """Keeps the averaged networks with the best val figures as `best.pt`, beside the states.

    Better is a smaller FID x (1 - mIoU): a picture must both look like photos and obey its labels.
    """

    def __init__(self, data: Path, run: Path, config: TrainConfig) -> None:
        self._data = data
        self._run = run
        self._config = config

    @cached_property
    def _evaluation(self) -> Evaluation:
        """Made at the first measuring, because training its segmenter takes minutes on a CPU."""
        config = self._config
        label_set = load_label_set(config.label_set)
        pairs = find_pairs(self._data, "train")
        segmenter = load_or_train_segmenter(
            self._run / SEGMENTER, pairs, label_set, MEASURING_FEATURES
        )
        return Evaluation(
            pairs,
            find_pairs(self._data, "val"),
            label_set,
            config.phases[-1].size,
            load_features(MEASURING_FEATURES),
            segmenter,
        )

    def measure(
        self, networks: Networks, images: int, phase: int, device: torch.device
    ) -> dict[str, float]:
        """Measure after `images` pictures, keep the best weights, and return the figures.

        Raises:
            OSError: the weights cannot be written; the former best ones stay.
        """
        figures, _ = self._evaluation.painted(_painting(networks, self._evaluation, device))
        score = figures.fid * (1 - figures.miou)
        best = read_best(self._run)
        if best is None or score < best["score"]:
            facts = {"images": images, "phase": phase, "score": score, "since": 0}
            self._keep(networks, facts | figures.to_json())
        else:
            _write(self._run, best | {"since": best["since"] + 1})
        return {f"val_{name}": value for name, value in figures.to_json().items()}

    def measure_doodles(self, networks: Networks, device: torch.device) -> Figures:
        """Measure the averaged generator on the val maps as a person would doodle them."""
        return self._evaluation.painted_doodles(_painting(networks, self._evaluation, device))

    @property
    def exhausted(self) -> bool:
        """Whether the last `patience` measurings found nothing better."""
        best, patience = read_best(self._run), self._config.patience
        return best is not None and 0 < patience <= best["since"]

    def _keep(self, networks: Networks, facts: dict[str, Any]) -> None:
        weights = {name: net.state_dict() for name, net in networks.kept().items()}
        write_whole(self._run / BEST_WEIGHTS, weights)
        _write(self._run, facts)


def read_best(run: Path) -> dict[str, Any] | None:
    """Return images seen, phase, score and figures of a run's best weights, or None without any."""
    path = run / BEST
    return json.loads(path.read_text()) if path.is_file() else None


def load_best(run: Path, networks: Networks) -> int:
    """Put a run's best weights into the averaged networks of the phase that `read_best` tells.

    Returns the pictures that they have seen.

    Raises:
        ValueError: the run has measured nothing.
    """
    best = read_best(run)
    if best is None:
        raise ValueError(f"{run} has no best weights; train it with measure_every above 0")
    state = torch.load(run / BEST_WEIGHTS, map_location="cpu", weights_only=True)
    for name, network in networks.kept().items():
        network.load_state_dict(state[name])
    return int(best["images"])


def _painting(networks: Networks, evaluation: Evaluation, device: torch.device) -> Paint:
    """Let the averaged generator paint val maps, in styles drawn as seeds will draw them."""
    generator, labels = networks.averaged, evaluation.label_set

    @torch.no_grad()
    def paint(label_maps: npt.NDArray[np.uint8], seeds: list[int]) -> Tensor:
        z = None
        if networks.bank is not None:
            random = torch.Generator(device).manual_seed(seeds[0])
            z = networks.bank.draw(_signatures(label_maps, labels, device), random)
        batch = batch_of(generator.architecture, labels, label_maps, z, seeds)
        return run_network(generator, batch, dense=False).float().cpu()

    return paint


def _signatures(
    label_maps: npt.NDArray[np.uint8], labels: LabelSet, device: torch.device
) -> Tensor:
    channels = torch.from_numpy(labels.channel_of_id[label_maps]).long().to(device)
    pyramid = LabelPyramid(channels, len(labels.labels))
    return signatures(pyramid.planes(pyramid.size))


def _write(run: Path, facts: dict[str, Any]) -> None:
    partial = run / (BEST + ".partial")
    partial.write_text(json.dumps(facts, indent=1))
    os.replace(partial, run / BEST)
