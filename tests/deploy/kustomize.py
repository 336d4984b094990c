"""Render an overlay as `kubectl kustomize` does, as far as deploy/kubernetes uses it.

Names of generated objects are left without their hash. `test_kubernetes` compares the outcome with
kubectl's own where that is installed.
"""

from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]
KNOWN = {
    *("apiVersion", "kind", "namespace", "labels", "resources", "images", "patches"),
    *("configMapGenerator", "secretGenerator"),
}
CLUSTER_WIDE = {"Namespace"}


def render(folder: Path, files: dict[str, str]) -> list[Object]:
    """Give the objects of a kustomization; `files` stands in for files that git ignores."""
    spec = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    unknown = set(spec) - KNOWN
    assert not unknown, f"{folder} uses {unknown}, which this renderer does not know"
    objects = [one for name in spec.get("resources", []) for one in _resource(folder, name, files)]
    objects += [_generated("ConfigMap", one, folder, files) for one in _all(spec, "configMap")]
    objects += [_generated("Secret", one, folder, files) for one in _all(spec, "secret")]
    for patch in spec.get("patches", []):
        change = yaml.safe_load((folder / patch["path"]).read_text(encoding="utf-8"))
        (target,) = [one for one in objects if _identity(one) == _identity(change)]
        _merge(target, change)
    for one in objects:
        _finish(one, spec)
    return objects


def containers(one: Object) -> list[Object]:
    """Give all containers of an object that runs some."""
    pod = one["spec"].get("template", {}).get("spec", {}) if "spec" in one else {}
    return [*pod.get("initContainers", []), *pod.get("containers", [])]


def _all(spec: Object, kind: str) -> list[Object]:
    found: list[Object] = spec.get(f"{kind}Generator", [])
    return found


def _resource(folder: Path, name: str, files: dict[str, str]) -> list[Object]:
    path = folder / name
    if path.is_dir():
        return render(path, files)
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def _generated(kind: str, spec: Object, folder: Path, files: dict[str, str]) -> Object:
    lines = "\n".join(
        files[name] if name in files else (folder / name).read_text(encoding="utf-8")
        for name in spec["envs"]
    ).splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": spec["name"]},
        "data" if kind == "ConfigMap" else "stringData": {name: value for name, _, value in pairs},
    }


def _identity(one: Object) -> tuple[str, str]:
    return one["kind"], one["metadata"]["name"]


def _merge(base: Object, change: Object) -> None:
    """Lay a strategic merge patch over an object: lists of named things merge by name."""
    for key, value in change.items():
        there = base.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            _merge(there, value)
        elif isinstance(there, list) and there and "name" in there[0]:
            by_name = {item["name"]: item for item in there}
            for item in value:
                if item["name"] in by_name:
                    _merge(by_name[item["name"]], item)
                else:
                    there.append(item)
        else:
            base[key] = value


def _finish(one: Object, spec: Object) -> None:
    if "namespace" in spec and one["kind"] not in CLUSTER_WIDE:
        one["metadata"]["namespace"] = spec["namespace"]
    for label in spec.get("labels", []):
        one["metadata"]["labels"] = {**one["metadata"].get("labels", {}), **label["pairs"]}
    for image in spec.get("images", []):
        for container in containers(one):
            if container["image"] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
