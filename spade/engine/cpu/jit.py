"""How kernels are compiled: without the interpreter's lock, and kept on disk between runs."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

F = TypeVar("F", bound=Callable[..., Any])


def _cache_folder() -> Path:
    """Return a writable folder for compiled kernels that changes with their source.

    Numba looks only at the file of the kernel itself, not at those it takes intrinsics from.
    """
    source = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        source.update(path.read_bytes())
    name = f"kernels-{source.hexdigest()[:16]}"
    for parent in (Path(__file__).parent / "__pycache__", Path.home() / ".cache" / "doodlescape"):
        try:
            (parent / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(parent / name, os.W_OK):
            return parent / name
    return Path(tempfile.mkdtemp(prefix="doodlescape-kernels-"))


if not getattr(config, "CACHE_DIR", ""):
    setattr(config, "CACHE_DIR", str(_cache_folder()))  # noqa: B010 (not known to its types)


def kernel(function: F) -> F:
    """Compile a function on its first call; it may run in several threads at once."""
    return cast(F, numba.njit(nogil=True, cache=True, error_model="numpy")(function))
