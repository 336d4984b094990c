"""Label maps: what is read is exactly what was painted, or an error that lists what is wrong."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from spade.maps import colours
from spade.maps.colours import distinct_colours, nearest_labels, pack_rgb
from spade.maps.labelmap import (
    colour_picture,
    read_doodle,
    read_label_map,
    resize_nearest,
    write_label_map,
)
from spade.maps.labels import PALETTES, LabelSet, load_label_set, parse_colour
from spade.maps.pictures import LabelMapError, Limits

LANDSCAPE, COCO = load_label_set("landscape"), load_label_set("coco")
SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24)
BUSY = settings(deadline=None, max_examples=60)  # no deadline: the machine may be busy
Pixels = npt.NDArray[np.uint8]


@st.composite
def label_maps(draw: st.DrawFn, label_set: LabelSet = LANDSCAPE) -> Pixels:
    """Draw any label map of a label set."""
    ids = st.sampled_from(label_set.ids.tolist())
    drawn: Pixels = draw(arrays(np.uint8, SHAPES, elements=ids))
    return drawn


def encode(pixels: Pixels, kind: str = "PNG") -> bytes:
    """Encode pixels as a picture file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("label_set", [LANDSCAPE, COCO], ids=lambda one: one.name)
def test_every_label_has_its_own_colour(label_set: LabelSet) -> None:
    """In each theme of a set no two labels share a colour, so that drawings can be read back."""
    for name in ("natural", "safe"):
        assert len(label_set.palette(name)) == len(label_set.labels)


@pytest.mark.parametrize("name", PALETTES)
def test_palettes_name_labels_of_the_set(name: str) -> None:
    """A palette maps colours to ids of the set it was asked of, and knows some of them."""
    ids = set(LANDSCAPE.palette(name).values())

    assert ids
    assert ids <= set(LANDSCAPE.ids.tolist())


def test_an_unknown_set_lists_the_known_ones() -> None:
    """The error for a label set that is not there says which are."""
    with pytest.raises(KeyError, match="landscape"):
        load_label_set("moonscape")


@BUSY
@given(label_maps(COCO))
def test_a_label_map_survives_the_file(label_map: Pixels) -> None:
    """Writing and reading gives the same ids, pixel by pixel."""
    assert np.array_equal(read_label_map(write_label_map(label_map, COCO), COCO), label_map)


@pytest.mark.parametrize("theme", ["natural", "safe"])
@BUSY
@given(label_map=label_maps())
def test_a_drawing_survives_its_colours(theme: str, label_map: Pixels) -> None:
    """Showing labels in a theme's colours and reading them back by that palette loses nothing."""
    picture = encode(colour_picture(label_map, LANDSCAPE, theme))

    for match in ("exact", "nearest"):
        assert np.array_equal(read_doodle(picture, theme, LANDSCAPE, match), label_map)


@BUSY
@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))))
def test_strange_colours_are_all_counted(pixels: Pixels) -> None:
    """The error lists each unknown colour with its pixels; nothing else is unknown."""
    palette = LANDSCAPE.palette("natural")
    expected: dict[str, int] = {}
    for red, green, blue in pixels.reshape(-1, 3).tolist():
        if (red, green, blue) not in palette:
            name = f"#{red:02x}{green:02x}{blue:02x}"
            expected[name] = expected.get(name, 0) + 1
    if not expected:
        read_doodle(encode(pixels), "natural", LANDSCAPE)
        return

    with pytest.raises(LabelMapError) as caught:
        read_doodle(encode(pixels), "natural", LANDSCAPE)

    told = {row["colour"]: row["pixels"] for row in caught.value.detail["colours"]}
    assert caught.value.detail["distinct"] == len(expected)
    assert set(told.items()) <= set(expected.items())
    assert len(told) == min(len(expected), 100)


