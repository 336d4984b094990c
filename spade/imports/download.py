"""Fetch published weights from where their authors keep them, and import them."""

import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spade.extras import remedy_for
from spade.imports.nvidia import import_nvidia
from spade.imports.presets import PRESETS
from spade.model.card import Card, CheckpointError

OFFICIAL_ARCHIVE = "12gvlTbMvUcJewQlSEaZdeb2CdOB-b8kQ"
Progress = Callable[[int, int | None], None]
Fetch = Callable[[str, Path, Progress], None]


class DownloadError(CheckpointError):
    """Weights that could not be fetched; the text says what to do by hand."""


@dataclass(frozen=True)
class Source:
    """A Google Drive file, and the member wanted of it where it is an archive."""

    drive_id: str
    member: str | None = None

    @property
    def page(self) -> str:
        """Address for a browser."""
        return f"https://drive.google.com/file/d/{self.drive_id}/view"


SOURCES = {
    "landscape": Source("15VSa2m2F6Ch0NpewDR7mkKAcXlMgDi5F"),
    "coco": Source(OFFICIAL_ARCHIVE, "coco_pretrained/latest_net_G.pth"),
    "ade20k": Source(OFFICIAL_ARCHIVE, "ade20k_pretrained/latest_net_G.pth"),
    "cityscapes": Source(OFFICIAL_ARCHIVE, "cityscapes_pretrained/latest_net_G.pth"),
}


def download(name: str, out: Path, progress: Progress, fetch: Fetch | None = None) -> Card:
    """Fetch, verify and import the weights called `name` into the folder `out`.

    What is fetched is verified by its structure: the archive's checksums, and every tensor's name
    and shape; their authors publish no hashes. The card keeps the SHA-256 of what came.

    Raises:
        DownloadError: no network, or the authors' host does not give the file.
        CheckpointError: what came is not what it should be; nothing is written then.
    """
    source, preset = SOURCES[name], PRESETS[name]
    assert preset.label_set is not None
    card = Card(
        name=out.resolve().name,
        title=preset.title,
        label_set=preset.label_set,
        architecture=preset.architecture,
        licence=preset.licence,
    )
    with tempfile.TemporaryDirectory(prefix="doodlescape-") as folder:
        file = Path(folder) / "fetched"
        try:
            (fetch or fetch_from_drive)(source.drive_id, file, progress)
        except OSError as error:
            reason = str(error).partition("\n")[0]
            raise DownloadError(_by_hand(name, source, reason)) from None
        return import_nvidia(_extracted(file, source.member), out, card)


def fetch_from_drive(drive_id: str, target: Path, progress: Progress) -> None:
    """Fetch one Google Drive file.

    Raises:
        OSError: it cannot be fetched, or the package that fetches is not installed.
    """
    try:
        import gdown
        from gdown.exceptions import DownloadError as DriveError
    except ModuleNotFoundError as error:
        raise OSError(remedy_for(error) or str(error)) from None
    try:
        gdown.download(
            id=drive_id, output=str(target), quiet=True, progress=progress, timeout=30, retries=2
        )
    except DriveError as error:
        raise OSError(str(error)) from None


def _extracted(file: Path, member: str | None) -> Path:
    """Return the generator's file: `file` itself, or the wanted member of an archive."""
    if member is None and not tarfile.is_tarfile(file):
        return file
    wanted = member or "latest_net_G.pth"
    target = file.with_name("latest_net_G.pth")
    try:
        with tarfile.open(file) as archive:
            found = [entry for entry in archive if entry.isfile() and entry.name.endswith(wanted)]
            content = archive.extractfile(found[0]) if found else None
            if content is None:
                raise CheckpointError(f"the archive that came holds no {wanted}")
            with target.open("wb") as out:
                while block := content.read(2**20):
                    out.write(block)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CheckpointError(f"what came is no whole archive ({error}); try again") from None
    return target


def _by_hand(name: str, source: Source, reason: str) -> str:
    unpack = f", unpack {source.member}" if source.member else ""
    return (
        f"cannot fetch '{name}' ({reason.rstrip('.')}). By hand: open {source.page} in a browser, "
        f"save the file{unpack}, then python -m spade import latest_net_G.pth --arch {name}"
    )
