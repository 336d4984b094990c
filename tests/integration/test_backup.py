"""A backup taken under load, and the service restored from it elsewhere."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from bench.rig.part import ROOT
from jobs import Job, Ledger, Status, load_settings, open_ledger
from jobs.backup import BackupFailed, back_up
from supervise import dataserver
from tests.integration.conftest import FAST, Stage
from tests.waiting import until

pytestmark = pytest.mark.slow
ELSEWHERE = {"dir": "/nowhere", "dbfilename": "dump.rdb"}


@contextlib.contextmanager
def data_server(data_dir: Path) -> Iterator[str]:
    """Run the embedded server on a data folder as `./start` does; give its URL."""
    data_dir.mkdir(exist_ok=True)
    command, url = dataserver.configure(data_dir)
    process = subprocess.Popen(command, cwd=data_dir, stdout=subprocess.DEVNULL)
    try:
        ledger = open_ledger(load_settings(redis_url=url, data_dir=data_dir))
        until(lambda: answers(ledger))
        yield url
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def answers(ledger: Ledger) -> bool:
    """Tell whether the server has read its files and answers."""
    with contextlib.suppress(RedisError):
        return bool(ledger.redis.ping())
    return False


def stage_on(data_dir: Path, url: str, log: Path) -> Stage:
    """Return a stage on a data folder, with its blobs in files."""
    log.mkdir()
    environment = {
        "REDIS_URL": url,
        "DATA_DIR": str(data_dir),
        "MODEL": "tiny",
        "BLOB_STORE": "folder",
        "DOODLESCAPE_PAINTER": "bench.painters:sleeper",
        "BENCH_BATCH_S": "0.5",
        "BATCH_ITEMS": "2",
    } | {name.removesuffix("_s").upper(): str(value) for name, value in FAST.items()}
    settings = load_settings(
        redis_url=url, data_dir=data_dir, blob_store="folder", models=("tiny",), **FAST
    )
    return Stage(settings, environment, log)


def test_a_backup_under_load_restores_to_a_working_service(tmp_path: Path) -> None:
    """What was finished at the backup has its pictures; what waited or ran is painted after it."""
    before, after = tmp_path / "data", tmp_path / "restored"
    with data_server(before) as url:
        (before / "secret_key").write_text("k" * 32)
        stage = stage_on(before, url, tmp_path / "before")
        stage.worker()
        jobs = [stage.submit(f"u{n}") for n in range(40)]
        until(lambda: sum(stage.status(job) == "succeeded" for job in jobs) >= 10)
        assert back_up(stage.ledger.redis, stage.settings, after) > 1000
        assert list(before.rglob("dump.rdb")), "the backup has taken the server's own snapshot away"
        by_hand = subprocess.run(
            [sys.executable, "-m", "jobs", "--json", "backup", str(tmp_path / "by hand")],
            cwd=ROOT, env=os.environ | stage.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert by_hand.returncode == 0, by_hand.stderr
        assert json.loads(by_hand.stdout)["bytes"] > 1000
        stage.close()
    assert stat.S_IMODE(after.stat().st_mode) == 0o700
    assert (after / "secret_key").read_text() == "k" * 32

    with data_server(after) as url:
        stage = stage_on(after, url, tmp_path / "after")
        at_backup = [stage.status(job) for job in jobs]
        assert 10 <= at_backup.count("succeeded") < len(jobs)
        check_pictures(stage, [job for job in jobs if stage.status(job) == "succeeded"])
        stage.worker("w2")
        done = stage.finish(jobs)
        assert {job.status for job in done} == {Status.SUCCEEDED}
        check_pictures(stage, jobs)
        stage.close()


def check_pictures(stage: Stage, jobs: list[Job]) -> None:
    """See that each finished job's pictures are whole."""
    for job in jobs:
        for picture in stage.ledger.get(job.id).images:
            data = stage.blobs.get(job.id, picture.blob)
            assert data is not None
            assert data.endswith(b"IEND\xaeB`\x82")


def test_a_backup_never_overwrites_and_needs_the_servers_files(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An existing folder is refused, and so is a server whose files are elsewhere."""
    with pytest.raises(BackupFailed, match="exists already"):
        back_up(ledger.redis, ledger.settings, tmp_path)
    monkeypatch.setattr(ledger.redis, "config_get", lambda name: {name: ELSEWHERE[name]})
    with pytest.raises(BackupFailed, match="/nowhere, which is not here"):
        back_up(ledger.redis, ledger.settings, tmp_path / "new")
    assert not (tmp_path / "new").exists()
