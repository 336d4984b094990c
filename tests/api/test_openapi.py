"""Schemathesis walks the OpenAPI document: every answer must be one that the document promises."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.api.conftest import Hand
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]

# What no schema can say (which ids are in a picture, which styles a model has) is a 4xx as well,
# and so is a second request under a UUID that the generator has used before.
# Readiness says 503 when fewer workers live than were asked for; that is its answer.
# DELETE cancels a job by contract; its record stays, so that its owner can read what became of it.
CONFIG = """
[checks.use_after_free]
enabled = false

[checks.positive_data_acceptance]
expected-statuses = ["2xx", 304, 401, 404, 409, 410, 415, 422]

[[operations]]
include-path = "/readyz"
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", 503]
checks.positive_data_acceptance.expected-statuses = ["2xx", 503]
"""


@pytest.fixture
def painted(hand: Hand) -> Iterator[None]:
    """Let a worker live that paints whatever comes, so that success is walked too."""
    done = threading.Event()

    def paint() -> None:
        while not done.wait(0.02):
            hand.appear()
            for model in ("tiny", "styled"):
                with suppress(IndexError):
                    hand.paint(model)

    thread = threading.Thread(target=paint)
    thread.start()
    yield
    done.set()
    thread.join()


@pytest.fixture
def served(make_app: Callable[..., Flask], painted: None) -> Iterator[tuple[str, str]]:  # noqa: ARG001
    """Serve the application with wide quotas; give its address and an API key."""
    wide = {"max_queued_per_user": 10**6, "max_live_per_user": 10**6, "max_live_per_address": 10**6}
    app = make_app(**wide, max_event_streams=1000)
    _, key = app.extensions["doodlescape"].keys.create("schemathesis")
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", key
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_answer_is_promised(served: tuple[str, str], tmp_path: Path) -> None:
    """Generated requests, valid and not, and chains of them get only documented answers."""
    address, key = served
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    command = [str(Path(sys.executable).with_name("schemathesis"))]
    options = ["--max-examples", "6", "--seed", "1", "--generation-database", "none"]
    options += ["--phases", "examples,coverage,fuzzing,stateful", "--request-timeout", "10"]
    options += ["--header", f"Authorization: Bearer {key}", "--no-color"]

    finished = subprocess.run(
        [*command, "run", f"{address}/api/openapi.json", *options],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
        },
        capture_output=True,
        text=True,
    )

    assert finished.returncode == 0, finished.stdout[-8000:]
