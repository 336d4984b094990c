"""Choose and install the build of PyTorch: CUDA for an NVIDIA GPU, else the far smaller CPU one."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path

from supervise.errors import SetupError
from supervise.install.pip import Pip
from supervise.install.progress import Step

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PROBE_TIMEOUT_S = 4.0
CUDA_ROOM_BYTES = 9_000_000_000
#: Names, inside .venv, the folder of a torch that is installed elsewhere.
BESIDE = "doodlescape-torch.pth"


def wanted_build() -> str:
    """Return "cuda" or "cpu": what DOODLESCAPE_TORCH asks for, else what this machine has.

    Raises:
        SetupError: DOODLESCAPE_TORCH asks for something else.
    """
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
    else from pip's usual places. Where those have only the CUDA build, which is gigabytes that this
    machine cannot use, the torch of this Python serves if it is the right version; else the CUDA
    build is taken with a word about it, unless DOODLESCAPE_TORCH=cpu or the disk forbids.

    Raises:
        SetupError: nothing could be installed, or only what is forbidden.
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
    if not _is_cuda_only(requirement, pip, step):
        pip.install(requirement, "--no-deps", step=step)
    elif (folder := torch_beside(requirement)) is not None:
        _say(f"PyTorch's CPU build cannot be had; using the one in {folder}")
        (pip.site_packages() / BESIDE).write_text(f"{folder}\n", encoding="utf-8")
    else:
        _allow_cuda(requirement, index)
        pip.install(requirement, step=step)


def torch_beside(requirement: str) -> Path | None:
    """Return the folder of this Python's own torch when it is the required version."""
    try:
        found = metadata.distribution("torch")
    except metadata.PackageNotFoundError:
        return None
    _, _, wanted = requirement.partition("==")
    return Path(str(found.locate_file(""))) if found.version.split("+")[0] == wanted else None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT_S):
            return True
    except (OSError, ValueError):
        return False


def _is_cuda_only(requirement: str, pip: Pip, step: Step) -> bool:
    """Tell whether pip's usual places would give a CUDA build (a look, no download)."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        pip.install("--dry-run", "--no-deps", "--report", str(report), requirement, step=step)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    # Nothing is found when it is already installed.
    needs = [need for item in found for need in item["metadata"].get("requires_dist", [])]
    return any(need.startswith(("nvidia-", "cuda-")) for need in needs)


def _allow_cuda(requirement: str, index: str) -> None:
    """Say what taking the CUDA build means.

    Raises:
        SetupError: it is unwanted or too big.
    """
    why = f"{index} does not answer, and the default package index has {requirement} only with CUDA"
    if os.environ.get("DOODLESCAPE_TORCH") == "cpu":
        raise SetupError(
            f"{why}, which DOODLESCAPE_TORCH=cpu forbids: try again later, name a mirror with "
            "DOODLESCAPE_TORCH_INDEX, or unset it and accept gigabytes"
        )
    free_bytes = shutil.disk_usage(Path(__file__).parent).free
    if free_bytes < CUDA_ROOM_BYTES:
        raise SetupError(
            f"{why}: that needs {CUDA_ROOM_BYTES / 1e9:.0f} GB of disk, {free_bytes / 1e9:.1f} GB "
            "are free. Make room, or name a mirror of the CPU build with DOODLESCAPE_TORCH_INDEX"
        )
    _say(
        f"{why}: taking that (gigabytes; it paints on the CPU all the same). To avoid it, press "
        "Ctrl-C and name a mirror of the CPU build with DOODLESCAPE_TORCH_INDEX"
    )


def _say(text: str) -> None:
    print(f"\n  !  {text}", file=sys.stderr, flush=True)
