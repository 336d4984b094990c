"""Every program says a wrong setting in a line: name, value, a good example, and nothing secret."""

import os
import socket
import subprocess
import sys

import pytest
from pydantic import ValidationError

from jobs import load_settings
from jobs.setting_errors import setting_errors
from tests.programs import ROOT

PROGRAMS = {
    "start": ["-m", "supervise.start"],
    "api": ["-m", "api.server"],
    "keys": ["-m", "api", "keys", "list"],
    "jobs": ["-m", "jobs", "queues"],
    "worker": ["-m", "worker.app"],
    "alive": ["-m", "worker.alive"],
    "celery": ["-m", "celery", "-A", "jobs.server.celery_app", "inspect", "ping"],
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_says_it_at_its_start(program: str) -> None:
    """No traceback, no crash loop, no password: two lines for two wrong settings, and the end."""
    ended = subprocess.run(
        [sys.executable, *PROGRAMS[program]],
        cwd=ROOT,
        env={**os.environ, "RATE_SUBMIT": "10/min", "WEBHOOK_SECRET": "whsec_hu!!sh"},
        capture_output=True,
        text=True,
        timeout=120,
    )

    lines = ended.stderr.strip().splitlines()
    assert ended.returncode not in (0, None)
    assert len(lines) == 2, ended.stderr
    assert "RATE_SUBMIT is '10/min': it must be N/second" in ended.stderr
    assert "for example RATE_SUBMIT=120/minute" in ended.stderr
    assert "hu!!sh" not in ended.stderr + ended.stdout


def test_an_api_does_not_share_its_port() -> None:
    """Where something listens already, even one that would share, the API ends with a line."""
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, *PROGRAMS["api"]],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith(f"doodlescape: PORT is {port}, HOST is 127.0.0.1: cannot listen there")
    assert line.endswith(f"PORT={port + 1}")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RATE_READ", "0/second", "RATE_READ is '0/second': it must be"),
        ("RATE_ADDRESS", "many", "for example RATE_ADDRESS=600/minute"),
        ("PORT", "abc", "PORT is 'abc': "),
        ("LEASE", "inf", "LEASE is 'inf': "),
        ("RETENTION", "nan", "for example RETENTION=86400.0"),
        ("PUBLIC_URL", "https://a.example/paint", "cannot be served under a path"),
        ("PUBLIC_URL", "paint.example", "for example PUBLIC_URL=https://paint.example"),
        ("PUBLIC_URL", "https://a:x", "must be an address"),
        ("BLOB_STORE", "disk", "BLOB_STORE is 'disk': it must be redis, folder"),
        ("BLOB_STORE", "s3:", "the bucket is missing"),
        ("S3_ENDPOINT", "s3.example", "must be an address"),
        ("REDIS_CA", "/nowhere.pem", "REDIS_CA is /nowhere.pem, which is no file"),
        ("REDIS_URL", "redis://:pa#hush@host:6379", "write # as %23"),
        ("REDIS_URL", "redis://me:hush/hush@host", "redis://me:***@host: in user and password"),
        ("REDIS_URL", "redis://me:hush:hush@host:hush", "a host or a port cannot be read"),
        ("REDIS_URL", "http://:hush@a", "for example REDIS_URL=redis://:PASSWORD@127.0.0.1"),
        ("SECRET_KEY", "", ""),
    ],
)
def test_a_wrong_value_is_told_with_a_good_one(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """The line names the variable, the value and a good one; a password shows as ***."""
    monkeypatch.setenv(name, value)
    if not said:
        monkeypatch.setenv("DOODLESCAPE_MODE", "production")
        said = "SECRET_KEY is the development default"

    with pytest.raises(ValidationError) as refused:
        load_settings()

    (line,) = setting_errors(refused.value)
    assert said in line
    assert "hush" not in line.replace("host:hush", "")
    assert "hush" not in str(refused.value).replace("host:hush", "")


def test_good_values_are_taken() -> None:
    """An address may end in a slash; a password may have its signs in percent form."""
    assert load_settings(public_url="https://a.example:8443/").public_url == (
        "https://a.example:8443"
    )
    assert load_settings(redis_url="redis://me:p%23%40@host:1/0").redis_url
    assert load_settings(rate_submit="10 per minute", blob_store="s3://bucket/pre")
