"""Layers as a Photoshop document, read back by a program that is not ours."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, PsdImagePlugin

WRITER = Path(__file__).parents[2] / "frontend" / "tests" / "psd.js"
SEE_THROUGH = 255
NAMES = ["Background", "Ebene 2", "été", "山", "x" * 300, ""]

Labels = npt.NDArray[np.uint8]


def written(seen: Labels, layers: list[Labels], hidden: set[int], colours: Labels) -> bytes:
    """Have the page's module write a document."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("DOODLESCAPE_REQUIRE_BROWSER") == "1":
            pytest.fail("needs Node.js")
        pytest.skip("needs Node.js")
    document = {
        "height": seen.shape[0],
        "width": seen.shape[1],
        "seen": base64.b64encode(seen.tobytes()).decode(),
        "layers": [
            {
                "name": NAMES[i],
                "shown": i not in hidden,
                "labels": base64.b64encode(labels.tobytes()).decode(),
            }
            for i, labels in enumerate(layers)
        ],
        "colours": colours.tolist(),
    }
    run = subprocess.run(
        [node, str(WRITER)], input=json.dumps(document).encode(), capture_output=True, check=True
    )
    return run.stdout


@pytest.mark.parametrize(("height", "width"), [(64, 64), (33, 517), (1, 1)])
def test_a_picture_editor_reads_every_layer_as_it_was_drawn(
    tmp_path: Path, height: int, width: int
) -> None:
    """Colours and see-through pixels of each layer are exact, and so is what is seen of them."""
    random = np.random.default_rng(20261129)
    colours = random.integers(0, 256, (255, 3), dtype=np.uint8)
    layers = [random.integers(0, 255, (height, width), dtype=np.uint8)]
    for _ in NAMES[1:]:
        labels = np.full((height, width), SEE_THROUGH, np.uint8)
        labels[height // 4 :, width // 3 :] = random.integers(0, 255)  # runs, and noise
        noise = random.random((height, width)) < 0.1
        labels[noise] = random.integers(0, 255, int(noise.sum()))
        layers.append(labels)
    seen = layers[0].copy()
    seen[layers[1] != SEE_THROUGH] = layers[1][layers[1] != SEE_THROUGH]
    file = tmp_path / "doodle.psd"
    file.write_bytes(written(seen, layers, set(), colours))

    with Image.open(file) as picture:
        assert isinstance(picture, PsdImagePlugin.PsdImageFile)
        assert (picture.mode, picture.size) == ("RGB", (width, height))
        np.testing.assert_array_equal(np.asarray(picture), colours[seen])
        assert len(picture.layers) == len(layers)
        for number, labels in enumerate(layers):
            name, mode, box, _ = picture.layers[number]
            assert (mode, box) == ("RGBA", (0, 0, width, height))
            assert name == NAMES[number][:63].encode("ascii", "replace").decode()
            with Image.open(file) as alone:
                alone.seek(len(layers))  # Pillow counts what is seen of all as the first one
                alone.seek(number + 1)
                pixels = np.asarray(alone)
            opaque = labels != SEE_THROUGH
            np.testing.assert_array_equal(pixels[..., 3], np.where(opaque, 255, 0))
            np.testing.assert_array_equal(pixels[opaque][:, :3], colours[labels[opaque]])


def test_names_in_any_writing_and_what_is_hidden_are_kept() -> None:
    """Each layer's whole name stands there as Unicode, and its flag says whether it is hidden."""
    layers = [np.full((8, 8), number, np.uint8) for number in range(len(NAMES))]
    colours = np.zeros((255, 3), np.uint8)
    document = written(layers[0], layers, {1, 3}, colours)

    modes = document.split(b"8BIMnorm")[1:]
    assert [bool(after[2] & 2) for after in modes] == [False, True, False, True, False, False]
    names = [after.split(b"8BIMluni")[1] for after in modes]
    assert [
        found[8 : 8 + 2 * int.from_bytes(found[4:8], "big")].decode("utf-16-be") for found in names
    ] == NAMES
