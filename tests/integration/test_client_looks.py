"""Looks in the Python client, against the real service: found, asked for, told."""

from pathlib import Path

import numpy as np
import pytest
from doodlescape_client import Client, InvalidRequest, NotFound
from doodlescape_client.__main__ import main

from tests.api.conftest import LOOKS, SEA, write_looks
from tests.integration.conftest import Api, Stage


def test_a_look_is_found_asked_for_and_told(
    stage: Stage, api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is listed can be asked for, the picture says that it has it, and refusals say why."""
    write_looks(tmp_path / "checkpoints" / "tiny")
    stage.worker()
    sea = np.full((64, 64), SEA, np.uint8)
    with Client(api.url) as client:
        assert [look["id"] for look in client.looks("tiny")] == list(LOOKS)
        assert client.looks("tiny")[0]["credit"]["author"] == "Zoë"

        plain = client.wait(client.submit(label_map=sea))
        asked = client.wait(client.submit(label_map=sea, look=LOOKS[1]))
        blend = f"{LOOKS[0]}+{LOOKS[1]}:0.4"
        blended = client.wait(client.submit(label_map=sea, look=blend))

        looks = [job.images[0].look for job in (plain, asked, blended)]
        assert looks == [None, LOOKS[1], blend]
        with pytest.raises(InvalidRequest, match="from 0 to 1"):
            client.submit(label_map=sea, look=f"{LOOKS[0]}+{LOOKS[1]}:2")
        with pytest.raises(InvalidRequest, match="/models/tiny/looks"):
            client.submit(label_map=sea, look="nope")
        with pytest.raises(NotFound, match="nope"):
            client.looks("nope")

    assert main(["--url", api.url, "looks", "tiny"]) == 0
    assert f"{LOOKS[0]}: land, coast; Zoë CC0-1.0" in capsys.readouterr().out
