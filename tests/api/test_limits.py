"""Rates, quotas, and what happens when the store is away."""

import signal
from collections.abc import Callable

import pytest
import urllib3
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.hooks.identity import counted_address
from jobs import Settings, load_settings
from jobs.ledger import Ledger
from tests.api.conftest import Hand, doodle, label_map, post, read
from tests.conftest import Valkey
from tests.ports import free_port


def browser(app: Flask) -> FlaskClient:
    """Open the page in a fresh browser."""
    client = app.test_client()
    client.get("/").close()
    return client


def test_submits_are_limited_per_user(make_app: Callable[..., Flask]) -> None:
    """One submit too many is a 429 with Retry-After; another user is not touched by it."""
    app = make_app(rate_submit="2/hour")
    client = browser(app)
    assert [post(client).status_code for _ in range(2)] == [202, 202]

    refused = post(client)

    assert (refused.status_code, read(refused)["code"]) == (429, "rate-limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["RateLimit-Policy"] == '"default";q=2;w=3600'
    assert post(browser(app)).status_code == 202


def test_submits_are_limited_per_address(make_app: Callable[..., Flask]) -> None:
    """Fresh sessions do not get around the limit of their address."""
    app = make_app(rate_address="2/hour")

    answers = [post(browser(app)).status_code for _ in range(3)]

    assert answers == [202, 202, 429]


def test_a_network_of_ipv6_is_one_address(make_app: Callable[..., Flask]) -> None:
    """One subscriber's /64 counts as one, in rates and in quotas; the next one is another."""
    app = make_app(rate_address="3/hour", max_live_per_address=2, trusted_proxies=1)

    def code(address: str) -> str:
        client = app.test_client()
        client.environ_base["HTTP_X_FORWARDED_FOR"] = address
        return str(read(post(client)).get("code", "taken"))

    assert [code(f"2001:db8:0:1:{number}::1") for number in range(4)] == [
        "taken",
        "taken",
        "quota-exceeded",
        "rate-limited",
    ]
    assert code("2001:db8:0:2::1") == "taken"


@pytest.mark.parametrize(
    ("sent", "counted"),
    [
        ("2001:db8:0:1:a:b:c:d", "2001:db8:0:1::/64"),
        ("[2001:db8:0:1::9]:4711", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
    ],
)
def test_what_counts_as_one_address(sent: str, counted: str) -> None:
    """Ports, zones and the ways to write IPv4 in IPv6 make no other address."""
    assert counted_address(sent) == counted


def test_limits_hold_across_processes(make_app: Callable[..., Flask]) -> None:
    """Two processes count together."""
    first, second = make_app(rate_address="2/hour"), make_app(rate_address="2/hour")

    answers = [post(browser(app)).status_code for app in (first, second, first)]

    assert answers == [202, 202, 429]


def test_polls_have_their_own_limit(make_app: Callable[..., Flask]) -> None:
    """Polling too fast is told so, and does not eat up submits."""
    client = browser(make_app(rate_read="3/hour"))
    url = read(post(client))["url"]

    answers = [client.get(url).status_code for _ in range(4)]

    assert answers == [200, 200, 200, 429]
    assert post(client).status_code == 202


def test_polls_without_a_cookie_are_limited_too(make_app: Callable[..., Flask]) -> None:
    """Who shows no credentials is counted by address, not as somebody new each time."""
    app = make_app(rate_read="3/hour")
    plain = app.test_client(use_cookies=False)
    url = post(plain).headers["Location"]

    answers = [plain.get(url).status_code for _ in range(4)]

    assert answers == [200, 200, 200, 429]
    assert browser(app).get("/api/v1/jobs").status_code == 200


@pytest.mark.parametrize("cookies", [True, False])
def test_work_of_decoding_is_limited(make_app: Callable[..., Flask], cookies: bool) -> None:
    """A picture of two mebibytes counts as three requests, with a cookie and without."""
    app = make_app(rate_submit="4/hour")
    client = browser(app) if cookies else app.test_client(use_cookies=False)
    large = doodle() + bytes(2 * 2**20)

    def send(data: bytes) -> TestResponse:
        body, kind = urllib3.encode_multipart_formdata({"picture": ("a.png", data)})
        return client.post("/api/v1/import", data=body, content_type=kind)

    assert [send(large).status_code, send(doodle()).status_code] == [200, 200]
    refused = send(large)
    assert (refused.status_code, read(refused)["code"]) == (429, "rate-limited")
    assert "counts as 3" in read(refused)["detail"]


def test_forwarded_addresses_are_believed_only_from_proxies(
    make_app: Callable[..., Flask],
) -> None:
    """X-Forwarded-For counts only when TRUSTED_PROXIES says that a proxy writes it."""
    direct = make_app(rate_address="1/hour").test_client()
    proxied = make_app(rate_address="1/hour", trusted_proxies=1).test_client()

    def codes(client: FlaskClient) -> list[int]:
        found = []
        for number in (1, 2):
            client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
            found.append(post(client).status_code)
        return found

    assert codes(direct) == [202, 429]
    assert codes(proxied) == [202, 202]


def test_the_queue_quota_is_per_user(make_app: Callable[..., Flask], hand: Hand) -> None:
    """One queued job too many names quota and limit, and says when there is room again."""
    hand.appear()
    app = make_app(max_queued_per_user=2)
    client = browser(app)
    assert [post(client).status_code for _ in range(2)] == [202, 202]

    refused = post(client)

    body = read(refused)
    assert (refused.status_code, body["code"]) == (429, "quota-exceeded")
    assert (body["quota"], body["limit"]) == ("queued", 2)
    assert refused.headers["Retry-After"] == "2"
    assert post(browser(app)).status_code == 202


def test_a_job_paints_as_many_pixels_as_it_may(make_app: Callable[..., Flask]) -> None:
    """Size times variations above the limit is refused with both; GET /models says the limit."""
    client = browser(make_app(max_paint_pixels=2 * 64 * 64))
    assert read(client.get("/api/v1/models"))["models"][0]["max_pixels"] == 2 * 64 * 64
    assert post(client, count=2).status_code == 202

    refused = post(client, count=3)

    body = read(refused)
    assert (refused.status_code, body["code"]) == (413, "too-many-pixels")
    assert (body["value"], body["limit"]) == (3 * 64 * 64, 2 * 64 * 64)
    assert "3 x 64x64" in body["detail"]


def test_a_users_jobs_share_a_quota_of_pixels(make_app: Callable[..., Flask]) -> None:
    """Large pictures use it up sooner than small ones; another user has a quota of his own."""
    app = make_app(max_pixels_per_user=5 * 64 * 64, max_paint_pixels=4 * 64 * 64)
    client = browser(app)
    assert post(client, count=4).status_code == 202

    refused = post(client, count=2)

    body = read(refused)
    assert (refused.status_code, body["code"]) == (429, "quota-exceeded")
    assert (body["quota"], body["limit"]) == ("pixels", 5 * 64 * 64)
    assert post(client).status_code == 202
    assert post(browser(app), count=2).status_code == 202


def test_a_full_service_is_503(make_app: Callable[..., Flask], hand: Hand, ledger: Ledger) -> None:
    """When the queue is full for everyone the answer is a 503 that drains at the workers' rate."""
    hand.appear()
    app = make_app(max_depth=1)
    assert post(browser(app)).status_code == 202

    refused = post(browser(app))

    assert (refused.status_code, read(refused)["code"]) == (503, "queue-full")
    assert refused.headers["Retry-After"] == "2"
    blobs = [key for key in ledger.redis.scan_iter("*blobs*") if ledger.redis.hlen(key)]
    assert len(blobs) == 1


def test_a_slot_holds_one_queued_job(client: FlaskClient) -> None:
    """A newer job of the same slot replaces the queued older one, which says by whom."""
    first = read(post(client, slot="live"))
    second = read(post(client, slot="live"))

    replaced = read(client.get(first["url"]))
    assert (replaced["status"], replaced["error"]["code"]) == ("cancelled", "replaced")
    assert second["position"] == 1


@pytest.fixture
def lonely(checkpoints: object) -> Settings:
    """Give settings whose Redis is away."""
    return load_settings(
        redis_url=f"redis://127.0.0.1:{free_port()}/0",
        checkpoints_dir=checkpoints,
        models=("tiny",),
    )


def test_without_the_store_the_answer_is_503(
    make_app: Callable[..., Flask], lonely: Settings
) -> None:
    """Redis away: every job address says 503 with Retry-After, and none of them 500."""
    client = browser(make_app(redis_url=lonely.redis_url))

    answers = [
        post(client),
        client.get("/api/v1/jobs"),
        client.get("/api/v1/jobs/x"),
        client.put("/api/v1/jobs/x", data={}),
        client.get("/api/v1/shares/x"),
        client.post("/api/v1/import", data={}),
    ]

    for answer in answers:
        assert (answer.status_code, read(answer)["code"]) == (503, "store-unavailable")
        assert answer.headers["Retry-After"]


def test_a_store_that_hangs_is_a_503(make_app: Callable[..., Flask], valkey: Valkey) -> None:
    """Redis that says nothing is a 503 after API_REDIS_TIMEOUT; when it speaks, all is well."""
    client = browser(make_app(api_redis_timeout_s=0.2))
    url = read(post(client))["url"]
    valkey.send(signal.SIGSTOP)
    try:
        answer = client.get(url)
    finally:
        valkey.send(signal.SIGCONT)

    assert (answer.status_code, read(answer)["code"]) == (503, "store-unavailable")
    valkey.wait()
    assert client.get(url).status_code == 200


def test_without_the_store_one_can_go_on_painting(
    make_app: Callable[..., Flask], lonely: Settings
) -> None:
    """Redis away: page, models and liveness answer, readiness says what is missing."""
    client = browser(make_app(redis_url=lonely.redis_url))

    assert len(read(client.get("/api/v1/models"))["models"]) == 2
    assert client.get("/livez").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert read(ready)["reasons"] == ["the job store does not answer"]
    assert "doodlescape_store_up 0.0" in client.get("/metrics").text


def test_readiness_needs_a_worker(client: FlaskClient) -> None:
    """Ready means that a job posted now would be painted."""
    assert read(client.get("/readyz"))["reasons"] == ["no worker is ready"]


def test_a_load_balancer_asks_for_no_worker(client: FlaskClient) -> None:
    """With ?workers=0 a service that takes jobs is ready; with N it wants N workers."""
    assert client.get("/readyz?workers=0").status_code == 200
    assert read(client.get("/readyz?workers=2"))["reasons"] == ["too few workers are ready"]
    assert client.get("/readyz?workers=-1").status_code == 422


def test_ready_with_a_worker(client: FlaskClient, hand: Hand) -> None:
    """With Redis and a living worker the service is ready."""
    hand.appear()

    ready = {"status": "ready", "workers": 1, "reasons": [], "warnings": []}
    assert read(client.get("/readyz")) == ready


def test_an_operator_may_allow_more(make_app: Callable[..., Flask]) -> None:
    """MAX_COUNT and MAX_WAIT count above their defaults too, in the document as well."""
    client = browser(make_app(max_count=12, max_wait_s=40.0, batch_items=16))

    made = read(post(client, count="12"))
    assert made["count"] == 12
    assert read(post(client, count="13"))["errors"][0]["field"] == "count"

    client.delete(made["url"])
    assert client.get(f"{made['url']}?wait=40").status_code == 200
    assert read(client.get(f"{made['url']}?wait=41"))["errors"][0]["field"] == "wait"

    document = read(client.get("/api/openapi.json"))
    asked = document["paths"]["/api/v1/jobs"]["post"]["requestBody"]["content"]
    assert asked["application/json"]["schema"]["properties"]["count"]["maximum"] == 12
    query = document["paths"]["/api/v1/jobs/{job_id}"]["get"]["parameters"]
    assert {one["schema"].get("maximum") for one in query if one["name"] == "wait"} == {40}


def test_bodies_are_limited_before_they_are_read(client: FlaskClient) -> None:
    """A claimed length over the limit is refused without waiting for the bytes."""
    answer = client.post(
        "/api/v1/jobs",
        data=label_map(),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(10**9)},
    )

    assert read(answer)["code"] == "body-too-large"


def test_an_operator_may_allow_fewer_variations(make_app: Callable[..., Flask]) -> None:
    """MAX_COUNT bounds the variations of one job, by name."""
    client = browser(make_app(max_count=2))

    refused = read(post(client, count="3"))

    assert (refused["code"], refused["errors"][0]["field"]) == ("invalid-field", "count")
    assert post(client, count="2").status_code == 202
