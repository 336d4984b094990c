"""Run pip inside `.venv`, with its progress on one line and all it says in a log."""

import re
import subprocess
from pathlib import Path

from supervise.errors import SetupError
from supervise.install.progress import Step

DOWNLOADING = re.compile(r"Downloading (\S+?)-\d\S* \((.+)\)")
RAW_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")


class Pip:
    """The pip of one environment."""

    def __init__(self, python: Path, log: Path) -> None:
        """Use `python -m pip`; append its words to `log`."""
        self._python, self._log = python, log

    def install(self, *arguments: str, step: Step) -> None:
        """Run `pip install`, telling `step` how far it is.

        Raises:
            SetupError: it failed; the message has pip's reason.
        """
        command = [str(self._python), "-m", "pip", "install", "--no-input", *arguments]
        said = []
        with (
            self._log.open("a", encoding="utf-8") as log,
            subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
            ) as process,
        ):
            for line in process.stdout or ():
                step.detail = _detail(line) or step.detail
                if not RAW_PROGRESS.match(line):
                    log.write(line)
                    said.append(line.strip())
        if process.returncode:
            raise SetupError(self._reason(said))

    def site_packages(self) -> Path:
        """Return the folder that packages are installed into."""
        question = "import sysconfig; print(sysconfig.get_path('purelib'))"
        answer = subprocess.run(
            [str(self._python), "-I", "-c", question], capture_output=True, text=True, check=True
        )
        return Path(answer.stdout.strip())

    def _reason(self, said: list[str]) -> str:
        if any("No space left on device" in line for line in said):
            return "the disk is full: pip needs room here and in the temporary folder (TMPDIR)"
        errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
        reason = errors[-1] if errors else (said or ["pip said nothing"])[-1]
        return f"installing failed: {reason} (no network? all pip said is in {self._log})"


def _detail(line: str) -> str:
    """Shorten one line of pip's to what fits beside the step's title; empty when it has no news."""
    if match := DOWNLOADING.search(line):
        return f"downloading {match[1]}, {match[2]}"
    if (match := RAW_PROGRESS.match(line)) and int(match[2]):
        return f"downloading, {100 * int(match[1]) // int(match[2])} % of {_megabytes(match[2])}"
    if line.startswith("Installing collected packages"):
        return "unpacking"
    return ""


def _megabytes(size_bytes: str) -> str:
    return f"{int(size_bytes) / 1e6:.1f} MB"
