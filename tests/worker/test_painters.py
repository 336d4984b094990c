"""How a worker gets its painters: one device, and at most its share of the memory."""

from typing import Any

import pytest

import spade
from jobs import load_settings
from worker.painters import load_painter


def test_the_limit_of_memory_stands_before_each_model_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two models of one worker share a limit on the card that the worker was given."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr("spade.engine.cuda.engine.limit_memory", lambda *args: calls.append(args))
    monkeypatch.setattr(spade, "load_painter", lambda *args, **_: calls.append(args[:2]))
    settings = load_settings(device="cuda:1", device_memory_bytes=2**33)
    for model in ("landscape", "coco"):
        load_painter(model, settings)

    limit = ("cuda:1", 2**33)
    folder = settings.checkpoints_dir
    loaded = [(folder / "landscape", "cuda:1"), (folder / "coco", "cuda:1")]
    assert calls == [limit, loaded[0], limit, loaded[1]]


def test_a_worker_refuses_several_devices() -> None:
    """The list is for ./start; a single worker says what to do instead."""
    settings = load_settings(device="cuda:0,cuda:1")
    with pytest.raises(ValueError, match="one worker for each"):
        load_painter("landscape", settings)


@pytest.mark.parametrize("device", ["gpu", "cuda,cuda", "cuda:0;cuda:1", ""])
def test_a_device_that_there_cannot_be_is_refused(device: str) -> None:
    """The settings name what DEVICE may be."""
    with pytest.raises(ValueError, match=r"\^\(auto\|cpu"):
        load_settings(device=device)
