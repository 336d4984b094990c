"""The Kubernetes files: valid by Kubernetes' own schemas, and in step with the code they run."""

import base64
import json
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import kubernetes_validate  # type: ignore[import-untyped]
import promql_parser
import pytest
import yaml

from jobs.settings import Settings, load_settings
from tests.deploy import compose, kustomize

KUBERNETES = compose.ROOT / "deploy" / "kubernetes"
SECRETS = "SECRET_KEY=" + "s" * 32 + "\nREDIS_URL=rediss://doodlescape:hush@redis.example:6379/0\n"
OVERLAYS = {
    path.name: kustomize.render(path, {"secrets.env": SECRETS})
    for path in sorted((KUBERNETES / "overlays").iterdir())
}
VERSION = "1.37"
KNOWN_SETTINGS = {str(field.validation_alias) for field in Settings.model_fields.values()}
every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


def one(overlay: str, kind: str, name: str) -> kustomize.Object:
    """Find one object."""
    (found,) = [
        each
        for each in OVERLAYS[overlay]
        if (each["kind"], each["metadata"]["name"]) == (kind, name)
    ]
    return found


def pod(overlay: str, name: str) -> Any:
    """Give the pod of a deployment."""
    return one(overlay, "Deployment", name)["spec"]["template"]["spec"]


def container(overlay: str, name: str) -> Any:
    """Give the container that a deployment is named after."""
    (found,) = pod(overlay, name)["containers"]
    return found


@every_overlay
def test_every_object_is_what_kubernetes_knows(overlay: str) -> None:
    """Each object fits the strict schema of its kind; KEDA's fits what KEDA documents."""
    keda = json.loads((Path(__file__).parent / "keda.schema.json").read_text(encoding="utf-8"))
    for each in OVERLAYS[overlay]:
        if each["apiVersion"].startswith("keda.sh/"):
            jsonschema.validate(each, keda)
        else:
            kubernetes_validate.validate(each, VERSION, strict=True)


@every_overlay
def test_a_wrong_field_would_be_seen(overlay: str) -> None:
    """The schemas are strict: a misspelt field anywhere is refused."""
    wrong = json.loads(json.dumps(one(overlay, "Deployment", "worker")))
    wrong["spec"]["template"]["spec"]["terminationGracePeriod"] = 40
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


