"""`python -m spade download`: what comes is verified and imported, or the way by hand is told."""

import io
import tarfile
from pathlib import Path

import pytest
import torch

from spade.__main__ import main
from spade.imports import download as module
from spade.imports.download import OFFICIAL_ARCHIVE, DownloadError, Progress, download
from spade.imports.presets import NON_COMMERCIAL, PRESETS, Preset
from spade.model.architecture import Architecture
from spade.model.card import CheckpointError, read_card
from tests.spade.tiny import random_state

TINY = Architecture(150, ngf=4, crop_size=64)


@pytest.fixture(autouse=True)
def tiny_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the ADE20K preset small: what is tested does not depend on its size."""
    preset = Preset("Tiny ADE20K", TINY, "ade20k", NON_COMMERCIAL)
    monkeypatch.setitem(PRESETS, "ade20k", preset)


def archive(member: str) -> bytes:
    weights, packed = io.BytesIO(), io.BytesIO()
    torch.save(random_state(TINY), weights)
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo(member)
        entry.size = weights.tell()
        weights.seek(0)
        tar.addfile(entry, weights)
    return packed.getvalue()


def quiet(_done: int, _total: int | None) -> None:
    return


def test_member_of_the_archive_is_imported(tmp_path: Path) -> None:
    """The wanted generator is taken out of the official archive, and the card keeps its hash."""
    asked = []

    def fetch(drive_id: str, target: Path, progress: Progress) -> None:
        asked.append(drive_id)
        target.write_bytes(archive("checkpoints/ade20k_pretrained/latest_net_G.pth"))
        progress(1, 1)

    download("ade20k", tmp_path / "m", quiet, fetch)

    card = read_card(tmp_path / "m")
    assert asked == [OFFICIAL_ARCHIVE]
    assert card.licence == NON_COMMERCIAL
    assert len(card.training["imported_from"]["sha256"]) == 64


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<html>quota exceeded</html>", "no whole archive"),
        (archive("coco_pretrained/latest_net_G.pth"), "holds no ade20k_pretrained"),
        (archive("ade20k_pretrained/latest_net_G.pth")[:-2000], "no whole archive"),
    ],
)
def test_what_is_not_the_archive_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    """A web page, another archive or half of one is one clear error, and nothing is written."""

    def fetch(_drive_id: str, target: Path, _progress: Progress) -> None:
        target.write_bytes(content)

    with pytest.raises(CheckpointError, match=told):
        download("ade20k", tmp_path / "m", quiet, fetch)
    assert not (tmp_path / "m").exists()


def test_without_a_network_the_way_by_hand_is_told(tmp_path: Path) -> None:
    """No network: the page to open and the import command are named."""

    def fetch(_drive_id: str, _target: Path, _progress: Progress) -> None:
        raise OSError("Failed to resolve host")

    with pytest.raises(DownloadError, match=r"drive\.google\.com/file/d/.* --arch ade20k"):
        download("ade20k", tmp_path / "m", quiet, fetch)


def test_command_shows_the_licence_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command tells the licence before it fetches, and its failure is one line."""

    def fetch(_drive_id: str, _target: Path, _progress: Progress) -> None:
        raise OSError("no route")

    monkeypatch.setattr(module, "fetch_from_drive", fetch)

    status = main(["download", "ade20k", "--out", str(tmp_path / "m")])

    told = capsys.readouterr()
    assert status == 1
    assert "CC BY-NC-SA 4.0" in told.out
    assert told.err.count("\n") == 1
    assert "By hand: open" in told.err
