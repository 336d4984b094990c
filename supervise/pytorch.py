"""Choose and install the build of PyTorch: CUDA for an NVIDIA GPU, else the far smaller CPU one."""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from supervise.errors import SetupError
from supervise.pip import Pip
from supervise.progress import Step

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PROBE_TIMEOUT_S = 4.0


def wanted_build() -> str:
    """Say "cuda" or "cpu": what DOODLESCAPE_TORCH asks for, else what this machine has."""
    wanted = os.environ.get("DOODLESCAPE_TORCH", "auto")
    if wanted not in ("auto", "cpu", "cuda"):
        raise SetupError(f"DOODLESCAPE_TORCH is {wanted!r}; it can be auto, cpu or cuda")
    if wanted != "auto":
        return wanted
    return "cuda" if has_nvidia_gpu() else "cpu"


def has_nvidia_gpu() -> bool:
    """Tell whether the NVIDIA driver lists a GPU."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return False
    try:
        listed = subprocess.run([command, "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and "GPU 0" in listed.stdout


def install(requirement: str, build: str, pip: Pip, step: Step) -> None:
    """Install `requirement` (torch==X) in the wanted build.

    The CPU build comes from the PyTorch project's own index when that answers within a few seconds,
    else from pip's usual places, and there only after a look that it is no CUDA build: that would
    bring gigabytes which this machine cannot use.
    """
    if build == "cuda":
        pip.install(requirement, step=step)
        return
    index = os.environ.get("DOODLESCAPE_TORCH_INDEX", CPU_INDEX)
    if _answers(f"{index}/torch/"):
        try:
            pip.install(requirement, "--no-deps", "--index-url", index, step=step)
            return
        except SetupError:
            step.detail = "that index failed; asking the usual one"
    _refuse_cuda(requirement, index, pip, step)
    pip.install(requirement, "--no-deps", step=step)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT_S):
            return True
    except (OSError, ValueError):
        return False


def _refuse_cuda(requirement: str, index: str, pip: Pip, step: Step) -> None:
    """Raise SetupError when pip's usual places would give a CUDA build (a look, no download)."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        pip.install("--dry-run", "--no-deps", "--report", str(report), requirement, step=step)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    # Nothing is found when it is already installed.
    needs = [need for item in found for need in item["metadata"].get("requires_dist", [])]
    if any(need.startswith(("nvidia-", "cuda-")) for need in needs):
        raise SetupError(
            f"{index} does not answer, and the default package index has {requirement} only with "
            "CUDA (gigabytes): try again later, name a mirror with DOODLESCAPE_TORCH_INDEX, or "
            "accept it with DOODLESCAPE_TORCH=cuda"
        )
