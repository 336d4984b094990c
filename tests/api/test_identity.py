"""Who is who: sessions, keys, tickets, and nobody sees anybody else's."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError

from jobs import Settings, load_settings
from tests.api.conftest import Hand, label_map, post, read, upload


def test_the_session_cookie_is_guarded(app: Flask) -> None:
    """The page sets a cookie that scripts cannot read and other sites cannot use."""
    with app.test_client().get("/") as answer:
        cookie = answer.headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_production_cookies_need_tls(make_app: Callable[..., Flask]) -> None:
    """In production the cookie is Secure and the answer says HSTS."""
    app = make_app(mode="production")

    with app.test_client().get("/") as answer:
        assert "Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"]


def test_production_refuses_the_published_secret() -> None:
    """Production mode does not start with the development secret."""
    with pytest.raises(ValidationError, match="SECRET_KEY"):
        load_settings(mode="production")


@pytest.mark.parametrize(
    ("method", "tail"),
    [
        ("GET", ""),
        ("GET", "/events"),
        ("GET", "/images/0"),
        ("GET", "/label-map"),
        ("DELETE", ""),
        ("POST", "/share"),
        ("DELETE", "/share"),
    ],
)
def test_anothers_job_does_not_exist(
    client: FlaskClient, stranger: FlaskClient, hand: Hand, method: str, tail: str
) -> None:
    """Whatever one tries on another's job, the answer is that of a job that never was."""
    url = read(post(client))["url"]
    hand.paint()

    theirs = stranger.open(url + tail, method=method)
    nowhere = stranger.open("/api/v1/jobs/0b5c8f3e-0000-4000-8000-000000000000", method=method)

    assert theirs.status_code == 404
    assert read(theirs)["code"] == "job-not-found"
    if not tail:
        assert read(theirs) == read(nowhere)
    assert read(client.get(url))["status"] == "succeeded"


def test_a_forged_cookie_is_nobody(app: Flask, client: FlaskClient) -> None:
    """A cookie with another user's name but no valid signature opens nothing."""
    url = read(post(client))["url"]
    genuine = client.get_cookie("doodlescape")
    assert genuine is not None
    forger = app.test_client()
    forger.set_cookie("doodlescape", genuine.value[:-4] + "AAAA")

    assert forger.get(url).status_code == 404


def test_plain_curl_keeps_its_job_by_ticket(app: Flask, hand: Hand) -> None:
    """Without cookies or a key the links in the answer still lead to the picture."""
    curl = app.test_client(use_cookies=False)

    address = post(curl).headers["Location"]
    hand.paint()

    image = read(curl.get(address))["images"][0]["url"]
    assert curl.get(image).mimetype == "image/png"
    assert curl.get(address.partition("?")[0]).status_code == 404


def test_a_ticket_opens_one_job_only(app: Flask) -> None:
    """The ticket of one job is worth nothing for another."""
    curl = app.test_client(use_cookies=False)
    first, second = (post(curl).headers["Location"] for _ in range(2))

    mixed = f"{first.partition('?')[0]}?{second.partition('?')[2]}"

    assert curl.get(mixed).status_code == 404


def keys(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line for keys."""
    return subprocess.run(
        [sys.executable, "-m", "api", "keys", *arguments],
        env={**os.environ, "REDIS_URL": settings.redis_url},
        capture_output=True,
        text=True,
    )


def test_a_key_works_until_revoked(settings: Settings, app: Flask) -> None:
    """Make a key, use it, list it, revoke it, and it opens nothing any more."""
    key = keys(settings, "create", "robot").stdout.strip()
    robot = app.test_client(use_cookies=False)
    robot.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    address = post(robot).headers["Location"]
    assert "ticket" not in address
    assert robot.get(address).status_code == 200

    listed = keys(settings, "list").stdout
    assert "robot" in listed
    assert key.rpartition("_")[2] not in listed

    key_id = listed.split()[0]
    assert keys(settings, "revoke", key_id).returncode == 0
    refused = robot.get(address)
    assert (refused.status_code, read(refused)["code"]) == (401, "bad-key")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert keys(settings, "revoke", key_id).returncode == 1


def test_the_secret_of_a_key_is_not_stored(settings: Settings, app: Flask) -> None:
    """What Redis holds of a key does not contain its secret."""
    ring = app.extensions["doodlescape"].keys
    _, text = ring.create("robot")

    stored = app.extensions["doodlescape"].ledger.redis.hgetall(f"{settings.namespace}:api-keys")

    assert text.split("_", 2)[2] not in str(stored)


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "dds_a_b", ""])
def test_a_bad_key_is_told(client: FlaskClient, header: str) -> None:
    """A header that is no key is a 401, never silently an anonymous session."""
    answer = client.get("/api/v1/jobs", headers={"Authorization": header})

    assert read(answer)["code"] == "bad-key"


BASIC = {"Authorization": "Basic dGVhY2hlcjpzZWNyZXQ="}


@pytest.mark.parametrize("sent", ["Basic dGVhY2hlcjpzZWNyZXQ=", "Negotiate YII=", "Digest x"])
def test_anothers_authorization_is_ignored(client: FlaskClient, sent: str) -> None:
    """What a proxy in front asked for is not ours: the session is who it was."""
    headers = {"Authorization": sent}
    posted = client.post("/api/v1/jobs", data={"label_map": upload(label_map())}, headers=headers)

    assert posted.status_code == 202
    assert client.get(read(posted)["url"], headers=headers).status_code == 200
    assert client.get(read(posted)["url"]).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", **BASIC},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_write(client: FlaskClient, headers: dict[str, str]) -> None:
    """A browser's write from another origin is refused before anything happens."""
    answer = client.delete("/api/v1/jobs", headers=headers)

    assert read(answer)["code"] == "origin-refused"


def test_a_proxy_that_drops_the_port_is_told_apart_by_public_url(
    make_app: Callable[..., Flask],
) -> None:
    """Behind `Host $host` on a port of its own, the refusal names the setting that helps."""
    origin = "https://paint.example:8443"
    headers = {"Origin": origin, "Host": "paint.example"}
    proxied = {"trusted_proxies": 1}

    refused = make_app(**proxied).test_client().delete("/api/v1/jobs", headers=headers)
    taken = (
        make_app(**proxied, public_url=origin).test_client().delete("/api/v1/jobs", headers=headers)
    )

    assert read(refused)["code"] == "origin-refused"
    assert f"PUBLIC_URL={origin}" in read(refused)["detail"]
    assert "PUBLIC_URL" in read(refused)["remedy"]
    assert taken.status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_our_own_page_and_programs_can_write(client: FlaskClient, headers: dict[str, str]) -> None:
    """The page's own writes pass, and so do programs, which send no Origin."""
    assert client.delete("/api/v1/jobs", headers=headers).status_code == 204


@pytest.mark.parametrize("path", ["/", "/api/docs", "/api/v1/models", "/nowhere", "/livez"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    """CSP without inline code, nosniff, and no framing, on pages, JSON and errors alike."""
    with client.get(path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
