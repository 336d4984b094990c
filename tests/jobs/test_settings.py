"""Settings: read once, refused clearly, found beside a running `./start`."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from jobs import load_settings
from jobs.settings import DEVELOPMENT_SECRET
from jobs.urls import read_url


def test_the_environment_is_read_and_overrides_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are those documented; lists are comma separated; empty means default."""
    monkeypatch.setenv("MODEL", "landscape, coco")
    monkeypatch.setenv("LEASE", "7.5")
    monkeypatch.setenv("PORT", "")
    found = load_settings(max_depth=3)
    assert (found.models, found.default_model) == (("landscape", "coco"), "landscape")
    assert (found.lease_s, found.port, found.max_depth) == (7.5, 8000, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "99999"), ("LEASE", "0"), ("MODEL", ","), ("WEBHOOK_SECRET", "whsec_!!")],
)
def test_a_bad_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The error names the variable."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name):
        load_settings()


def test_production_refuses_the_published_secret() -> None:
    """Nobody goes to production with a secret that is in the repository."""
    with pytest.raises(ValidationError, match="SECRET_KEY"):
        load_settings(mode="production", secret_key=DEVELOPMENT_SECRET)
    assert load_settings(mode="production", secret_key="x" * 32).mode == "production"


def test_a_running_start_is_found_by_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without REDIS_URL the embedded server's address comes from DATA_DIR."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    (tmp_path / "redis.url").write_text("redis://:secret@127.0.0.1:7777/0\n")
    assert load_settings(data_dir=tmp_path).redis_url == "redis://:secret@127.0.0.1:7777/0"
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere:1/0")
    assert load_settings(data_dir=tmp_path).redis_url == "redis://elsewhere:1/0"


@pytest.mark.parametrize(
    ("url", "kind", "hosts", "name", "database"),
    [
        ("redis://:pw@a:1/2", "single", (("a", 1),), "", 2),
        ("rediss://u:p%2Fw@a", "single", (("a", 6379),), "", 0),
        (
            "redis+sentinel://:pw@a,[::1]:7/main/3",
            "sentinel",
            (("a", 26379), ("::1", 7)),
            "main",
            3,
        ),
        ("rediss+sentinel://a:5/main", "sentinel", (("a", 5),), "main", 0),
        ("redis+cluster://a:1,b:2", "cluster", (("a", 1), ("b", 2)), "", 0),
    ],
)
def test_every_kind_of_server_is_read(
    url: str, kind: str, hosts: tuple[tuple[str, int], ...], name: str, database: int
) -> None:
    """REDIS_URL names one server, Sentinels or a cluster, with or without TLS."""
    found = read_url(url)
    assert (found.kind, found.hosts, found.name, found.database) == (kind, hosts, name, database)
    assert found.tls is url.startswith("rediss")
    assert found.username in ("", "u")
    assert found.password in ("", "pw", "p/w")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"redis_url": "http://:hush@a"}, r"REDIS_URL is http://:\*\*\*@a: it must begin with"),
        ({"redis_url": "redis+sentinel://a:1"}, "name of the primary is missing"),
        ({"redis_url": "redis://a/x"}, "database 'x' is no number"),
        ({"redis_url": "redis+cluster://a/1"}, "only database 0"),
        ({"redis_url": "redis+proxy://a"}, "none of"),
        ({"redis_url": "redis+cluster://a"}, "set BROKER_URL to"),
        ({"broker_url": "redis+cluster://a"}, "Celery cannot use a cluster"),
        ({"redis_cert": Path("own.pem")}, "REDIS_CERT and REDIS_KEY belong together"),
    ],
)
def test_a_server_that_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    """A wrong address is said with its variable and what is wrong, and never with its password."""
    with pytest.raises(ValidationError, match=message) as refused:
        load_settings(**values)
    assert "hush" not in str(refused.value.errors(include_input=False))
