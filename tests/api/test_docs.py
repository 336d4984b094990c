"""The OpenAPI document, the reference for people, and the metrics."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.problems import PROBLEMS
from jobs import Settings
from tests.api.conftest import Hand, post, read
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


def test_every_route_of_the_api_is_documented(client: FlaskClient) -> None:
    """Each route below /api/v1 stands in the document, with every method it takes."""
    paths = read(client.get("/api/openapi.json"))["paths"]
    rules = [
        rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith("/api/v1")
    ]

    for rule in rules:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert method.lower() in paths[path]


def test_every_call_is_on_the_page_in_docs(client: FlaskClient) -> None:
    """docs/http-api.md lists each address of the API, and no other."""
    page = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
    paths = read(client.get("/api/openapi.json"))["paths"]

    listed = re.findall(r"^(?:GET|POST|PUT|DELETE) +(/api/\S+)", page, re.M)

    assert set(listed) == {path for path in paths if path.startswith("/api")}


def test_the_reference_needs_nobody_else(client: FlaskClient) -> None:
    """The page for people has no script, no inline style and no address of another host."""
    page = client.get("/api/docs").text

    assert "<script" not in page
    assert "style=" not in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    with client.get("/api/docs.css") as style:
        assert style.mimetype == "text/css"


def test_every_error_code_is_explained(client: FlaskClient) -> None:
    """Each code has its anchor on the page, where the `type` of its problem points."""
    page = client.get("/api/docs").text

    for code in PROBLEMS:
        assert f'id="{code}"' in page


def test_every_error_code_can_happen() -> None:
    """Each code of the table is raised somewhere; there are no dead ones, and no unknown ones."""
    sources = {*(ROOT / "api").rglob("*.py"), *(ROOT / "spade" / "maps").glob("*.py")}
    # The table itself, and lists of codes for the OpenAPI document.
    listed = {
        ROOT / "api" / name for name in ("problems.py", "routes/imports.py", "routes/submit.py")
    }
    text = "\n".join(source.read_text() for source in sources - listed)

    assert [code for code in PROBLEMS if f'"{code}"' not in text] == []
    raised = re.findall(r'(?:LabelMapError|ApiError)\(\s*"([a-z-]+)"', text)
    assert set(raised) <= PROBLEMS.keys()


def test_metrics_tell_queue_and_requests(client: FlaskClient, hand: Hand) -> None:
    """A scrape shows queue depth and workers by model, and requests by route and status."""
    hand.appear()
    post(client)
    client.get("/nowhere/at/all")

    text = client.get("/metrics").text

    assert 'doodlescape_queue_depth{model="tiny"} 1.0' in text
    assert 'doodlescape_worker_up{device="",state="ready",worker="hand"} 1.0' in text
    assert 'route="/api/v1/jobs",status="202"' in text
    assert "/nowhere" not in text


def test_metrics_add_up_over_processes(settings: Settings, tmp_path: Path) -> None:
    """With several API processes each scrape shows the sum, whichever process answers."""
    port = free_port()
    environment = {
        **os.environ,
        "REDIS_URL": settings.redis_url,
        "CHECKPOINTS_DIR": str(settings.checkpoints_dir),
        "MODEL": "tiny",
        "PORT": str(port),
        "API_PROCESSES": "3",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "api.server"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/livez")
        before = count_models(port)
        for _ in range(20):
            fetch(f"http://127.0.0.1:{port}/api/v1/models")
        assert [count_models(port) - before for _ in range(6)] == [20] * 6
    finally:
        server.terminate()
        server.wait(20)


def fetch(url: str) -> str:
    """Get a page over a connection of its own, so that any process may answer."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            fetch(url)
            return
        except OSError:
            if time.monotonic() > deadline:
                pytest.fail(f"{url} did not answer")
            time.sleep(0.05)


def count_models(port: int) -> float:
    """Read how often GET /models was answered."""
    found = re.search(
        r'http_requests_total\{[^}]*route="/api/v1/models"[^}]*\} (\S+)',
        fetch(f"http://127.0.0.1:{port}/metrics"),
    )
    return float(found[1]) if found else 0.0