@every_overlay
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_renders_the_same(overlay: str, tmp_path: Path) -> None:
    """What these tests look at is what `kubectl apply -k` would send, but for the names' hashes."""
    shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
    (tmp_path / "kubernetes" / "base" / "secrets.env").write_text(SECRETS)
    shown = subprocess.run(
        ["kubectl", "kustomize", tmp_path / "kubernetes" / "overlays" / overlay],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    theirs = list(yaml.safe_load_all(re.sub(r"(settings|secrets)-[a-z0-9]{10}\b", r"\1", shown)))
    for each in theirs:
        if each["kind"] == "Secret":
            data = each.pop("data")
            each["stringData"] = {k: base64.b64decode(v).decode() for k, v in data.items()}
            each.pop("type")

    def ordered(objects: list[kustomize.Object]) -> list[kustomize.Object]:
        return sorted(objects, key=lambda each: (each["kind"], each["metadata"]["name"]))

    assert ordered(theirs) == ordered(OVERLAYS[overlay])


@every_overlay
@pytest.mark.parametrize("name", ["api", "worker"])
def test_pods_run_what_their_images_run(overlay: str, name: str) -> None:
    """Command, user and folders are those of the Dockerfile, and so proven by test_containers."""
    text = (compose.ROOT / "deploy" / f"{name}.Dockerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    own = container(overlay, name)

    assert own["command"] == json.loads(command)
    assert f"USER {pod(overlay, name)['securityContext']['runAsUser']}" in text
    assert {"/app/checkpoints", "/tmp"} <= {mount["mountPath"] for mount in own["volumeMounts"]}
    if name == "worker":
        assert "/home/doodlescape/.cache/doodlescape" in text
        assert "/home/doodlescape/.cache/doodlescape" in str(own["volumeMounts"])


@every_overlay
@pytest.mark.parametrize("name", ["api", "worker"])
def test_pods_keep_to_the_restricted_standard(overlay: str, name: str) -> None:
    """No pod is root, writes to its root, gains rights or talks to the cluster's API."""
    spec = pod(overlay, name)

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for each in kustomize.containers(one(overlay, "Deployment", name)):
        assert each["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert each["resources"]["limits"]["memory"]
        assert re.fullmatch(r"registry\.example/[a-z-]+:\d+\.\d+\.\d+", each["image"])


@every_overlay
@pytest.mark.parametrize("name", ["api", "worker"])
def test_the_environment_makes_settings(
    overlay: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every variable is a setting, and together they are settings that production accepts."""
    own = container(overlay, name)
    values = {entry["name"]: entry.get("value", "worker-abc12") for entry in own["env"]}
    for source in own["envFrom"]:
        ((kind, reference),) = source.items()
        if kind == "configMapRef":
            values |= one(overlay, "ConfigMap", reference["name"])["data"]
        else:
            values |= one(overlay, "Secret", reference["name"])["stringData"]

    assert set(values) <= KNOWN_SETTINGS
    for variable, value in values.items():
        monkeypatch.setenv(variable, value)
    settings = load_settings()
    assert settings.mode == "production"
    if name == "api":
        assert own["ports"] == [{"name": "http", "containerPort": settings.port}]
    else:
        assert settings.worker_name
        assert settings.device == {"cpu": "cpu", "gpu": "cuda"}[overlay]


@every_overlay
def test_stopping_leaves_time_to_finish(overlay: str) -> None:
    """A stopped worker may use DRAIN, and a stopped API its time-out, before they are killed."""
    drain_s = float(one(overlay, "ConfigMap", "settings")["data"]["DRAIN"])
    graceful_s = load_settings().api_drain_s
    waits_s = container(overlay, "api")["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert pod(overlay, "worker")["terminationGracePeriodSeconds"] >= drain_s + 10
    assert pod(overlay, "api")["terminationGracePeriodSeconds"] >= waits_s + graceful_s + 5


@every_overlay
def test_everything_points_at_something(overlay: str) -> None:
    """Autoscalers, budgets, policies, probes and the service name what is there."""
    labels = {
        name: one(overlay, "Deployment", name)["spec"]["template"]["metadata"]["labels"]
        for name in ("api", "worker")
    }
    for each in OVERLAYS[overlay]:
        spec = each.get("spec", {})
        if "scaleTargetRef" in spec:
            assert one(overlay, "Deployment", spec["scaleTargetRef"]["name"])
            assert "replicas" not in one(overlay, "Deployment", each["metadata"]["name"])["spec"]
        selector = spec.get("selector", spec.get("podSelector", {}))
        wanted = selector.get("matchLabels", selector)
        assert not wanted or wanted in [
            {"app.kubernetes.io/name": labels[name]["app.kubernetes.io/name"]} for name in labels
        ]
    alive = container(overlay, "worker")["livenessProbe"]["exec"]["command"]
    assert alive == ["python", "-m", "worker.alive", "--patient"]
    assert container(overlay, "worker")["startupProbe"]["exec"]["command"] == alive
    assert container(overlay, "api")["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container(overlay, "api")["readinessProbe"]["httpGet"]["path"] == "/readyz?workers=0"
    assert one(overlay, "Service", "api")["spec"]["ports"][0]["targetPort"] == "http"


@every_overlay
def test_painters_follow_the_figure_made_for_them(overlay: str) -> None:
    """KEDA asks one number that /metrics shows, one worker for each unit of it."""
    (trigger,) = one(overlay, "ScaledObject", "worker")["spec"]["triggers"]
    query = trigger["metadata"]["query"]
    promql_parser.parse(query)

    (name,) = set(re.findall(r"doodlescape_\w+", query))
    metrics = (compose.ROOT / "jobs" / "telemetry" / "metrics.py").read_text(encoding="utf-8")
    assert f'"{name}"' in metrics
    assert (trigger["metricType"], trigger["metadata"]["threshold"]) == ("AverageValue", "1")


def test_gpus_are_for_painters_only() -> None:
    """In the GPU overlay each worker gets one NVIDIA GPU, and nothing else asks for one."""
    holders = [
        (overlay, each["name"])
        for overlay, objects in OVERLAYS.items()
        for each in (inner for outer in objects for inner in kustomize.containers(outer))
        if "nvidia.com/gpu" in each.get("resources", {}).get("limits", {})
    ]
    assert holders == [("gpu", "worker")]
    assert container("gpu", "worker")["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert pod("gpu", "worker")["tolerations"]


def test_no_secret_is_committed() -> None:
    """No file here holds a secret; the one that would is made by a script and ignored by git."""
    listed = subprocess.run(
        ["git", "ls-files", "deploy"], cwd=compose.ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    named = [name for name in listed if name.endswith((".env", ".pem", ".key"))]
    assert named == ["deploy/kubernetes/base/settings.env"]
    ignored = subprocess.run(
        ["git", "check-ignore", "deploy/kubernetes/base/secrets.env"], cwd=compose.ROOT
    )
    assert ignored.returncode == 0
    for path in KUBERNETES.rglob("*.yaml"):
        kinds = [each["kind"] for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
        assert "Secret" not in kinds


def test_make_secrets_writes_what_the_pods_need(tmp_path: Path) -> None:
    """deploy/kubernetes/make-secrets writes the secrets for their owner only, and only once."""
    (tmp_path / "base").mkdir()
    script = shutil.copy(KUBERNETES / "make-secrets", tmp_path)
    refused = subprocess.run([script], capture_output=True, text=True)
    assert (refused.returncode, "REDIS_URL=" in refused.stderr) == (2, True)

    environment = {"REDIS_URL": "redis://r:6379/0", "PATH": "/usr/bin:/bin"}
    subprocess.run([script], check=True, capture_output=True, env=environment)
    written = (tmp_path / "base" / "secrets.env").read_text()
    subprocess.run([script], check=True, capture_output=True, env=environment)

    assert re.fullmatch(r"SECRET_KEY=[0-9a-f]{64}\nREDIS_URL=redis://r:6379/0\n", written)
    assert stat.S_IMODE((tmp_path / "base" / "secrets.env").stat().st_mode) == 0o600
    assert (tmp_path / "base" / "secrets.env").read_text() == written
