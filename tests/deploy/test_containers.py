"""The containers, as far as they can be proved without Docker: all but building the images."""

import contextlib
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from supervise import dataserver
from tests.deploy import compose

ROOT = compose.ROOT
DEPLOY = ROOT / "deploy"
SECRETS = {"SECRET_KEY": "s" * 32, "REDIS_PASSWORD": "hush", "GRAFANA_PASSWORD": "hush"}
SERVICES: dict[str, Any] = compose.interpolated(compose.compose_file(), SECRETS)["services"]


def command_of(name: str) -> list[str]:
    """Return a service's command with this Python for `python`."""
    command: list[str] = list(SERVICES[name]["command"])
    return [sys.executable, *command[1:]] if command[0] == "python" else command


@dataclass
class Stack:
    """The services as processes on this machine, in the folders that their images would have."""

    url: str
    environments: dict[str, dict[str, str]]
    folders: dict[str, Path]

    def health_of(self, name: str) -> int:
        """Run a service's health check and return its exit code."""
        test = list(SERVICES[name]["healthcheck"]["test"])
        command = [sys.executable if word == "python" else word for word in test[1:]]
        command = [word.replace(":8000/", f":{self.url.rpartition(':')[2]}/") for word in command]
        ended = subprocess.run(command, cwd=self.folders[name], env=self.environments[name])
        return ended.returncode

    def get(self, path: str) -> bytes:
        """Fetch a page."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return bytes(answer.read())


def wait_for(condition: Any, what: str, timeout_s: float = 90.0) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"never came: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run the commands of docker-compose.yml for redis, api and worker, with their environments."""
    from spade.architecture import Architecture
    from tests.spade.tiny import save_tiny

    architecture = Architecture(18, ngf=8, z_dim=16, use_vae=True, crop_size=64)
    folder = tmp_path_factory.mktemp("stack")
    redis_port, port = dataserver.free_port(), dataserver.free_port()
    folders = {name: folder / name for name in ("redis", "api", "worker")}
    (folder / "redis").mkdir()
    for name in ("api", "worker"):
        compose.lay_out_image(DEPLOY / f"{name}.Dockerfile", folders[name])
        save_tiny(folders[name] / "checkpoints" / "tiny", architecture)
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    here = {"MODEL": "tiny", "PORT": str(port), "HOST": "127.0.0.1"}
    environments = {
        name: {
            **bare,
            **{key: str(value) for key, value in SERVICES[name]["environment"].items()},
            **here,
            "REDIS_URL": f"redis://:{SECRETS['REDIS_PASSWORD']}@127.0.0.1:{redis_port}/0",
        }
        for name in folders
    }
    commands = {name: command_of(name) for name in folders}
    commands["redis"] = [
        str(dataserver.binary()), "--port", str(redis_port), "--bind", "127.0.0.1",
        *["." if word == "/data" else word for word in commands["redis"][1:]],
    ]  # fmt: skip
    with contextlib.ExitStack() as cleanup:
        for name in folders:
            log = cleanup.enter_context((folder / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                commands[name], cwd=folders[name], env=environments[name], stdout=log, stderr=log
            )
            cleanup.callback(process.wait, 60)
            cleanup.callback(process.terminate)
        running = Stack(f"http://127.0.0.1:{port}", environments, folders)
        wait_for(lambda: answers(running), f"ready, see {folder}")
        yield running


def answers(running: Stack) -> bool:
    """Tell whether the API says that it can paint."""
    try:
        return bool(running.get("/readyz"))
    except (urllib.error.URLError, ConnectionError):
        return False


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
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", bases[0])
    assert users == [["10001"]]
    if hadolint is None:
        pytest.skip("hadolint has no build for this platform")
    assert subprocess.run([hadolint, dockerfile], capture_output=True, text=True).stdout == ""


@pytest.mark.parametrize("name", ["api", "worker"])
def test_compose_runs_what_the_image_runs(name: str) -> None:
    """The command in docker-compose.yml is the image's own."""
    text = (DEPLOY / f"{name}.Dockerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)

    assert json.loads(command) == SERVICES[name]["command"]


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
        ("api.txt", "api.app, gunicorn.app.wsgiapp", ""),
        ("worker.txt", "worker.app, spade.painter", "torch"),
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

    wait_for(lambda: b'"succeeded"' in stack.get(location), "the picture")


@pytest.mark.parametrize("name", ["api", "worker"])
def test_health_checks_tell_life_from_death(name: str, stack: Stack) -> None:
    """A service's health check passes while it runs, and fails where it does not."""
    assert stack.health_of(name) == 0

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
