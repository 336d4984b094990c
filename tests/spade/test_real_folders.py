"""Folders as people have them: what is meant is understood, and what is not is an error by name."""

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from spade.__main__ import main
from spade.data.augmentation import Augmentation
from spade.data.gather import Pack, gather
from spade.data.layouts import find_pairs
from spade.data.pairs import PairDataset
from spade.looks.photos import find_photos
from spade.maps.labelmap import colour_picture
from spade.maps.labels import load_label_set
from spade.train.run import train
from tests.spade.test_gather import Sure
from tests.spade.training_data import PAIRS, save, tiny_config, write_pairs

LANDSCAPE = load_label_set("landscape")
ORIENTATION = 0x0112
#: How a camera held otherwise stores what is seen, by what EXIF then says.
STORED = {
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


def turn_photos(data: Path, orientation: int, *, maps: bool = False) -> None:
    """Store all photos as a turned camera would, and their label maps likewise with `maps`."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    for path in (data / "photos").iterdir():
        with Image.open(path) as picture:
            turned = picture.transpose(STORED[orientation])
        turned.save(path, exif=exif)
    for path in (data / "labels").iterdir() if maps else ():
        with Image.open(path) as picture:
            turned = picture.transpose(STORED[orientation])
        turned.save(path)


def items(data: Path, split: str = "train") -> list[dict[str, torch.Tensor]]:
    dataset = PairDataset(find_pairs(data, split), LANDSCAPE, (96, 96), None)
    return [dataset[index] for index in range(len(dataset))]


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("maps", [False, True])
def test_a_photo_that_exif_turns_fits_its_labels(
    orientation: int, maps: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Photos of a turned camera are trained upright, with maps of what is seen or of the file."""
    if maps and orientation == 3:
        pytest.skip("sizes do not tell whether such a map is turned: it is what is seen")
    upright, turned = write_pairs(tmp_path / "upright"), write_pairs(tmp_path / "turned")
    turn_photos(turned, orientation, maps=maps)

    for wanted, got in zip(items(upright), items(turned), strict=True):
        assert torch.equal(wanted["photo"], got["photo"])
        assert torch.equal(wanted["channels"], got["channels"])
    assert not caplog.records


def test_gather_turns_photos(tmp_path: Path) -> None:
    """What is gathered lies as it is seen, and its maps with it."""
    upright, turned = write_pairs(tmp_path / "a" / "x"), write_pairs(tmp_path / "b" / "x")
    turn_photos(turned, 6)
    for root in ("a", "b"):
        gather([tmp_path / root / "x"], [], [], Pack(tmp_path / root / "out", 512, 95), Sure())

    assert find_pairs(upright, "train")
    names = sorted(path.name for path in (tmp_path / "a/out/photos").iterdir())
    assert len(names) == PAIRS
    for name in names:
        with Image.open(tmp_path / "a/out/photos" / name) as one, \
             Image.open(tmp_path / "b/out/photos" / name) as other:  # fmt: skip
            assert np.array_equal(np.asarray(one), np.asarray(other))


def in_subfolders(data: Path) -> Path:
    """Put pairs of one name each into three subfolders."""
    for place in ("beach", "forest", "zoo"):
        write_pairs(data / place)
        for kind in ("photos", "labels"):
            (data / kind).mkdir(exist_ok=True)
            shutil.move(data / place / kind, data / kind / place)
    return data


def test_one_name_in_several_subfolders_pairs_by_place(tmp_path: Path) -> None:
    """A photo never gets the label map of another that is called like it."""
    data = in_subfolders(tmp_path)

    pairs = find_pairs(data, "train") + find_pairs(data, "val")

    assert len(pairs) == 3 * PAIRS
    assert all(pair.photo.parent.name == pair.labels.parent.name for pair in pairs)
    assert len({pair.photo for pair in pairs}) == 3 * PAIRS
    looks = find_photos([data], LANDSCAPE, (64, 64), licensed=False)
    assert len({look.id for look in looks}) == len(find_pairs(data, "train"))
    assert gather([data], [], [], Pack(tmp_path / "out", 64, 90), Sure()) >= PAIRS


def test_names_that_fit_several_are_refused(tmp_path: Path) -> None:
    """Where one side lies in subfolders alone and names repeat, both files are named."""
    data = in_subfolders(tmp_path)
    save(data / "labels" / "000.png", np.full((96, 128), 156, np.uint8))
    for place in ("beach", "zoo"):
        (data / "labels" / place / "000.png").unlink()

    with pytest.raises(ValueError, match=r"cannot tell .*photos/beach/000\.png, .*labels/000\.png"):
        find_pairs(data, "train")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    """A photo that is there as PNG and as JPEG is not taken by chance."""
    data = write_pairs(tmp_path)
    shutil.copy(data / "photos/001.png", data / "photos/001.webp")

    with pytest.raises(ValueError, match=r"001\.png and 001\.webp have one name"):
        find_pairs(data, "train")


def test_what_macos_leaves_beside_files_is_no_label_map(tmp_path: Path) -> None:
    """Hidden companions of files are not looked at."""
    data = write_pairs(tmp_path)
    (data / "labels" / "._000.png").write_bytes(b"\0\5\26\7")
    (data / "photos" / "._000.png").write_bytes(b"\0\5\26\7")

    assert len(find_pairs(data, "train")) == PAIRS - 1


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_few_pairs_are_trained_and_measured_on(count: int, tmp_path: Path) -> None:
    """Of fewer than five pairs the last is for measuring, and a run goes through."""
    data = write_pairs(tmp_path / "data")
    for index in range(count, PAIRS):
        (data / "photos" / f"{index:03d}.png").unlink()

    assert len(find_pairs(data, "train")) == count - 1
    assert len(find_pairs(data, "val")) == 1
    assert train(data, tmp_path / "run", tiny_config(), torch.device("cpu")) == 4


def test_one_pair_says_that_it_is_alone(tmp_path: Path) -> None:
    """With a single pair it is said that figures need another, not that there is none."""
    data = write_pairs(tmp_path)
    for index in range(1, PAIRS):
        (data / "photos" / f"{index:03d}.png").unlink()

    assert len(find_pairs(data, "train")) == 1
    with pytest.raises(ValueError, match=r"one pair alone, 000, .*need another"):
        find_pairs(data, "val")


def in_colours(data: Path, palette: str) -> None:
    for path in (data / "labels").iterdir():
        with Image.open(path) as picture:
            save(path, colour_picture(np.asarray(picture), LANDSCAPE, palette))


@pytest.mark.parametrize("palette", ["natural", "safe", "gaugan"])
def test_label_maps_in_a_known_palette_are_read(palette: str, tmp_path: Path) -> None:
    """RGB label maps whose every colour stands for a label are that label map."""
    data, plain = write_pairs(tmp_path / "rgb"), write_pairs(tmp_path / "plain")
    in_colours(data, palette)

    for wanted, got in zip(items(plain), items(data), strict=True):
        assert torch.equal(wanted["channels"], got["channels"])


def test_grey_label_maps_saved_as_rgb_are_read(tmp_path: Path) -> None:
    """Ids that a program wrote into three equal channels are ids."""
    data, plain = write_pairs(tmp_path / "rgb"), write_pairs(tmp_path / "plain")
    for path in (data / "labels").iterdir():
        with Image.open(path) as picture:
            save(path, np.stack([np.asarray(picture)] * 3, axis=2))

    for wanted, got in zip(items(plain), items(data), strict=True):
        assert torch.equal(wanted["channels"], got["channels"])


def commands(data: Path, out: Path) -> dict[str, list[str]]:
    model = ["--model", "checkpoints/landscape"]
    return {
        "train": ["train", "--data", str(data), "--out", str(out), "--device", "cpu"],
        "evaluate": ["evaluate", "--data", str(data), "--segmenter", str(out / "s.pt"), *model],
        "segmenter": ["segmenter", "--data", str(data), *model],
    }


@pytest.mark.parametrize("command", ["train", "evaluate", "segmenter"])
def test_colours_of_no_palette_are_one_clear_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder of label maps in foreign colours says which, and what a label map is."""
    data = write_pairs(tmp_path / "data")
    for path in (data / "labels").iterdir():
        save(path, np.full((96, 128, 3), (1, 2, 3), np.uint8))

    assert main(commands(data, tmp_path / "out")[command]) == 1

    last = capsys.readouterr().err.splitlines()[-1]
    assert "none of" in last
    assert "is in colours of no palette of 'landscape', such as #010203" in last


def test_the_only_val_photo_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong with it is said, with its name and what to do."""
    data = write_pairs(tmp_path / "data")
    photo = data / "photos" / "004.png"
    photo.write_bytes(photo.read_bytes()[:500])

    assert main(commands(data, tmp_path / "out")["train"]) == 1

    last = capsys.readouterr().err.splitlines()[-1]
    assert f"none of 1 pairs can be read: {photo}: the picture is damaged or cut off" in last
    assert "Mend them, or let manifest.csv give others to this split" in last


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_jpeg_label_maps_are_refused_by_name(ending: str, tmp_path: Path) -> None:
    """JPEG changes labels, whatever the file is called."""
    data = write_pairs(tmp_path)
    for path in (data / "labels").iterdir():
        with Image.open(path) as picture:
            picture.convert("L").save(path.with_suffix(f".{ending}"), "JPEG")
        if ending == "jpg":
            path.unlink()

    with pytest.raises(ValueError, match=rf"labels/000\.{ending} is a JPEG, which changes labels"):
        items(data)


def test_a_damaged_photo_does_not_end_a_run_that_asks_for_large_ones(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A phase for large photos leaves out one that cannot be read, and says so."""
    data = write_pairs(tmp_path / "data")
    (data / "photos" / "001.png").write_bytes(b"not a picture")

    with caplog.at_level(logging.WARNING):
        config = tiny_config(least_side=64, steps=6)
        assert train(data, tmp_path / "run", config, torch.device("cpu")) == 12

    assert "001.png" in caplog.text


def test_gather_leaves_out_what_cannot_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A damaged photo or a folder in a folder costs neither the command nor other photos."""
    data, more = write_pairs(tmp_path / "data"), tmp_path / "more"
    (data / "photos" / "001.png").write_bytes(b"not a picture")
    spots = np.random.default_rng(3).integers(70, 170, (8, 12, 3)).astype(np.uint8)
    mottled = np.asarray(Image.fromarray(spots).resize((96, 64), Image.Resampling.BICUBIC))
    save(more / "photos" / "lake" / "a.png", mottled)

    count = gather([data], [], [more], Pack(tmp_path / "out", 96, 90), Sure())

    assert count == PAIRS - 1 + 1
    assert (tmp_path / "out/photos/more-lake-a.jpg").is_file()
    assert f"leaving out {data}/photos/001.png" in caplog.text


def test_gather_refuses_two_photos_of_one_name(tmp_path: Path) -> None:
    """Folders of one name never hide each other's photos."""
    one, other = write_pairs(tmp_path / "a" / "set"), write_pairs(tmp_path / "b" / "set")

    with pytest.raises(ValueError, match="would both be called 'set-000'"):
        gather([one, other], [], [], Pack(tmp_path / "out", 96, 90), Sure())


def test_trace_refuses_two_photos_of_one_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The label map of one photo is never written over another's."""
    one, other = write_pairs(tmp_path / "a"), write_pairs(tmp_path / "b")
    photos = [str(one / "photos"), str(other / "photos")]

    status = main(["trace", *photos, "--model", "checkpoints/landscape", "-o", str(tmp_path / "o")])

    assert status == 1
    assert "would both become 000.png" in capsys.readouterr().err


def test_crops_of_turned_photos_keep_colour_and_label_together(tmp_path: Path) -> None:
    """Augmented crops of turned photos show at each label the colour that it has."""
    data = write_pairs(tmp_path)
    turn_photos(data, 3)
    augmentation = Augmentation(colour=0.0, simplify=0.0)
    dataset = PairDataset(find_pairs(data, "train"), LANDSCAPE, (64, 64), augmentation, length=9)
    colours = torch.from_numpy(np.random.default_rng(99).integers(0, 256, (256, 3)))

    for index in range(9):
        item = dataset[index]
        wanted = colours[LANDSCAPE.ids[item["channels"].numpy()].astype(int)].permute(2, 0, 1)
        difference = ((item["photo"] + 1) * 127.5 - wanted.clamp(0, 255)).abs()
        assert difference.median() < 25


def test_folders_without_pictures_or_maps_say_so(tmp_path: Path) -> None:
    """An empty folder is not called one without label maps, nor a missing one an unknown layout."""
    for kind in ("photos", "labels"):
        (tmp_path / "data" / kind).mkdir(parents=True)

    with pytest.raises(ValueError, match="data/photos holds no pictures"):
        find_pairs(tmp_path / "data", "train")
    save(tmp_path / "data/photos/a.png", np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(ValueError, match="none of 1 photos has a label map"):
        find_pairs(tmp_path / "data", "train")
    with pytest.raises(ValueError, match="there is no folder"):
        find_pairs(tmp_path / "dta", "train")
