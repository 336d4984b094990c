"""Write requirements/*.txt from pyproject.toml: exact versions, hashes, every platform.

    .venv/bin/python -m supervise.lock

PyTorch is kept out of the lists: its build depends on the machine (`supervise/install/pytorch.py`).
What it needs itself is in them, by the metadata under [tool.uv] in pyproject.toml.
"""

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = ROOT / "pyproject.toml"
FOLDER = ROOT / "requirements"
OPTIONS = [
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"),
    *("--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-package", "torch"),
]
# The API's image needs the least, a worker's adds what paints, ./start its own data server. The
# lists are held to each other's versions.
LISTS: dict[str, list[str]] = {
    "api.txt": ["--extra", "s3"],
    "worker.txt": ["--extra", "paint", "--extra", "s3", "--constraint", "requirements/api.txt"],
    "flower.txt": ["--extra", "flower", "--constraint", "requirements/api.txt"],
    "serve.txt": [
        "--extra",
        "paint",
        "--extra",
        "start",
        "--constraint",
        "requirements/worker.txt",
    ],
    "dev.txt": ["--all-extras", "--constraint", "requirements/serve.txt"],
}


def source_hash() -> str:
    """Return a hash of what pyproject.toml asks for; a lock made from something else is stale."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    wanted = [project["dependencies"], project["optional-dependencies"]]
    return hashlib.sha256(repr(wanted).encode()).hexdigest()


def main() -> None:
    """Resolve the lists and write them; what a list pins and nothing forbids stays as it is."""
    for name, options in LISTS.items():
        kept = ["--output-file", str(FOLDER / name)]
        command = ["-m", "uv", "pip", "compile", *OPTIONS, *options, *kept, str(PYPROJECT)]
        found = subprocess.run([sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL)
        if found.returncode:
            sys.exit(found.returncode)
        listed = (FOLDER / name).read_text(encoding="utf-8")
        head = (
            "# Made by python -m supervise.lock; change pyproject.toml instead.\n"
            f"# source: {source_hash()}\n# torch: {_torch()}\n"
        )
        (FOLDER / name).write_text(head + listed, encoding="utf-8")
        print(f"requirements/{name}: {listed.count('==')} packages")


def _torch() -> str:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    wanted = project["optional-dependencies"]["paint"]
    (torch,) = [item for item in wanted if item.startswith("torch==")]
    return str(torch)


if __name__ == "__main__":
    main()
