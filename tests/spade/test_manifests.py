"""Manifests as people write them: what is meant is understood, and nothing is ignored."""

from pathlib import Path

import pytest

from spade.data.layouts import find_pairs
from tests.spade.test_real_folders import in_subfolders
from tests.spade.training_data import PAIRS, write_pairs

MANIFESTS = {
    "BOM": "\ufefffile,split\n000,val\n001,train\n",
    "semicolons": "file;split\n000;val\n001;train\n",
    "tabs": "file\tsplit\n000\tval\n",
    "capitals": "File,Split\n000,VAL\n001,Train\n",
    "suffixes": "file,split\n000.png,val\n001.PNG,train\n",
    "folders": "file,split\nphotos/000.png,val\nphotos\\001.png,train\n",
    "words": "file,split\n000,validation\n001,training\n",
    "spaces and blank lines": "\nfile , split\n000 , val\n\n001, train\n,\n",
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests_of_any_program_are_understood(name: str, tmp_path: Path) -> None:
    """Byte order marks, delimiters, capitals, endings and long words mean what they say."""
    data = write_pairs(tmp_path)
    (data / "manifest.csv").write_text(MANIFESTS[name], encoding="utf-8")

    assert [pair.photo.stem for pair in find_pairs(data, "val")] == ["000"]
    assert len(find_pairs(data, "train")) == PAIRS - 1


def test_a_spreadsheets_unicode_text_is_understood(tmp_path: Path) -> None:
    """UTF-16, as spreadsheets save "Unicode text", is read."""
    data = write_pairs(tmp_path)
    (data / "manifest.csv").write_text("file\tsplit\n000\tval\n", encoding="utf-16")

    assert [pair.photo.stem for pair in find_pairs(data, "val")] == ["000"]


def test_photos_of_the_test_split_are_kept_out(tmp_path: Path) -> None:
    """What is for a later test is neither trained on nor measured with."""
    data = write_pairs(tmp_path)
    (data / "manifest.csv").write_text("file,split\n000,val\n001,test\n")

    assert [p.name for p in find_pairs(data, "train")] == ["002", "003", "004"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,split\n000,val\n001,trian\n", "line 3: unknown split 'trian'; known: train"),
        ("file,splitt\n000,val\n", "line 1: unknown column 'splitt'; known: file, split"),
        ("photo,split\n000,val\n", "line 1: unknown column 'photo'"),
        ("split,draws\nval,1\n", "line 1: no column 'file'"),
        ("file,set\n000,val\n001,train\n", "line 1: column 'set' says train and val; call it"),
        ("file,split,draws\n000,val,often\n", "line 2: draws is 'often'"),
        ("file,split\n000,val\n000.png,train\n", "line 3: '000' is on line 2 already"),
        ("file,split\n000,val,3\n", "line 2: 3 cells under 2 columns"),
        ("file,split\na,val\nb,train\n", "no row names a photo that is there; line 2: 'a'"),
        ("", "is empty"),
    ],
)
def test_what_a_manifest_says_is_never_ignored(text: str, told: str, tmp_path: Path) -> None:
    """A word, column, number or name that is not understood is an error with its line."""
    data = write_pairs(tmp_path)
    (data / "manifest.csv").write_text(text)

    with pytest.raises(ValueError, match=told):
        find_pairs(data, "train")


def test_a_manifest_in_another_encoding_names_its_line(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are told with their line."""
    data = write_pairs(tmp_path)
    (data / "manifest.csv").write_bytes("file,author\n000,J\n001,Jörg\n".encode("latin-1"))

    with pytest.raises(ValueError, match="line 3: not UTF-8"):
        find_pairs(data, "train")


def test_a_manifest_names_photos_in_subfolders(tmp_path: Path) -> None:
    """A name that several photos have needs its folder."""
    data = in_subfolders(tmp_path)
    (data / "manifest.csv").write_text("file,split\nzoo/000.png,val\n")
    assert [pair.name for pair in find_pairs(data, "val")] == ["zoo/000"]

    (data / "manifest.csv").write_text("file,split\n000.png,val\n")
    with pytest.raises(ValueError, match="line 2: '000' is beach/000 and forest/000 and zoo/000"):
        find_pairs(data, "val")
