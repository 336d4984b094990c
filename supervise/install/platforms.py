"""Which machines can run Doodlescape: those for which every pinned package has a wheel."""

import platform

from supervise.errors import SetupError

SUPPORTED = {
    ("Linux", "x86_64"),
    ("Linux", "aarch64"),
    ("Darwin", "arm64"),
}


def check() -> None:
    """Check that the pinned packages support this machine.

    Raises:
        SetupError: they do not.
    """
    system, machine = platform.system(), platform.machine()
    if (system, machine) not in SUPPORTED:
        raise SetupError(
            f"{system} on {machine} is not supported: Doodlescape runs on Linux (x86_64, aarch64) "
            "and macOS (Apple silicon); on Windows use WSL 2"
        )
    if system == "Linux" and platform.libc_ver()[0] != "glibc":
        raise SetupError(
            "this Linux has no glibc (Alpine?), and PyTorch has no build for it: "
            "use Debian, Ubuntu, Fedora or the like"
        )
