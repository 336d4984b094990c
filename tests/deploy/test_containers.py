"""The containers, as far as they can be proved without Docker: all but building the images."""

import io
import json
import re
import shutil
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.deploy import compose
from tests.deploy.conftest import SERVICES, Stack
from tests.waiting import until

ROOT = compose.ROOT
DEPLOY = ROOT / "deploy"


def test_the_compose_file_is_valid() -> None:
    """docker-compose.yml is what the compose specification's schema allows."""
    check = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    ended = subprocess.run(
        [sys.executable, *check, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened(name: str) -> None:
    """Each service has a read-only root, no capabilities, a restart policy and bounded logs."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("name", [name for name in SERVICES if "build" not in SERVICES[name]])
def test_foreign_images_have_exact_versions(name: str) -> None:
    """An image that is not built here is named with a full version, never "latest"."""
    assert re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+(-\w+)?", SERVICES[name]["image"])


@pytest.mark.parametrize("dockerfile", sorted(DEPLOY.glob("*.Dockerfile")), ids=lambda f: f.name)
def test_dockerfiles_are_clean(dockerfile: Path) -> None:
    """hadolint has nothing to say, bases are pinned, and the image runs as no root."""
    bases = re.findall(r"^FROM (\S+)", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)
    users = [rest for word, *rest in compose.last_stage(dockerfile) if word == "USER"]
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent)

    assert len(set(bases)) == 1
    assert re.fullmatch(r"(python:\d+\.\d+\.\d+-slim-\w+|busybox:\d+\.\d+\.\d+)", bases[0])
    assert users == [["10001"]]
    if hadolint is None:
        pytest.skip("hadolint has no build for this platform")
    assert subprocess.run([hadolint, dockerfile], capture_output=True, text=True).stdout == ""


@pytest.mark.parametrize("name", ["api", "worker", "flower"])
def test_compose_runs_what_the_image_runs(name: str) -> None:
    """The command in docker-compose.yml is the image's own."""
    text = (DEPLOY / f"{name}.Dockerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)

    assert json.loads(command) == SERVICES[name]["command"]


def test_each_card_has_a_worker_of_its_own() -> None:
    """No two services of docker-compose.yml share a card, and each has a profile of its own."""
    cards, profiles = [], []
    for name, service in SERVICES.items():
        if name.startswith("worker-gpu"):
            (device,) = service["deploy"]["resources"]["reservations"]["devices"]
            cards += device["device_ids"]
            profiles += service["profiles"]
            assert service["environment"]["DEVICE"] == "cuda"  # the only one it sees
            assert service["command"] == SERVICES["worker"]["command"]
            assert service["build"]["args"]["COMPILER"] == "gcc"  # for Triton

    assert cards == ["0", "1", "2"]
    assert len(set(profiles)) == len(cards)


HIDE_OTHERS = """
import sys
from importlib.metadata import packages_distributions

class Hidden:
    def find_spec(self, name, path=None, target=None):
        owners = packages.get(name, [])
        if owners and not allowed & {owner.lower().replace("_", "-") for owner in owners}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

packages, allowed = packages_distributions(), set(sys.argv[1].split(","))
sys.meta_path.insert(0, Hidden())
"""


@pytest.mark.parametrize(
    ("lock", "modules", "beside"),
    [
        ("api.txt", "api.server", ""),
        ("worker.txt", "worker.app, spade.painter", "torch"),
        ("worker.txt", "jobs.blobs.s3, boto3", "torch"),
        ("api.txt", "jobs.blobs.s3, boto3", ""),
        ("flower.txt", "jobs.server.celery_app, flower.command", ""),
    ],
)
def test_images_install_all_that_they_import(lock: str, modules: str, beside: str) -> None:
    """The API and the worker can be imported where only the packages of their images are."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    allowed = [*re.findall(r"^([\w.-]+)==", text, re.MULTILINE), beside]
    program = f"{HIDE_OTHERS}\nimport {modules}"

    ended = subprocess.run(
        [sys.executable, "-c", program, ",".join(allowed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stderr


def test_make_env_sets_all_that_compose_needs(tmp_path: Path) -> None:
    """deploy/make-env writes each variable that must be set, for its owner only, and only once."""
    (tmp_path / "deploy").mkdir()
    script = shutil.copy(DEPLOY / "make-env", tmp_path / "deploy")
    subprocess.run([script], check=True, capture_output=True)
    written = (tmp_path / ".env").read_text()
    subprocess.run([script], check=True, capture_output=True)

    names = set(re.findall(r"^(\w+)=.+", written, re.MULTILINE))
    required = {name for name, must in compose.variables().items() if must}
    assert required <= names <= set(compose.variables())
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert (tmp_path / ".env").read_text() == written


def test_the_services_paint_together(stack: Stack) -> None:
    """With the images' files, commands and environments, a posted doodle becomes a picture."""
    labels = np.full((64, 64), 156, np.uint8)
    out = io.BytesIO()
    Image.fromarray(labels).save(out, "PNG")
    mark = "----boundary"
    form = 'form-data; name="label_map"; filename="d.png"'
    head = f"--{mark}\r\nContent-Disposition: {form}\r\n\r\n"
    body = head.encode() + out.getvalue() + f"\r\n--{mark}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    request = urllib.request.Request(f"{stack.url}/api/v1/jobs", body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        location = answer.headers["Location"]

    until(lambda: b'"succeeded"' in stack.get(location), "the picture")


@pytest.mark.parametrize("name", ["api", "worker"])
def test_health_checks_tell_life_from_death(name: str, stack: Stack) -> None:
    """A service's health check passes while it runs, and fails where it does not."""
    until(lambda: stack.health_of(name) == 0, "a passing check")  # a busy one is asked again

    elsewhere = Stack("http://127.0.0.1:9", dict(stack.environments), stack.folders)
    elsewhere.environments[name] = {**stack.environments[name], "WORKER_NAME": "nobody"}
    assert elsewhere.health_of(name) != 0


def queries() -> Iterator[str]:
    """Yield every PromQL expression of the alerts and the dashboard."""
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    for group in alerts["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for file in (DEPLOY / "grafana" / "dashboards").glob("*.json"):
        for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]:
            yield from (target["expr"] for target in panel["targets"])


def test_alerts_and_dashboard_ask_for_metrics_that_exist(stack: Stack) -> None:
    """Each query is good PromQL, and each metric in it is one that the service shows."""
    promql_parser = pytest.importorskip("promql_parser")
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", stack.get("/metrics").decode(), re.MULTILINE))
    shown = set(kinds) | {
        f"{name}_{part}"
        for name, kind in kinds.items()
        if kind == "histogram"
        for part in ("bucket", "sum", "count")
    }
    asked = set()
    for query in queries():
        promql_parser.parse(query)
        asked |= set(re.findall(r"doodlescape_\w+", query))

    assert len(asked) >= 15
    assert asked <= shown
