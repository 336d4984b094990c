"""What a run has found so far: one JSON file, rewritten after each step; a cut loses one step."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Record:
    """Results of steps by name; those of another program are not taken over.

    A step's entry: `status` "done" or "failed", `seconds`, and `result` or `error`.
    """

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        """Open the file, or begin it; with `fresh`, begin it in any case."""
        self._path = path
        self._data: dict[str, Any] = {"program": program_hash(), "facts": {}, "steps": {}}
        if path.is_file() and not fresh:
            kept = json.loads(path.read_text())
            if kept.get("program") == self._data["program"]:
                self._data = kept
            else:
                print(f"{path} is of another version of the program: beginning anew")

    @property
    def facts(self) -> dict[str, Any]:
        """The device and the versions of all that drives it."""
        found: dict[str, Any] = self._data["facts"]
        return found

    def is_done(self, name: str) -> bool:
        """Tell whether a step has its result."""
        return bool(self._data["steps"].get(name, {}).get("status") == "done")

    def results(self, prefix: str = "") -> dict[str, Any]:
        """Return results by step, of the steps whose name begins so."""
        return {
            name: entry["result"]
            for name, entry in self._data["steps"].items()
            if entry["status"] == "done" and name.startswith(prefix)
        }

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return everything about each step."""
        found: dict[str, dict[str, Any]] = self._data["steps"]
        return found

    def note_facts(self, facts: dict[str, Any]) -> None:
        """Keep what is known of the device."""
        self._data["facts"] = facts
        self._save()

    def note(self, name: str, entry: dict[str, Any]) -> None:
        """Keep what came of a step."""
        self._data["steps"][name] = entry
        self._save()

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self._data, indent=1) + "\n")
        os.replace(new, self._path)


def program_hash() -> str:
    """Return a SHA-256 of the code whose figures these are."""
    digest = hashlib.sha256()
    for folder in ("spade", "worker", "bench/gpu"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
