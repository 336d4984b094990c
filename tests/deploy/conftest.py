"""The services of docker-compose.yml, run as processes on this machine."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from supervise import dataserver
from tests.deploy import compose
from tests.ports import free_port
from tests.waiting import until

DEPLOY = compose.ROOT / "deploy"
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


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run the commands of docker-compose.yml for redis, api and worker, with their environments."""
    from spade.model.architecture import Architecture
    from tests.spade.tiny import save_tiny

    architecture = Architecture(18, ngf=8, z_dim=16, use_vae=True, crop_size=64)
    folder = tmp_path_factory.mktemp("stack")
    redis_port, port = free_port(), free_port()
    folders = {name: folder / name for name in ("redis", "api", "worker")}
    (folder / "redis").mkdir()
    for name in ("api", "worker"):
        compose.lay_out_image(DEPLOY / f"{name}.Dockerfile", folders[name])
        save_tiny(folders[name] / "checkpoints" / "tiny", architecture)
    lend_kernels(folders["worker"])
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
        until(lambda: answers(running), f"ready, see {folder}")
        yield running


def lend_kernels(image: Path) -> None:
    """Put the kernels that are compiled here where an image keeps its own, to spare their making.

    Numba keeps those of a folder under its name and the hash of its path.
    """
    from numba.core import config

    import spade.engine.cpu.jit  # noqa: F401 (says where they are kept)

    def kept_as(folder: Path) -> str:
        return f"{folder.name}_{hashlib.sha1(str(folder).encode()).hexdigest()}"

    kept = Path(vars(config)["CACHE_DIR"])
    for folder in (compose.ROOT / "spade").glob("**/"):
        if (kept / kept_as(folder)).is_dir():
            own = image / folder.relative_to(compose.ROOT)
            there = image / "spade/engine/cpu/__pycache__" / kept.name
            shutil.copytree(kept / kept_as(folder), there / kept_as(own))


def answers(running: Stack) -> bool:
    """Tell whether the API says that it can paint."""
    try:
        return bool(running.get("/readyz"))
    except (urllib.error.URLError, ConnectionError):
        return False
