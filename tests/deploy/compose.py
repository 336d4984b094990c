"""Read docker-compose.yml, the Dockerfiles and .dockerignore as Docker does, as far as needed."""

import fnmatch
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


def interpolated(value: Any, environment: dict[str, str]) -> Any:
    """Replace ${NAME:-default} and ${NAME:?message} in every string, and $$ by $."""
    if isinstance(value, dict):
        return {key: interpolated(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolated(item, environment) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name, kind, text = match.groups()
        if name is None:
            return "$"
        if environment.get(name):
            return environment[name]
        assert kind == "-", f"{name} must be set: {text}"
        return str(text)

    return VARIABLE.sub(replace, value)


def compose_file() -> dict[str, Any]:
    """Return docker-compose.yml with its anchors resolved and its variables as they are written."""
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def variables() -> dict[str, bool]:
    """Return every variable that the file reads, and whether it must be set."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return {match[1]: match[2] == "?" for match in VARIABLE.finditer(text) if match[1]}


def last_stage(dockerfile: Path) -> list[list[str]]:
    """Return the instructions of a Dockerfile's last stage, as words."""
    text = dockerfile.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    first = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    return [shlex.split(line) for line in lines[first:]]


def lay_out_image(dockerfile: Path, folder: Path) -> None:
    """Copy into `folder` what the last stage copies from here, by .dockerignore's leave."""
    for word, *rest in last_stage(dockerfile):
        if word == "COPY" and not rest[0].startswith("--from"):
            source, target = rest
            shutil.copytree(ROOT / source, folder / target, ignore=_ignored)


def _ignored(folder: str, names: list[str]) -> set[str]:
    """Tell which names .dockerignore keeps out: it forbids all, then allows some."""
    allowed = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    ]
    out = set()
    for name in names:
        path = (Path(folder) / name).relative_to(ROOT).as_posix()
        inside = any(
            path == rule or path.startswith(f"{rule}/") or rule.startswith(f"{path}/")
            for rule in allowed
        )
        if not inside or fnmatch.fnmatch(name, "__pycache__"):
            out.add(name)
    return out
