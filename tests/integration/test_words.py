"""Words through the real service: API processes, a real worker, the Python client."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from doodlescape_client import Client, JobFailed, JobNotDone
from doodlescape_client.__main__ import main
from PIL import Image

from spade.maps.labelmap import read_label_map
from spade.words import compose
from tests.api.conftest import LANDSCAPE, write_card
from tests.integration.conftest import service

WORDS = "a lake between mountains at sunset with a unicorn"
IDS = {label.name: label.id for label in LANDSCAPE.labels}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start server, API and worker once, and return the API's address."""
    folder = tmp_path_factory.mktemp("words")
    write_card(folder / "checkpoints", "tiny", styles={"golden-hour": "Golden hour"})
    with service(folder, 0.01) as (_, api):
        yield api.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    """Return a client of the service."""
    with Client(url) as built:
        yield built


def test_words_become_a_layout_and_its_pictures(client: Client) -> None:
    """One job: the library's layout of these words, painted as often as asked, and told of."""
    job = client.submit(prompt=WORDS, seed=5, count=2, width=96, height=64)
    done = client.wait(job, timeout_s=60)

    label_map = read_label_map(client.label_map(done), LANDSCAPE)
    assert (label_map == compose(WORDS, LANDSCAPE, (64, 96), 5).label_map).all()
    assert (label_map == IDS["water-other"]).mean() >= 0.02
    for picture in client.pictures(done):
        with Image.open(io.BytesIO(picture)) as painted:  # by a painter of greys
            assert (np.asarray(painted)[..., 0] == label_map).all()
    told = client.understood(done)
    assert [thing["material"] for thing in told["things"]] == ["water-other", "mountain"]
    assert told["things"][0]["relations"] == [{"kind": "between", "to": [1]}]
    assert told["style"] == done.raw["style"] == "golden-hour", (
        "the light of the words is the job's style"
    )
    assert [one["word"] for one in told["unknown"]] == ["unicorn"]


def test_a_layout_alone_can_be_had(client: Client, tmp_path: Path) -> None:
    """`layout_only` gives the map without pictures, the same as the library's."""
    job = client.submit(prompt="links ein Baum, rechts ein Haus", layout_only=True, seed=3)
    with pytest.raises(JobNotDone):
        client.understood(job)

    done = client.wait(job, timeout_s=60)

    label_map = read_label_map(client.label_map(done), LANDSCAPE)
    again = compose("links ein Baum, rechts ein Haus", LANDSCAPE, (64, 64), 3)
    assert (done.kind, done.images) == ("compose", ())
    assert (label_map == again.label_map).all()
    with pytest.raises(JobNotDone):
        client.save(done, tmp_path / "picture.png")


def test_words_that_nobody_knows_fail_with_examples(client: Client) -> None:
    """A job of unknown words ends at once, says which and gives examples; others go on."""
    failing = client.submit(prompt="xyzzy plugh")
    fine = client.submit(prompt="a meadow")

    with pytest.raises(JobFailed) as caught:
        client.wait(failing, timeout_s=60)

    error = caught.value.job.error
    assert error is not None
    assert error.code == "prompt-nothing-understood"
    assert "'xyzzy'" in error.message
    assert "a lake between mountains" in error.message
    assert client.wait(fine, timeout_s=60).images


def test_words_on_the_command_line(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`paint --prompt` saves the photo, `compose` the layout, and unknown words are told."""
    photo, layout = tmp_path / "photo.png", tmp_path / "layout.png"
    at = ["--url", url]
    assert main([*at, "paint", "--prompt", "a lake", "--width", "96", "-o", str(photo)]) == 0
    with Image.open(photo) as picture:
        assert picture.size == (96, 64)
    assert main([*at, "compose", "a beach with a unicorn", "--seed", "3", "-o", str(layout)]) == 0

    made = compose("a beach with a unicorn", LANDSCAPE, (64, 64), 3)
    assert (read_label_map(layout.read_bytes(), LANDSCAPE) == made.label_map).all()
    assert "unicorn" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*at, "paint", str(layout), "--prompt", "a lake", "-o", str(photo)])
