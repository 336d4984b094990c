"""Settings: read once, refused clearly, found beside a running `./start`."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from jobs import load_settings
from jobs.settings import DEVELOPMENT_SECRET


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
