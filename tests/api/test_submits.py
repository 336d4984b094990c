"""Submits that are answered before Flask is asked: the same answers, by the same rules."""

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from api.hooks import logs
from jobs import Ledger, Settings
from tests.api.conftest import Hand, label_map, read, upload
from tests.api.test_limits import browser
from tests.api.test_polls import asked, counted
from tests.ports import free_port


def put(client: FlaskClient, job_id: str = "", **fields: str) -> TestResponse:
    """Put a label map, as a page does; headers begin with a capital."""
    headers = {name.replace("_", "-"): fields.pop(name) for name in [*fields] if name[0].isupper()}
    data = {"label_map": upload(label_map()), "seed": "1", **fields}
    return client.put(f"/api/v1/jobs/{job_id or uuid.uuid4()}", data=data, headers=headers)


def heads(answer: TestResponse) -> dict[str, str]:
    """Return an answer's headers without its own id and what the clock says."""
    own = ("X-Request-ID", "Retry-After", "RateLimit")
    return {name: "" if name in own else value for name, value in answer.headers}


def test_a_browsers_put_is_answered_without_flask(app: Flask, client: FlaskClient) -> None:
    """A page's submit does not run Flask."""
    with asked(app) as seen:
        answer = put(client)

    assert (answer.status_code, seen) == (202, [])
    assert client.get(read(answer)["label_map"]["url"]).status_code == 200


def test_both_ways_give_the_same_answer(app: Flask, client: FlaskClient) -> None:
    """Whether Flask answers, as under an id in capitals, or not cannot be seen from the answer."""
    job_id = str(uuid.uuid4())
    with asked(app) as seen:
        short = put(client, job_id, X_Request_ID="12345678")
        assert seen == []
        long = put(client, job_id.upper(), X_Request_ID="12345678")

    assert len(seen) == 1
    assert short.status_code == long.status_code == 202
    assert heads(short) == heads(long)
    assert short.data == long.data


def test_both_ways_are_counted_as_one_route(client: FlaskClient) -> None:
    """The metrics do not tell the two ways apart."""

    before = counted(client, "PUT")
    put(client)
    once = counted(client, "PUT")
    put(client, str(uuid.uuid4()).upper())

    assert once - before == counted(client, "PUT") - once == 2


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"Origin": "https://evil.example"}, 403, "origin-refused"),
        ({"Sec_Fetch_Site": "cross-site"}, 403, "origin-refused"),
        ({"Host": "evil.example"}, 421, "host-refused"),
        ({"model": "monet"}, 422, "unknown-model"),
        ({"count": "0"}, 422, "invalid-field"),
        ({"colour": "red"}, 422, "unknown-field"),
        ({"Content_Type": "application/json"}, 400, "malformed-json"),
        ({"Content_Type": "text/plain"}, 415, "unsupported-media-type"),
        ({"webhook_url": "x" * 200_000}, 413, "body-too-large"),
    ],
)
def test_refusals_are_those_of_every_submit(
    client: FlaskClient, sent: dict[str, str], status: int, code: str
) -> None:
    """What is refused of other requests is refused here, with the same words."""
    job_id = str(uuid.uuid4())
    short, long = put(client, job_id, **sent), put(client, job_id.upper(), **sent)

    assert (short.status_code, read(short)["code"]) == (status, code)
    assert short.data == long.data
    assert heads(short) == heads(long)


def test_what_the_ledger_refuses_has_the_same_headers(
    make_app: Callable[..., Flask], client: FlaskClient, hand: Hand, settings: Settings
) -> None:
    """Taken, dropped and reused ids, quotas, rates, a full queue, no store: one kind of answer."""
    job_id, dropped = str(uuid.uuid4()), str(uuid.uuid4())
    put(client, job_id)
    put(client, dropped)
    unkept = Ledger(hand.ledger.redis, settings.model_copy(update={"retention_s": 0.0}))
    unkept.cancel(dropped)
    assert unkept.drop_due(9) == (dropped,)
    limited = browser(make_app(rate_submit="1/hour"))
    put(limited)
    away = f"redis://127.0.0.1:{free_port()}/0"
    cases = [
        (browser(make_app()), job_id, {}, "job-id-taken"),
        (client, dropped, {}, "job-expired"),
        (client, job_id, {"seed": "2"}, "idempotency-conflict"),
        (browser(make_app(max_queued_per_user=0)), "", {}, "quota-exceeded"),
        (browser(make_app(max_depth=0)), "", {}, "queue-full"),
        (limited, "", {}, "rate-limited"),
        (browser(make_app(redis_url=away)), "", {}, "store-unavailable"),
    ]
    hand.appear()
    for caller, known, sent, code in cases:
        chosen = known or str(uuid.uuid4())
        short, long = put(caller, chosen, **sent), put(caller, chosen.upper(), **sent)

        assert (read(short)["code"], read(long)["code"]) == (code, code)
        assert short.status_code == long.status_code
        assert heads(short) == heads(long), code


def test_a_strangers_id_is_taken(client: FlaskClient, stranger: FlaskClient) -> None:
    """Nobody gets another's job by putting something under its id."""
    job_id = str(uuid.uuid4())
    put(client, job_id)

    assert read(put(stranger, job_id))["code"] == "job-id-taken"


def test_submits_are_limited(make_app: Callable[..., Flask]) -> None:
    """Refused and accepted submits count alike, each once, whoever answers."""
    client = browser(make_app(rate_submit="4/hour"))

    first = [put(client, count="0"), put(client), put(client, str(uuid.uuid4()).upper())]
    last = [put(client), put(client)]

    assert [answer.status_code for answer in first + last] == [422, 202, 202, 202, 429]


def test_a_submit_is_logged_with_job_and_user(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of a submit, and of one that is refused, is that of other requests."""
    monkeypatch.setattr(logs, "ENABLED", lambda _level: True)
    with capture_logs() as lines:
        job_id = read(put(client))["id"]
        put(client, model="monet")

    taken, refused = [line for line in lines if line["event"] == "request"]
    assert (taken["job"], taken["method"], taken["status"]) == (job_id, "PUT", 202)
    assert taken["user"] == refused["user"] is not None
    assert (taken["code"], refused["code"]) == (None, "unknown-model")
