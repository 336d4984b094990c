"""`python -m spade paint`: pictures and folders in, photos with their recipe out."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spade import load_painter
from spade.__main__ import main
from spade.maps.labelmap import colour_picture, resize_nearest, write_label_map
from spade.model.architecture import Architecture
from spade.recipes import read_recipe
from tests.spade.tiny import draw_map, landscape, save_tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny model."""
    architecture = Architecture(18, ngf=4, z_dim=6, use_vae=True, crop_size=64)
    return save_tiny(tmp_path_factory.mktemp("models") / "tiny", architecture)


@pytest.fixture
def label_map() -> np.ndarray:
    """Draw a scene at the model's size."""
    return draw_map(landscape(), (64, 64), "blobs", 4).astype(np.uint8)


def paint(model: Path, *arguments: object) -> int:
    return main(["paint", "--model", str(model), *map(str, arguments)])


@pytest.mark.parametrize("kind", ["doodle", "label map", "grey"])
@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_one_picture(
    kind: str, ending: str, model: Path, label_map: np.ndarray, tmp_path: Path
) -> None:
    """A doodle, our label map or a grey one becomes the painter's photo, recipe inside."""
    source, out = tmp_path / "in.png", tmp_path / f"out.{ending}"
    if kind == "label map":
        source.write_bytes(write_label_map(label_map, landscape()))
    else:
        pixels = label_map if kind == "grey" else colour_picture(label_map, landscape())
        Image.fromarray(pixels).save(source)

    assert paint(model, source, "-o", out, "--seed", 5) == 0

    with Image.open(out) as picture:
        got = np.asarray(picture.convert("RGB")).astype(int)
    wanted = load_painter(model).paint(label_map[None], seeds=[5])[0]
    assert np.abs(got - wanted).mean() < (0.01 if ending == "png" else 12)
    recipe = read_recipe(out)
    assert recipe["model"] == "tiny"
    assert recipe["seed"] == 5
    assert recipe["label_set"] == "landscape"


def test_recipes_are_told(
    model: Path, label_map: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`recipe` prints what each picture was painted with; one without a recipe stops no other."""
    source, folder = tmp_path / "in.png", tmp_path / "pictures"
    source.write_bytes(write_label_map(label_map, landscape()))
    folder.mkdir()
    Image.fromarray(label_map).save(folder / "foreign.png")
    for seed in (5, 6):
        assert paint(model, source, "-o", folder / f"{seed}.jpg", "--seed", seed) == 0
    capsys.readouterr()

    assert main(["recipe", str(folder)]) == 1

    told = capsys.readouterr()
    recipes = [json.loads(line) for line in told.out.splitlines()]
    assert [(Path(one["picture"]).name, one["seed"]) for one in recipes] == [
        ("5.jpg", 5),
        ("6.jpg", 6),
    ]
    assert "foreign.png carries no recipe" in told.err


def test_folder(
    model: Path, label_map: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder becomes a folder; a picture that cannot be painted is told and skipped."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "c"):
        Image.fromarray(colour_picture(label_map, landscape())).save(folder / f"{name}.png")
    (folder / "b.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not a picture")

    status = paint(model, folder, "-o", tmp_path / "out", "--format", "webp")

    told = capsys.readouterr()
    assert status == 1
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.webp", "c.webp"]
    assert "3/3" in told.out
    assert "b.png" in told.err


@pytest.mark.parametrize(("drawn", "painted"), [((96, 128), (96, 128)), ((100, 70), (64, 64))])
def test_a_doodle_is_painted_at_its_own_size_if_the_model_can(
    drawn: tuple[int, int], painted: tuple[int, int], model: Path, tmp_path: Path
) -> None:
    """As over HTTP: only a size that the model does not paint becomes the model's own."""
    label_map = draw_map(landscape(), drawn, "blobs", 4).astype(np.uint8)
    source, out = tmp_path / "in.png", tmp_path / "out.png"
    source.write_bytes(write_label_map(label_map, landscape()))

    assert paint(model, source, "-o", out, "--seed", 5) == 0

    wanted = load_painter(model).paint(resize_nearest(label_map, painted)[None], seeds=[5])[0]
    with Image.open(out) as picture:
        got = np.asarray(picture.convert("RGB")).astype(int)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).mean() < 0.01


def test_compare_is_doodle_beside_photo(model: Path, label_map: np.ndarray, tmp_path: Path) -> None:
    """--compare writes the doodle's colours on the left and the photo on the right."""
    source, out = tmp_path / "in.png", tmp_path / "out.png"
    Image.fromarray(colour_picture(label_map, landscape())).save(source)

    assert paint(model, source, "-o", out, "--compare", "--size", "64x96") == 0

    with Image.open(out) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (64, 192, 3)
    wanted = resize_nearest(label_map, (64, 96))
    assert np.array_equal(pixels[:, :96], colour_picture(wanted, landscape()))
    photo = load_painter(model).paint(wanted[None], seeds=[0])[0]
    assert np.array_equal(pixels[:, 96:], photo)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-o", "x.gif"], "not '.gif'"),
        (["-o", "x.png", "--format", "jpeg"], "--format jpeg does not fit"),
        (["-o", "x.png", "--style", "dusk"], "neither a preset (there are: dawn)"),
        (["-o", "x.png", "--size", "64"], "size '64' is not HEIGHTxWIDTH"),
        (["-o", "x.png", "--size", "64x60"], "not a multiple of 32"),
        (["-o", "."], "would be written over"),
    ],
)
def test_unfit_arguments_are_told(
    arguments: list[str],
    told: str,
    model: Path,
    label_map: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An argument that does not fit is one line, and no file is written."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(colour_picture(label_map, landscape())).save("in.png")
    before = Path("in.png").read_bytes()

    assert paint(model, "in.png", *arguments) == 1
    assert told in capsys.readouterr().err
    assert [p.name for p in Path().iterdir()] == ["in.png"]
    assert Path("in.png").read_bytes() == before


def test_an_indexed_picture_is_not_guessed_at(
    model: Path, label_map: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An indexed PNG may be a map or a doodle: it is asked which, and both answers work."""
    source, out = tmp_path / "in.png", tmp_path / "out.png"
    doodle = Image.fromarray(colour_picture(label_map, landscape()))
    doodle.quantize(16, dither=Image.Dither.NONE).save(source)

    assert paint(model, source, "-o", out) == 1
    assert "--as label-map or --as doodle" in capsys.readouterr().err
    assert paint(model, source, "-o", out, "--as", "doodle") == 0
    wanted = load_painter(model).paint(label_map[None], seeds=[0])[0]
    with Image.open(out) as picture:
        assert np.array_equal(np.asarray(picture), wanted)
