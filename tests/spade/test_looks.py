"""Looks: photos' styles that seeds choose from, stable while one paints on, named in the result."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spade import load_painter
from spade.__main__ import main
from spade.looks.build import build_looks, put_bank
from spade.maps.free_hand import SCENES, free_hand_doodles
from spade.maps.looks import Look
from spade.maps.signature import signature
from spade.model.architecture import Architecture
from spade.model.card import CheckpointError, read_card, update_card
from spade.model.checkpoint import load_checkpoint, save_checkpoint
from spade.model.look_choice import Chooser
from spade.model.looks import LookBank, load_bank
from spade.painter import Painter, PaintError
from spade.recipes import read_recipe
from tests.spade.drawings import drawn_in_strips, scribbled
from tests.spade.tiny import draw_map, landscape, save_tiny
from tests.spade.training_data import write_pairs

ROOT = Path(__file__).resolve().parents[2]
VAE = Architecture(18, ngf=4, z_dim=6, use_vae=True, crop_size=64)
SEEDS = range(24)


def some_bank(count: int = 12, z_dim: int = 6) -> LookBank:
    """Return a bank of random looks: even ones suit winter, all land, the first four are dawn."""
    draw = torch.Generator().manual_seed(1)
    looks = tuple(_look(at, count) for at in range(count))
    maps = [draw_map(landscape(), (32, 32), "blobs", at) for at in range(count)]
    signatures = np.stack([signature(label_map, landscape()) for label_map in maps])
    styles = 2 * torch.randn(count, z_dim, generator=draw)
    return LookBank(looks, styles, torch.zeros(count, z_dim), torch.from_numpy(signatures))


def _look(at: int, count: int) -> Look:
    scenes = ("winter", "land") if at % 2 == 0 else ("land",)
    presets = ("dawn",) if at < 4 else ()
    light = {"brightness": at / count, "warmth": 0.0, "saturation": 0.1}
    return Look(f"{at + 1:08x}", scenes, presets, **light, author="", licence="CC0", source="")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny model with a bank of random looks."""
    path = save_tiny(tmp_path_factory.mktemp("looks") / "tiny", VAE, encoder=True)
    put_bank(path, some_bank())
    return path


@pytest.fixture(scope="module")
def painter(folder: Path) -> Painter:
    """Load it."""
    return load_painter(folder)


def one_map(seed: int = 0) -> np.ndarray:
    return draw_map(landscape(), (64, 64), "blobs", seed)[None]


def ids_of(label: str) -> int:
    return next(one.id for one in landscape().labels if one.name == label)


def test_a_picture_is_that_of_its_look(painter: Painter) -> None:
    """The look that a seed takes, named in the call, gives the same picture; another does not."""
    maps = np.repeat(one_map(), 3, axis=0)
    looks = painter.choose_looks(maps, seeds=[1, 2, 3])
    painted = painter.paint(maps, seeds=[1, 2, 3])
    other = next(look.id for look in painter.looks if look.id != looks[0])

    assert np.array_equal(painter.paint(maps, seeds=[1, 2, 3], look=looks), painted)
    assert not np.array_equal(painter.paint(maps[:1], seeds=[1], look=other), painted[:1])
    assert len(set(painter.choose_looks(np.repeat(maps, 20, axis=0), seeds=range(60)))) > 6


def test_a_named_look_holds_whatever_is_painted(painter: Painter) -> None:
    """A look in the call is taken for every map and preset."""
    look = painter.looks[5].id

    assert painter.choose_looks(one_map(3), [9], "dawn", look) == [look]
    assert painter.choose_looks(np.full((1, 64, 64), ids_of("snow")), [9], None, look) == [look]


def test_two_looks_are_blended(painter: Painter) -> None:
    """The style lies on the line between both: each of them, to the bit, where it has it all."""
    first, second = painter.looks[2].id, painter.looks[7].id
    maps, seeds = one_map(), [4]

    def paint(look: str) -> np.ndarray:
        return painter.generate(maps, seeds=seeds, look=look)

    def blend(weight: str) -> str:
        return f"{first}+{second}:{weight}"

    assert np.array_equal(paint(blend("0")), paint(first))
    assert np.array_equal(paint(blend("1.0")), paint(second))
    assert np.array_equal(paint(blend("0.25")), paint(blend(".250")))
    steps = [np.abs(paint(blend(w)) - paint(first)).mean() for w in ("0.1", "0.4", "0.8")]
    assert 0 < steps[0] < steps[1] < steps[2]
    asked = [blend("0"), blend("1"), blend(".30"), f"{first}+{first}:0.5"]
    chosen = painter.choose_looks(np.repeat(maps, 4, axis=0), [4] * 4, look=asked)
    assert chosen == [first, second, blend("0.3"), first]


