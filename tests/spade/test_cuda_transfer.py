"""The order of copies between host and device, on stand-ins for CUDA's streams and events."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import pytest
import torch

from spade.engine.cuda.transfer import Transfer

VALUES = torch.arange(6).view(2, 3)


class Stream:
    """A stream that writes down what waits for what."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self._log = name, log

    def wait_stream(self, other: Self) -> None:
        self._log.append(f"{self.name} waits for {other.name}")

    def record_event(self) -> Self:
        self._log.append(f"{self.name} marks")
        return self

    def synchronize(self) -> None:
        self._log.append(f"host waits for {self.name}")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what happens, in order; the current stream is written before each copy."""
    said: list[str] = []
    current = [Stream("compute", said)]

    @contextmanager
    def stream(other: Stream) -> Iterator[None]:
        current.append(other)
        yield
        current.pop()

    def noted(what: str, whole: Any) -> Any:
        def call(values: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            kwargs.pop("non_blocking", None)
            said.append(f"{current[-1].name} {what}")
            return whole(values, *args, **kwargs)

        return call

    empty = torch.empty
    tensor: Any = torch.Tensor
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _device: current[-1])
    monkeypatch.setattr(torch.cuda, "stream", stream)
    monkeypatch.setattr(torch, "empty", lambda *args, **more: empty(*args, dtype=more["dtype"]))
    monkeypatch.setattr(tensor, "pin_memory", lambda values: values.clone())
    monkeypatch.setattr(tensor, "to", noted("uploads", lambda values, _device: values.clone()))
    monkeypatch.setattr(tensor, "clone", noted("stages", tensor.clone))
    monkeypatch.setattr(tensor, "copy_", noted("fetches", tensor.copy_))
    monkeypatch.setattr(
        tensor, "record_stream", lambda _values, other: said.append(f"kept for {other.name}")
    )
    return said


@pytest.fixture
def transfer(log: list[str]) -> Transfer:
    """Give a transfer with a stream of its own."""
    made = Transfer(torch.device("cpu"))
    vars(made)["_stream"] = Stream("transfer", log)
    return made


def test_what_goes_up_is_there_before_it_is_used(transfer: Transfer, log: list[str]) -> None:
    """The copy is the transfer stream's; computing waits for it, and its memory for computing."""
    assert torch.equal(transfer.upload(VALUES), VALUES)
    uploaded = log.index("transfer uploads")
    assert log[uploaded:][-2:] == ["compute waits for transfer", "kept for compute"]


def test_what_comes_back_is_whole_and_may_be_computed_anew(
    transfer: Transfer, log: list[str]
) -> None:
    """Staged where it was computed, fetched beside the next work, read when it has arrived."""
    values = VALUES.clone()
    log.clear()
    wait = transfer.download(values)
    assert log == [
        "compute stages", "transfer waits for compute", "transfer fetches", "transfer marks",
        "kept for transfer",
    ]  # fmt: skip
    values.zero_()

    assert torch.equal(wait(), VALUES)
    assert log[-1] == "host waits for transfer"
