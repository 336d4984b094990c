"""Whose host names are answered, and who may read the metrics."""

from collections.abc import Callable

import pytest
from flask import Flask
from pydantic import SecretStr

from api.hooks.guard import own_names
from jobs import Settings, load_settings
from tests.api.conftest import read

HERE = {"REMOTE_ADDR": "127.0.0.1"}
AFAR = {"REMOTE_ADDR": "1.1.1.1"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200), ("localhost", 200), ("[::1]:8000", 200), ("studio.example", 200),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("", 421), ("a b", 421),
    ],
)  # fmt: skip
def test_a_rebound_name_is_refused(make_app: Callable[..., Flask], host: str, status: int) -> None:
    """A server on loopback answers to this machine's names and PUBLIC_URL's, to no stranger's."""
    client = make_app(public_url="https://studio.example").test_client()

    answer = client.get("/api/v1/models", headers={"Host": host})

    assert answer.status_code == status
    if status == 421:
        assert read(answer)["code"] == "host-refused"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "10.1.2.3:8000", "api.svc", "paint.example"])
def test_probes_are_answered_whatever_host_they_name(
    make_app: Callable[..., Flask], host: str
) -> None:
    """`./start`, compose, Kubernetes and Prometheus ask for an address, which no name matches."""
    token = {"metrics_token": SecretStr("sesame")}
    client = make_app(allowed_hosts=("paint.example",), **token).test_client()
    headers = {"Host": host, "Authorization": "Bearer sesame"}

    assert client.get("/livez", headers=headers).status_code == 200
    assert client.get("/readyz?workers=0", headers=headers).status_code == 200
    assert client.get("/metrics", headers=headers).status_code == 200
    models = client.get("/api/v1/models", headers=headers)
    assert models.status_code == (200 if host == "paint.example" else 421)


def test_metrics_without_a_token_are_for_own_names(make_app: Callable[..., Flask]) -> None:
    """A page that points its name at this machine does not read them."""
    client = make_app(allowed_hosts=("paint.example",)).test_client()

    assert client.get("/metrics", headers={"Host": "evil.example"}).status_code == 421


def test_the_operator_names_the_hosts(settings: Settings) -> None:
    """ALLOWED_HOSTS wins everywhere; without it only a bare loopback server is picky."""

    def names(**changes: object) -> list[str] | None:
        return own_names(settings.model_copy(update=changes))

    assert names(allowed_hosts=("a.example", ".b.example"), host="0.0.0.0") == [
        "a.example",
        ".b.example",
    ]
    assert names(host="0.0.0.0") is None
    assert names(trusted_proxies=1) is None
    assert "localhost" in (names() or [])


def test_allowed_hosts_are_read_from_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment lists them with commas."""
    monkeypatch.setenv("ALLOWED_HOSTS", "a.example, .b.example")

    assert load_settings().allowed_hosts == ("a.example", ".b.example")


@pytest.mark.parametrize(
    ("environ", "headers", "status"),
    [
        (HERE, {}, 200),
        ({"REMOTE_ADDR": "10.1.2.3"}, {}, 200),
        (AFAR, {}, 403),
        (HERE, {"X-Forwarded-For": "10.1.2.3"}, 403),
        (HERE, {"Forwarded": "for=10.1.2.3"}, 403),
    ],
)
def test_metrics_are_for_neighbours(
    make_app: Callable[..., Flask], environ: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """Without a token only private addresses are answered, and nobody behind an unknown proxy."""
    client = make_app().test_client()

    answer = client.get("/metrics", environ_overrides=environ, headers=headers)

    assert answer.status_code == status


def test_metrics_behind_a_known_proxy_go_by_the_true_address(
    make_app: Callable[..., Flask],
) -> None:
    """With TRUSTED_PROXIES the address that the proxy saw decides."""
    client = make_app(trusted_proxies=1).test_client()

    answers = [
        client.get("/metrics", headers={"X-Forwarded-For": address}).status_code
        for address in ("10.1.2.3", "1.1.1.1")
    ]

    assert answers == [200, 403]


def test_a_metrics_token_opens_from_anywhere_and_is_needed_everywhere(
    make_app: Callable[..., Flask],
) -> None:
    """METRICS_TOKEN as a bearer token is the only key once it is set."""
    client = make_app(metrics_token=SecretStr("s3cret")).test_client()

    def status(environ: dict[str, str], token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.get("/metrics", environ_overrides=environ, headers=headers).status_code

    assert [status(AFAR, "s3cret"), status(AFAR, "other"), status(HERE, "")] == [200, 403, 403]