@pytest.mark.parametrize("weight", ["1.1", "-0.1", "nan", "", "0.1234", "half", "0.5:0.5"])
def test_a_blend_that_is_none_is_refused(painter: Painter, weight: str) -> None:
    """The error names what was asked for, its limits, and how it is written."""
    first, second = painter.looks[2].id, painter.looks[7].id
    with pytest.raises(PaintError, match=r"FIRST\+SECOND:WEIGHT.*from 0 to 1"):
        painter.paint(one_map(), seeds=[1], look=f"{first}+{second}:{weight}")
    with pytest.raises(PaintError, match="no look 'nobody'"):
        painter.paint(one_map(), seeds=[1], look=f"{first}+nobody:0.5")


def test_presets_narrow_the_looks(painter: Painter) -> None:
    """With a preset seeds choose among the looks that paint like it."""
    maps = np.repeat(one_map(), 40, axis=0)
    chosen = set(painter.choose_looks(maps, range(40), "dawn"))

    assert chosen == {look.id for look in painter.looks if "dawn" in look.presets}


def test_scenes_choose_among_looks_that_suit_them(painter: Painter) -> None:
    """A winter scene takes looks that suit winter."""
    snow = np.full((40, 64, 64), ids_of("snow"))
    chosen = set(painter.choose_looks(snow, range(40)))

    assert chosen == {look.id for look in painter.looks if "winter" in look.scenes}


def test_a_style_picture_lends_its_own_style(painter: Painter) -> None:
    """With a picture as style no look is chosen, and naming one beside it is an error."""
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)

    assert painter.choose_looks(one_map(), [1], picture) == [None]
    with pytest.raises(PaintError, match="either a look or a style picture"):
        painter.paint(one_map(), seeds=[1], style=picture, look=painter.looks[0].id)


def test_unknown_looks_are_refused(painter: Painter) -> None:
    """The error says how to list those that there are."""
    with pytest.raises(PaintError, match=r"no look 'nobody'.*spade looks --list"):
        painter.paint(one_map(), seeds=[1], look="nobody")
    with pytest.raises(PaintError, match="give either z, or seeds and style or look"):
        painter.paint(one_map(), z=np.zeros((1, 6), np.float32), look=painter.looks[0].id)


def test_fitting_looks_are_different_and_suit(painter: Painter) -> None:
    """The strip holds as many looks as asked for, none twice, and those of a preset where named."""
    strip = painter.fitting_looks(one_map()[0], 5)
    dawn = painter.fitting_looks(one_map()[0], 9, "dawn")

    assert len({look.id for look in strip}) == 5
    assert {look.id for look in dawn} == {look.id for look in painter.looks[:4]}
    with pytest.raises(PaintError, match="no style 'noon'"):
        painter.fitting_looks(one_map()[0], 5, "noon")


def test_a_model_without_looks_draws_as_before(tmp_path: Path) -> None:
    """Seeds draw z from N(0, I), presets from their own distribution; a look is refused."""
    plain = load_painter(save_tiny(tmp_path / "plain", VAE))
    z = torch.randn(6, generator=torch.Generator().manual_seed(7))[None].numpy()

    assert np.array_equal(plain.paint(one_map(), seeds=[7]), plain.paint(one_map(), z=z))
    assert plain.choose_looks(one_map(), [7], "dawn") == [None]
    assert plain.looks == plain.fitting_looks(one_map()[0], 5) == ()
    with pytest.raises(PaintError, match="has no looks"):
        plain.paint(one_map(), look="00000001")


def test_a_photo_that_joins_changes_only_what_it_wins() -> None:
    """In a larger bank each seed keeps its look or takes a new one."""
    small, large = some_bank(10), some_bank(12)
    before, after = Chooser(small, landscape()), Chooser(large, landscape())
    chosen = [(before.choose(one_map()[0], s), after.choose(one_map()[0], s)) for s in range(200)]
    kept = sum(one == other for one, other in chosen)

    assert all(other in (one, 10, 11) for one, other in chosen)
    assert 140 <= kept < 200


@pytest.fixture(scope="module")
def chooser() -> Chooser:
    """Return what chooses among the looks of the model that is shipped."""
    shipped = ROOT / "checkpoints" / "landscape"
    return Chooser(load_bank(shipped, read_card(shipped)), landscape())


@pytest.mark.parametrize("model", ["landscape", "landscape-open"])
def test_no_two_looks_that_are_offered_are_near_twins(model: str) -> None:
    """Of seven looks that suit a doodle each two differ in brightness, warmth or saturation."""
    shipped = ROOT / "checkpoints" / model
    bank = load_bank(shipped, read_card(shipped))
    for doodle in free_hand_doodles(landscape()):
        places = Chooser(bank, landscape()).fitting(doodle, 7)
        light = [
            (look.brightness, look.warmth, look.saturation)
            for look in (bank.looks[place] for place in places)
        ]
        apart = [np.abs(np.subtract(*pair)).sum() for pair in combinations(light, 2)]
        assert min(apart) >= 0.11


def changes(chosen: list[int]) -> int:
    return sum(one != other for one, other in pairwise(chosen))


