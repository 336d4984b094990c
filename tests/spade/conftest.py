"""Tests marked gpu skip where there is none; Triton's kernels then run on the CPU, interpreted.

DOODLESCAPE_REQUIRE_GPU=1 says that there is one: then nothing may skip for want of it.
"""

import os

import pytest
import torch

HAS_GPU = torch.cuda.is_available()
if not HAS_GPU:
    os.environ["TRITON_INTERPRET"] = "1"  # read when triton is loaded


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a GPU, with the reason, or let it fail where one is promised."""
    if not HAS_GPU and os.environ.get("DOODLESCAPE_REQUIRE_GPU") != "1":
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skip(reason="needs an NVIDIA GPU; there is none here"))


@pytest.fixture
def few_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure models by few crops of photos and few seeds, in a moment."""
    monkeypatch.setattr("spade.evaluate.measure.CROPS_PER_PHOTO", 4)
    monkeypatch.setattr("spade.evaluate.measure.DIVERSITY_SEEDS", 2)
