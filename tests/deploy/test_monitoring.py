"""Flower and Prometheus on the running services, with the very commands of docker-compose.yml."""

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy import compose, kustomize
from tests.deploy.conftest import DEPLOY, SERVICES, Stack, command_of
from tests.ports import free_port
from tests.programs import needed
from tests.waiting import until


def fetch(url: str, **headers: str) -> Any:
    """Read JSON, or give None while nobody answers."""
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=60
        ) as got:
            return json.loads(got.read())
    except (OSError, json.JSONDecodeError):
        return None


def run(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a service's command in a folder of its own."""
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def test_flower_runs_and_asks_who_looks(stack: Stack, tmp_path: Path) -> None:
    """Flower starts from its image's files, answers its health check, and wants a password."""
    compose.lay_out_image(DEPLOY / "flower.Dockerfile", tmp_path)
    port = free_port()
    environment = stack.environments["worker"] | {
        name: str(value)
        for name, value in SERVICES["flower"]["environment"].items()
        if name.startswith("FLOWER_")
    }
    command = [
        word.replace("5555", str(port)).replace("0.0.0.0", "127.0.0.1")
        for word in command_of("flower")
    ]
    process = run(command, tmp_path, environment)
    try:
        until(lambda: alive(f"http://127.0.0.1:{port}/healthcheck"), "Flower")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/workers", timeout=60)
    finally:
        process.kill()
        process.wait(60)


def test_celerys_tools_see_our_workers(stack: Stack) -> None:
    """Celery's `inspect ping` looks under our keys, and a worker answers."""
    command = [sys.executable, "-m", "celery", "-A", "jobs.server.celery_app", "inspect", "ping"]

    def answered() -> bool:
        ended = subprocess.run(
            command, cwd=stack.folders["worker"], env=stack.environments["worker"],
            capture_output=True,
        )  # fmt: skip
        return ended.returncode == 0 and b"pong" in ended.stdout

    until(answered, "a worker's pong")


def alive(url: str) -> bool:
    """Tell whether a health check answers."""
    try:
        return bool(urllib.request.urlopen(url, timeout=3).status == 200)
    except OSError:
        return False


def test_prometheus_scrapes_and_answers_the_autoscaler(stack: Stack, tmp_path: Path) -> None:
    """Prometheus with our command loads the alerts and answers what KEDA asks."""
    program = needed("prometheus", "prometheus")
    port = free_port()
    shutil.copytree(DEPLOY / "prometheus", tmp_path / "etc")
    config = yaml.safe_load((tmp_path / "etc" / "prometheus.yml").read_text(encoding="utf-8"))
    config["rule_files"] = [str(tmp_path / "etc" / "alerts.yml")]
    (job,) = config["scrape_configs"]
    (found,) = job.pop("dns_sd_configs")
    assert (found["names"], found["port"]) == (["api"], int(SERVICES["api"]["environment"]["PORT"]))
    job["static_configs"] = [{"targets": [stack.url.removeprefix("http://")]}]
    config["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    (tmp_path / "etc" / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [
        word.replace("/etc/prometheus", str(tmp_path / "etc")).replace(
            "=/prometheus", f"={tmp_path}"
        )
        for word in SERVICES["prometheus"]["command"]
    ]
    process = run(
        [program, *command, f"--web.listen-address=127.0.0.1:{port}"], tmp_path, dict(os.environ)
    )
    base = f"http://127.0.0.1:{port}/api/v1"
    try:
        until(lambda: value(base, "doodlescape_store_up") == 1, "the first scrape")
        (overlay,) = {
            each["spec"]["triggers"][0]["metadata"]["query"]
            for each in kustomize.render(
                DEPLOY / "kubernetes" / "overlays" / "cpu", {"secrets.env": "A=b"}
            )
            if each["kind"] == "ScaledObject"
        }
        # In a cluster Prometheus adds the namespace; here nobody does.
        asked = overlay.replace('{namespace="doodlescape"}', "")
        until(lambda: value(base, asked) == 0, "what the autoscaler asks")
        rules = fetch(f"{base}/rules")["data"]["groups"][0]["rules"]
        assert {rule["health"] for rule in rules} <= {"ok", "unknown"}
        assert not [rule["name"] for rule in rules if rule["state"] == "firing"]
    finally:
        process.terminate()
        process.wait(60)


def value(base: str, query: str) -> float | None:
    """Ask Prometheus for a single number."""
    answer = fetch(f"{base}/query?{urllib.parse.urlencode({'query': query})}")
    found = answer["data"]["result"] if answer else []
    assert len(found) <= 1
    return float(found[0]["value"][1]) if found else None


def test_every_alert_fires_when_it_should_and_only_then(tmp_path: Path) -> None:
    """Prometheus' own rule tests pass, and none of the alerts is left out of them."""
    promtool = needed("promtool", "prometheus")
    shutil.copy(DEPLOY / "prometheus" / "alerts.yml", tmp_path)
    shutil.copy(Path(__file__).parent / "alerts.test.yml", tmp_path)
    ended = subprocess.run(
        [promtool, "test", "rules", "alerts.test.yml"], cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr

    rules = yaml.safe_load((tmp_path / "alerts.yml").read_text(encoding="utf-8"))
    cases = yaml.safe_load((tmp_path / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]
    names = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    fired = {
        check["alertname"]
        for case in cases
        for check in case["alert_rule_test"]
        if check["exp_alerts"]
    }
    assert fired == names
