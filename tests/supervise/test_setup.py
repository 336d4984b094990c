"""Installing: the right Python, the right PyTorch, one clear line when it cannot be."""

import ensurepip
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from supervise.errors import SetupError
from supervise.install import environment, platforms, pytorch
from supervise.install.pip import Pip
from supervise.install.progress import step

ROOT = Path(__file__).resolve().parents[2]
LOCK = "# torch: torch==2.0.0\ntorch==2.0.0\n"
CLOSED = "http://127.0.0.1:9/nothing"  # the discard port: nothing listens there


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a virtual environment with nothing in it but pip; tests work on copies."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def python(pristine: Path, tmp_path: Path) -> Path:
    """Return the Python of a virtual environment of this test's own."""
    shutil.copytree(pristine, tmp_path / ".venv", symlinks=True)
    return tmp_path / ".venv" / "bin" / "python"


@pytest.fixture
def wheelhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip know only one folder of packages, empty at first, and no index of PyTorch's."""
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("DOODLESCAPE_TORCH_INDEX", CLOSED)
    return folder


def put_wheel(wheelhouse: Path, requires: list[str]) -> None:
    """Put a package named torch, version 2.0.0, on the index."""
    info = "torch-2.0.0.dist-info"
    metadata = ["Metadata-Version: 2.1", "Name: torch", "Version: 2.0.0"]
    metadata += [f"Requires-Dist: {name}" for name in requires]
    with zipfile.ZipFile(wheelhouse / "torch-2.0.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("torch.py", "here = True\n")
        wheel.writestr(f"{info}/METADATA", "\n".join(metadata) + "\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def install_torch(python: Path, tmp_path: Path) -> None:
    """Install it the way `./start` does on a machine without a GPU."""
    with step("PyTorch") as shown:
        pytorch.install("torch==2.0.0", "cpu", Pip(python, tmp_path / "log"), shown)


def has_torch(python: Path) -> bool:
    """Tell whether the environment can import it."""
    return subprocess.run([python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode == 0


def put_cuda_wheels(wheelhouse: Path) -> None:
    """Put torch on the index as the default index has it: with CUDA packages that it needs."""
    put_wheel(wheelhouse, ["nvidia-cublas", "sympy"])
    for name in ("nvidia_cublas", "sympy"):
        with zipfile.ZipFile(wheelhouse / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}.py", "")
            wheel.writestr(
                f"{name}-1.0.dist-info/METADATA",
                f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            )
            tag = "Wheel-Version: 1.0\nTag: py3-none-any\n"
            wheel.writestr(f"{name}-1.0.dist-info/WHEEL", tag)
            wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")


@pytest.fixture
def no_torch_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the torch of the Python that runs the tests."""
    monkeypatch.setattr(pytorch, "torch_beside", lambda _: None)


@pytest.mark.usefixtures("no_torch_beside")
def test_where_only_cuda_can_be_had_it_is_taken_with_a_word(
    python: Path, wheelhouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without PyTorch's own index the CUDA build is better than none, and setup says so."""
    put_cuda_wheels(wheelhouse)

    install_torch(python, tmp_path)

    assert has_torch(python)
    assert "only with CUDA: taking that" in capsys.readouterr().err


@pytest.mark.usefixtures("no_torch_beside")
@pytest.mark.parametrize(
    ("asked", "free_bytes", "reason"),
    [
        ("cpu", 10**12, r"DOODLESCAPE_TORCH=cpu forbids.*DOODLESCAPE_TORCH_INDEX"),
        ("auto", 10**9, r"needs 9 GB of disk, 1.0 GB are free.*DOODLESCAPE_TORCH_INDEX"),
    ],
)
def test_a_cuda_build_is_refused_where_it_cannot_be(
    asked: str,
    free_bytes: int,
    reason: str,
    python: Path,
    wheelhouse: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DOODLESCAPE_TORCH=cpu or a small disk: setup says why and how to go on, installs nothing."""
    put_cuda_wheels(wheelhouse)
    monkeypatch.setenv("DOODLESCAPE_TORCH", asked)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free_bytes))

    with pytest.raises(SetupError, match=reason):
        install_torch(python, tmp_path)

    assert not has_torch(python)


def test_the_torch_of_this_python_serves_instead_of_gigabytes(
    python: Path, wheelhouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A torch of the right version beside the new environment is used where it is."""
    put_cuda_wheels(wheelhouse)
    beside = tmp_path / "beside"
    subprocess.run(
        [python, "-m", "pip", "install", "--no-deps", "--target", beside, "torch==2.0.0"],
        check=True,
        capture_output=True,
    )
    monkeypatch.syspath_prepend(str(beside))

    assert pytorch.torch_beside("torch==2.0.1") is None
    install_torch(python, tmp_path)

    shown = subprocess.run(
        [python, "-c", "import torch; print(torch.__file__)"], capture_output=True, text=True
    ).stdout
    assert shown.strip() == str(beside / "torch.py")


def test_the_default_index_serves_when_pytorchs_own_is_away(
    python: Path, wheelhouse: Path, tmp_path: Path
) -> None:
    """Without PyTorch's own index a CPU build comes from pip's usual places."""
    put_wheel(wheelhouse, ["sympy"])

    install_torch(python, tmp_path)
    install_torch(python, tmp_path)  # there already: nothing to do, and no fault

    assert has_torch(python)


@pytest.mark.usefixtures("wheelhouse")
def test_a_package_that_is_not_there_gives_pips_reason(python: Path, tmp_path: Path) -> None:
    """A failed installation ends with pip's own reason and where its whole log is."""
    with (
        step("packages") as shown,
        pytest.raises(SetupError, match=r"No matching distribution.*nowhere==1.*log"),
    ):
        Pip(python, tmp_path / "log").install("nowhere==1", step=shown)

    assert "nowhere" in (tmp_path / "log").read_text()


@pytest.fixture
def clone(tmp_path: Path, wheelhouse: Path, python: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let setup work in a folder of its own, on a lock that the wheelhouse alone satisfies."""
    put_wheel(wheelhouse, [])
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "serve.txt").write_text(f"# source: 1\n{LOCK}")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    # The wheelhouse has no newer pip than the one that Python brings, which shows no raw progress.
    monkeypatch.setattr(environment, "PIP", f"pip=={ensurepip.version()}")
    monkeypatch.setattr(environment, "PROGRESS", "--progress-bar=off")
    monkeypatch.setattr(environment, "PYTHON", python)
    for name in ("VENV", "STAMP", "UNFINISHED"):
        inside = getattr(environment, name).relative_to(ROOT)
        monkeypatch.setattr(environment, name, tmp_path / inside)
    return tmp_path


def test_a_second_run_installs_nothing(clone: Path) -> None:
    """A run on a finished environment leaves it alone; a changed lock is installed into it."""
    python = environment.ensure("serve.txt")
    lock, log = clone / "requirements" / "serve.txt", clone / ".venv" / "setup.log"
    said = log.read_text()

    lock.write_text(f"# source: 2\n{LOCK}")  # others' packages changed, not ours
    environment.ensure("serve.txt")
    assert log.read_text() == said
    lock.write_text(f"# source: 2\n{LOCK}# one more\n")
    environment.ensure("serve.txt")
    assert log.read_text() != said
    assert has_torch(python)


def test_the_first_start_finds_its_kernels_compiled(clone: Path) -> None:
    """Installing also compiles the kernels, in the new environment, so that no start waits."""
    (clone / "spade").mkdir()
    program = "import pathlib, torch; pathlib.Path('compiled').write_text(torch.__file__)"
    (clone / "spade" / "ahead.py").write_text(program)

    python = environment.ensure("serve.txt")

    assert (clone / "compiled").read_text().startswith(str(python.parents[1]))


def test_an_interrupted_run_is_not_built_upon(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an interrupted installation left, which can look whole, is removed by the next run."""

    def interrupt(*_: object) -> None:
        (clone / ".venv" / "half a package").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pytorch, "install", interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment.ensure("serve.txt")
    python = environment.ensure("serve.txt")

    assert not (clone / ".venv" / "half a package").exists()
    assert has_torch(python)


def test_a_full_disk_is_told_before_anything_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Setup on a disk without room names what it needs and what there is."""
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=300_000_000))

    with pytest.raises(SetupError, match=r"needs 2.5 GB.*0.3 GB free"):
        environment.ensure("serve.txt")

    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("system", "machine", "libc", "reason"),
    [
        ("Windows", "AMD64", "", "use WSL 2"),
        ("Darwin", "x86_64", "", "Apple silicon"),
        ("Linux", "riscv64", "glibc", "x86_64, aarch64"),
        ("Linux", "x86_64", "", "no glibc"),
    ],
)
def test_a_machine_without_packages_is_told_so(
    system: str, machine: str, libc: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform for which a pinned package has no build is named, with what to use instead."""
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, ""))

    with pytest.raises(SetupError, match=reason):
        platforms.check()


@pytest.mark.parametrize("script", ["start", "test"])
def test_an_old_python_is_told_so(script: str, tmp_path: Path) -> None:
    """With only an old Python, `./start` and `./test` end with one line that names it."""
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit\nexit 1\n')
    old.chmod(0o755)

    ended = subprocess.run(
        [ROOT / script],
        env={"PATH": f"{tmp_path}:/bin", "PYTHON": str(old)},
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "needs Python 3.11 to 3.14, found Python 3.9.2" in ended.stderr


def test_an_unknown_word_is_told_so() -> None:
    """`./start` with something that it does not know says so instead of starting."""
    ended = subprocess.run([ROOT / "start", "--prot=1"], capture_output=True, text=True)

    assert ended.returncode == 1
    assert "does not know '--prot=1'" in ended.stderr
