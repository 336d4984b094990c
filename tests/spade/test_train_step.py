"""One step of training: the optimiser steps as published, and random styles have their share."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spade.data.layouts import find_train_pairs
from spade.train.batches import phase_batches
from spade.train.parallel import Place
from spade.train.phases import enter
from spade.train.run import train
from spade.train.state import load_run
from spade.train.step import Trainer
from spade.train.styles import ONE_RANDOM_OF, StyleBank, random_styles
from tests.spade.training_data import BATCH, tiny_config, two_phases, write_pairs

CPU = torch.device("cpu")


def test_adam_steps_in_one_pass_as_weight_by_weight(tmp_path: Path) -> None:
    """Through a resumed run's border of phases too, weights go where the plain optimiser's go.

    The pass over memory takes it that gradients and averages lie there as their weights do; where
    they do not it mixes them up, and says nothing.
    """
    data, config = write_pairs(tmp_path / "data"), two_phases(bf16=False)
    pairs = find_train_pairs(data, ())
    train(data, tmp_path / "run", config, CPU, limit_s=1e-9)

    def stepped(fused: bool) -> Trainer:
        trainer = enter(load_run(tmp_path / "run", config, CPU), 1, pairs)
        for adam in (trainer.painter_adam, trainer.judge_adam):
            assert all(group["fused"] for group in adam.param_groups)
            for group in adam.param_groups:
                group["fused"] = fused
        trainer.step(next(phase_batches(pairs, config, 4, Place(), CPU)))
        return trainer

    plain = stepped(fused=False).networks.state()
    for network, tensors in stepped(fused=True).networks.state().items():
        for name, value in tensors.items():
            torch.testing.assert_close(value, plain[network][name], msg=f"{network} {name}")


@given(st.integers(0, 100), st.lists(st.integers(2, 20), min_size=1, max_size=20))
def test_random_styles_have_their_share_of_any_batches(first: int, batches: list[int]) -> None:
    """Of a batch of two as of twenty a third is painted in random styles, and never all of one."""
    begin, random = first, 0
    for count in batches:
        drawn = random_styles(first, count)
        assert 0 <= drawn < count
        random, first = random + drawn, first + count
    assert abs(random - (first - begin) / ONE_RANDOM_OF) < 1


def test_a_run_of_batches_of_two_paints_its_share_in_random_styles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step counts on from the place of its batch; from 0 each, two would never have any."""
    drawn: list[int] = []
    draw = StyleBank.draw

    def counted(
        bank: StyleBank, signatures: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        drawn.append(len(signatures))
        return draw(bank, signatures, generator)

    monkeypatch.setattr(StyleBank, "draw", counted)
    steps = 3
    train(write_pairs(tmp_path / "data"), tmp_path / "run", tiny_config(steps=steps), CPU)
    assert sum(drawn[:steps]) == steps * BATCH // ONE_RANDOM_OF == 2