def goes_back(chosen: list[int]) -> bool:
    """Tell whether a look is left and taken again within two strokes."""
    return any(a == c != b for a, b, c in zip(chosen, chosen[1:], chosen[2:], strict=False))


@pytest.mark.parametrize("blank", ["sky-other", "unlabelled", "grass"])
@pytest.mark.parametrize("scene", list(SCENES))
def test_painting_on_keeps_the_look(chooser: Chooser, scene: str, blank: str) -> None:
    """In a drawing of 40 strokes a seed's look changes at most twice, never there and back."""
    states = drawn_in_strips(scene, landscape(), blank)
    assert len(states) == 40
    for seed in SEEDS:
        chosen = [chooser.choose(state, seed) for state in states]

        assert changes(chosen) <= 2
        assert not goes_back(chosen)


@given(data=st.data())
def test_scribbling_without_snow_never_changes_the_look(
    chooser: Chooser, data: st.DataObject
) -> None:
    """Whatever else is drawn in 40 strokes at random, a seed keeps its look."""
    ids = [int(one) for one in landscape().ids if one != ids_of("snow")]
    materials = data.draw(st.lists(st.sampled_from(ids), min_size=2, max_size=8))
    seed = data.draw(st.integers(0, 2**63 - 1))
    chosen = [chooser.choose(s, seed) for s in scribbled(materials, data.draw(st.integers(0, 99)))]

    assert changes(chosen) == 0


def test_building_a_bank(tmp_path: Path) -> None:
    """`spade looks` gives every train photo a look with a stable id, and the card counts them."""
    data = write_pairs(tmp_path / "meadows")
    model = save_tiny(tmp_path / "model", VAE, encoder=True)
    unlike = save_tiny(tmp_path / "other", VAE, encoder=True, seed=3)

    assert main(["looks", "--model", str(model), "--data", str(data)]) == 0
    build_looks(unlike, [data])

    looks = load_painter(model).looks
    assert len(looks) == read_card(model).looks["count"] == 4
    assert [look.id for look in looks] == [look.id for look in load_painter(unlike).looks]
    assert {look.source for look in looks} == {f"meadows/{at:03d}" for at in range(4)}
    assert any(look.scenes for look in looks)
    assert load_painter(model).paint(one_map(), seeds=[1]).shape == (1, 64, 64, 3)


def test_looks_of_weights_for_sale_need_a_licence(tmp_path: Path) -> None:
    """Photos whose licence is not stated lend no look to a model that may be used for money."""
    data = write_pairs(tmp_path / "data")
    rows = [
        "file,split,author,licence",
        "000,train,Ann,CC0",
        "001,train,,not stated",
        "002,train,,",
    ]
    (data / "manifest.csv").write_text("\n".join(rows))
    model = save_tiny(tmp_path / "model", VAE, encoder=True)
    update_card(model, licence=replace(read_card(model).licence, commercial=True))

    card = build_looks(model, [data])

    assert card.looks["count"] == 1
    assert load_painter(model).looks[0].author == "Ann"


def test_a_model_without_an_encoder_gets_no_looks(tmp_path: Path) -> None:
    """The command says so."""
    with pytest.raises(ValueError, match="has no encoder"):
        build_looks(save_tiny(tmp_path / "plain", VAE), [tmp_path])


def _cut_off(folder: Path) -> None:
    path = folder / "looks.safetensors"
    path.write_bytes(path.read_bytes()[:-8])


def _remove(folder: Path) -> None:
    (folder / "looks.tsv").unlink()


@pytest.mark.parametrize(
    ("damage", "message"), [(_cut_off, "cut off"), (_remove, "looks.tsv is missing")]
)
def test_damaged_banks_are_refused(
    tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    """A bank that is not the card's stops the model from loading, with the reason."""
    folder = save_tiny(tmp_path / "model", VAE, encoder=True)
    put_bank(folder, some_bank())
    damage(folder)

    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(folder)


def test_new_weights_drop_the_looks_of_the_old(folder: Path, tmp_path: Path) -> None:
    """A checkpoint saved anew has no bank, since its looks would be other styles."""
    old = load_checkpoint(folder)
    card = save_checkpoint(tmp_path / "new", old.card, old.generator, styles=old.styles)

    assert card.looks == {}
    assert load_checkpoint(tmp_path / "new").looks is None


def test_paint_tells_the_look(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`spade paint` prints the look, writes it into the picture, and takes one by `--look`."""
    from spade.maps.labelmap import write_label_map

    doodle, out = tmp_path / "doodle.png", tmp_path / "photo.png"
    doodle.write_bytes(write_label_map(one_map()[0], landscape()))
    command = ["paint", str(doodle), "-o", str(out), "--model", str(folder), "--seed", "4"]

    assert main(command) == 0
    look = read_recipe(out)["look"]
    assert f"(look {look})" in capsys.readouterr().out
    other = next(one.id for one in some_bank().looks if one.id != look)
    assert main([*command, "--look", other]) == 0
    assert read_recipe(out)["look"] == other
    assert main([*command, "--look", "nobody"]) == 1