def test_the_most_frequent_strange_colours_come_first() -> None:
    """Of hundreds of unknown colours the hundred with most pixels are listed, in that order."""
    rows = [np.full((n, 3), (1, n % 256, n // 256), np.uint8) for n in range(1, 151)]
    pixels = np.concatenate(rows)[None]

    with pytest.raises(LabelMapError) as caught:
        read_doodle(encode(pixels), "natural", LANDSCAPE)

    assert [row["pixels"] for row in caught.value.detail["colours"]] == list(range(150, 50, -1))


@settings(max_examples=15, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
def test_both_ways_of_listing_colours_agree(pixels: Pixels) -> None:
    """Sorting and the table of all colours find the same colours at the same places."""
    sorted_way = distinct_colours(pixels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(colours, "TABLE_PAYS", 0)
        table_way = distinct_colours(pixels)

    for one, other in zip(sorted_way, table_way, strict=True):
        assert np.array_equal(one, other)


def test_the_nearest_colour_is_nearest_to_the_eye() -> None:
    """A slightly wrong colour takes its label, and the palette's own colours take theirs."""
    palette = LANDSCAPE.palette("natural")
    packed = np.array([pack_rgb(colour) for colour in palette], np.int32)
    assert nearest_labels(packed, palette).tolist() == list(palette.values())

    red, green, blue = parse_colour(LANDSCAPE.by_id(154).colours["natural"])
    near = np.array([pack_rgb((red, green ^ 1, blue ^ 1))], np.int32)
    assert nearest_labels(near, palette).tolist() == [154]


@BUSY
@given(label_map=label_maps(), size=st.tuples(st.integers(1, 50), st.integers(1, 50)))
def test_resizing_mixes_no_labels(label_map: Pixels, size: tuple[int, int]) -> None:
    """A resized label map has the size asked for and only labels that were there."""
    resized = resize_nearest(label_map, size)

    assert resized.shape == size
    assert set(resized.ravel().tolist()) <= set(label_map.ravel().tolist())


@BUSY
@given(label_map=label_maps(), factor=st.integers(1, 4))
def test_enlarging_by_a_whole_number_repeats_pixels(label_map: Pixels, factor: int) -> None:
    """Each pixel becomes a square of itself, and shrinking back gives the original."""
    height, width = label_map.shape
    large = resize_nearest(label_map, (height * factor, width * factor))

    assert np.array_equal(large, label_map.repeat(factor, 0).repeat(factor, 1))
    assert np.array_equal(resize_nearest(large, (height, width)), label_map)


def test_too_many_bytes_and_pixels_are_refused_before_decoding() -> None:
    """Both limits are named with the value that broke them."""
    picture = write_label_map(np.full((40, 50), 156, np.uint8), LANDSCAPE)

    with pytest.raises(LabelMapError) as heavy:
        read_label_map(picture, LANDSCAPE, Limits(max_bytes=100))
    with pytest.raises(LabelMapError) as large:
        read_label_map(picture, LANDSCAPE, Limits(max_pixels=1999))

    assert (heavy.value.code, heavy.value.detail["max_bytes"]) == ("too-many-bytes", 100)
    assert (large.value.code, large.value.detail["pixels"]) == ("too-many-pixels", 2000)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_label_maps_of_fewer_bits_are_refused(bits: int) -> None:
    """A packed palette PNG says how many bits it has, and how many are needed."""
    buffer = io.BytesIO()
    image = Image.new("P", (8, 8))
    image.putpalette(range(3 * 2**bits))
    image.save(buffer, "PNG", bits=bits)

    with pytest.raises(LabelMapError) as caught:
        read_label_map(buffer.getvalue(), LANDSCAPE)

    assert (caught.value.code, caught.value.detail["bits"]) == ("wrong-mode", bits)


def test_see_through_drawings_are_refused() -> None:
    """A transparent pixel has no colour, so it cannot have a label; an opaque alpha is fine."""
    opaque = np.full((4, 4, 4), 255, np.uint8)
    opaque[..., :3] = parse_colour(LANDSCAPE.by_id(156).colours["natural"])
    assert (read_doodle(encode(opaque), "natural", LANDSCAPE) == 156).all()

    opaque[0, 0, 3] = 254
    with pytest.raises(LabelMapError) as caught:
        read_doodle(encode(opaque), "natural", LANDSCAPE)
    assert (caught.value.code, caught.value.detail["pixels"]) == ("transparent", 1)


def test_an_opaque_palette_picture_may_carry_transparency() -> None:
    """A palette with alpha values is read without a warning as long as no pixel is transparent."""
    picture = Image.fromarray(np.zeros((2, 2), dtype=np.uint8))
    picture.putpalette([117, 158, 223] + [0] * 765)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=bytes([255, 0]))

    assert read_doodle(buffer.getvalue(), "natural", load_label_set("landscape")).tolist() == [
        [156, 156],
        [156, 156],
    ]
