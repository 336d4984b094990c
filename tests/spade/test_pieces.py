"""Folders in pieces, to carry data, runs and checkpoints between machines."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spade.__main__ import main
from spade.data.layouts import find_pairs
from spade.pieces import INDEX, join_folder, split_folder
from tests.spade.training_data import write_pairs

PIECE = 10_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of some files, one larger than a piece and one empty."""
    made = tmp_path / "folder"
    (made / "deep").mkdir(parents=True)
    (made / "model.bin").write_bytes(np.random.default_rng(1).bytes(3 * PIECE + 17))
    (made / "deep" / "note.txt").write_text("said")
    (made / "empty").touch()
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_comes_out_as_it_went_in(folder: Path, tmp_path: Path) -> None:
    """No piece is above its limit, and all together are the folder, to the byte."""
    files = split_folder(folder, tmp_path / "pieces", piece_bytes=PIECE)
    assert len(files) > 4
    assert max(path.stat().st_size for path in files) <= PIECE

    join_folder(tmp_path / "pieces", tmp_path / "again")

    assert contents(tmp_path / "again") == contents(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "folder", "pieces"]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda piece: piece.unlink(), "is missing"),
        (lambda piece: piece.write_bytes(piece.read_bytes()[:-1]), "is damaged"),
        (lambda piece: (piece.parent / INDEX).unlink(), "not completely"),
    ],
)
def test_what_is_missing_or_damaged_is_named(  # type: ignore[no-untyped-def]
    harm, words: str, folder: Path, tmp_path: Path
) -> None:
    """Nothing is made of pieces that are not all there."""
    harm(split_folder(folder, tmp_path / "pieces", piece_bytes=PIECE)[1])
    with pytest.raises(ValueError, match=words):
        join_folder(tmp_path / "pieces", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_nothing_is_written_over(folder: Path, tmp_path: Path) -> None:
    """Folders that hold something, and folders above the limit, are refused in words."""
    pieces = tmp_path / "pieces"
    with pytest.raises(ValueError, match="the limit is 0 MiB"):
        split_folder(folder, pieces, limit_bytes=PIECE)
    split_folder(folder, pieces)
    with pytest.raises(ValueError, match="not empty"):
        split_folder(folder, pieces)
    with pytest.raises(ValueError, match="there already"):
        join_folder(pieces, folder)


def test_a_data_set_is_carried_with_smaller_photos(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Photos shrink to the short side, label maps with them by nearest pixel; splits stay."""
    data = write_pairs(tmp_path / "data")

    assert main(["pack", str(data), str(tmp_path / "pieces"), "--photos", "48"]) == 0
    assert main(["unpack", str(tmp_path / "pieces"), str(tmp_path / "small")]) == 0

    assert "5 pairs" in capsys.readouterr().out
    for split in ("train", "val"):
        before, after = find_pairs(data, split), find_pairs(tmp_path / "small", split)
        assert len(before) == len(after)
        for old, new in zip(before, after, strict=True):
            with Image.open(new.photo) as photo, Image.open(new.labels) as labels:
                assert photo.size == labels.size == (64, 48)
                with Image.open(old.labels) as large:
                    assert {*np.unique(np.asarray(labels))} <= {*np.unique(np.asarray(large))}


def test_of_a_run_only_its_state_is_carried(tmp_path: Path) -> None:
    """Samples, logs and best weights stay behind."""
    run = tmp_path / "run"
    run.mkdir()
    for name in ("state-00000002.00", "state-00000002.01", "samples-2.jpg", "best.pt"):
        (run / name).write_bytes(b"x" * 100)
    for name in ("state.json", "config.json"):
        (run / name).write_text(json.dumps({}))

    assert main(["pack", str(run), str(tmp_path / "pieces")]) == 0
    assert main(["unpack", str(tmp_path / "pieces"), str(tmp_path / "run2")]) == 0

    names = {path.name for path in (tmp_path / "run2").iterdir()}
    assert names == {"state-00000002.00", "state-00000002.01", "state.json", "config.json"}


def test_wrong_arguments_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there, and a side of no pixels, are refused with the value."""
    assert main(["pack", str(tmp_path / "none"), str(tmp_path / "out")]) == 1
    assert main(["pack", str(tmp_path), str(tmp_path / "out"), "--photos", "0"]) == 1
    said = capsys.readouterr().err
    assert "none is no folder" in said
    assert "--photos is 0" in said
