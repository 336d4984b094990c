"""Requests that are safe to repeat: PUT under the client's id, and Idempotency-Key."""

import contextlib
import hashlib
import threading
import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.exceptions import TimeoutError
from werkzeug.test import TestResponse

from api.hooks.identity import Caller
from api.schemas.jobs import JobOptions
from api.submit import accept, intake
from api.submit.submission import Submission
from jobs import Ledger, NewJob
from jobs.ledger import Accepted
from jobs.lua.scripts import Beside
from tests.api.conftest import Hand, label_map, post, read, upload
from tests.api.test_limits import browser
from tests.conftest import Valkey
from tests.integration.proxy import Proxy


def put(client: FlaskClient, job_id: str, **fields: str) -> TestResponse:
    """Put a label map under an id."""
    return client.put(f"/api/v1/jobs/{job_id}", data={"label_map": upload(label_map()), **fields})


def post_once(client: FlaskClient, key: str, data: bytes | None = None) -> TestResponse:
    """Post a label map with an Idempotency-Key."""
    return client.post(
        "/api/v1/jobs",
        data={"label_map": upload(data or label_map())},
        headers={"Idempotency-Key": key},
    )


def test_a_repeated_put_is_one_job(client: FlaskClient, ledger: Ledger) -> None:
    """The same body under the same id is accepted once and answered the same again."""
    job_id = str(uuid.uuid4())

    first, second = put(client, job_id, seed="1"), put(client, job_id, seed="1")

    assert first.status_code == second.status_code == 202
    assert read(first)["id"] == read(second)["id"] == job_id
    assert len(ledger.list_jobs(read_user(ledger, job_id)).jobs) == 1


def read_user(ledger: Ledger, job_id: str) -> str:
    """Name the owner of a job."""
    return ledger.get(job_id).user


@pytest.mark.parametrize("blob_store", ["redis", "folder"])
def test_a_job_accepted_behind_a_time_out_has_its_label_map(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, blob_store: str
) -> None:
    """The server takes the record, but its answer comes too late: the job has its input."""
    app = make_app(blob_store=blob_store)
    client, ledger = browser(app), app.extensions["doodlescape"].ledger
    job_id, submit = str(uuid.uuid4()), ledger.submit

    def too_late(new: NewJob, beside: Beside | None) -> None:
        submit(new, beside)
        raise TimeoutError("Timeout reading from socket")

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "submit", too_late)
        first = put(client, job_id)
    second = put(client, job_id)

    assert (first.status_code, second.status_code) == (503, 202)
    assert client.get(read(second)["label_map"]["url"]).status_code == 200


@pytest.mark.parametrize("blob_store", ["redis", "folder"])
def test_a_job_whose_answer_was_lost_keeps_its_label_map(
    make_app: Callable[..., Flask],
    valkey: Valkey,
    monkeypatch: pytest.MonkeyPatch,
    blob_store: str,
) -> None:
    """Cut off before the answer, the client sends the script again and finds its own job there."""
    with contextlib.closing(Proxy(valkey.port)) as proxy:
        app = make_app(redis_url=f"redis://127.0.0.1:{proxy.port}/0", blob_store=blob_store)
        client, ledger = browser(app), app.extensions["doodlescape"].ledger
        submit = ledger.submit

        def cut_off(new: NewJob, beside: Beside | None) -> Accepted:
            proxy.lose_next_answer()
            accepted: Accepted = submit(new, beside)
            assert not accepted.created
            return accepted

        monkeypatch.setattr(ledger, "submit", cut_off)
        answer = put(client, str(uuid.uuid4()))

        assert answer.status_code == 202
        assert client.get(read(answer)["label_map"]["url"]).status_code == 200


def test_a_key_is_held_behind_a_time_out(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post whose script may still run keeps its Idempotency-Key: no second job can be made."""
    ledger = app.extensions["doodlescape"].ledger

    def never_answered(*_: object) -> None:
        raise TimeoutError("Timeout reading from socket")

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "submit", never_answered)
        first = post_once(client, "k1")
    second = post_once(client, "k1")

    assert first.status_code == 503
    assert read(second)["code"] == "idempotency-in-flight"


def test_a_put_with_another_body_changes_nothing(client: FlaskClient, hand: Hand) -> None:
    """Another body under a used id is a 422, and the first job keeps its label map."""
    job_id = str(uuid.uuid4())
    url = read(put(client, job_id, seed="1"))["label_map"]["url"]
    before = client.get(url).data

    answer = put(client, job_id, seed="2")

    assert read(answer)["code"] == "idempotency-conflict"
    assert client.get(url).data == before
    hand.paint()


def test_a_put_is_repeated_without_a_cookie(app: Flask, ledger: Ledger) -> None:
    """Plain curl repeats its PUT and gets the same job, and a ticket each time, but no cookie."""
    plain = app.test_client(use_cookies=False)
    job_id, other = str(uuid.uuid4()), str(uuid.uuid4())

    first, second, changed = put(plain, job_id), put(plain, job_id), put(plain, job_id, seed="2")

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.headers["Location"] == second.headers["Location"]
    assert plain.get(second.headers["Location"]).status_code == 200
    assert "Set-Cookie" not in second.headers
    assert read(changed)["code"] == "idempotency-conflict"
    put(plain, other)
    assert len({read_user(ledger, name) for name in (job_id, other)}) == 2


def test_a_browsers_job_is_not_found_without_its_cookie(app: Flask, client: FlaskClient) -> None:
    """A PUT without a cookie does not reach a job that a session has put."""
    job_id = str(uuid.uuid4())
    put(client, job_id)

    assert read(put(app.test_client(use_cookies=False), job_id))["code"] == "job-id-taken"


def test_a_put_under_anothers_id_is_refused(client: FlaskClient, stranger: FlaskClient) -> None:
    """An id in use by somebody else is a conflict, and his job is untouched."""
    job_id = str(uuid.uuid4())
    put(client, job_id)

    answer = put(stranger, job_id)

    assert read(answer)["code"] == "job-id-taken"
    assert read(client.get(f"/api/v1/jobs/{job_id}"))["status"] == "queued"


def test_the_same_key_and_body_is_one_job(client: FlaskClient) -> None:
    """A repeated POST with the same Idempotency-Key gives the first job, boundary or not."""
    first, second = post_once(client, "k1"), post_once(client, "k1")

    assert read(first)["id"] == read(second)["id"]
    assert len(read(client.get("/api/v1/jobs"))["jobs"]) == 1


def test_the_same_key_with_another_body_is_refused(client: FlaskClient) -> None:
    """A used key with another picture is a 422."""
    post_once(client, "k2")

    answer = post_once(client, "k2", label_map(96, 96))

    assert read(answer)["code"] == "idempotency-conflict"


def test_keys_of_two_users_do_not_meet(client: FlaskClient, stranger: FlaskClient) -> None:
    """The same key of another user is another job."""
    assert read(post_once(client, "k3"))["id"] != read(post_once(stranger, "k3"))["id"]


def test_a_key_in_flight_is_a_conflict(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the first request is being worked on, a second one is told to come back."""
    begun, go_on = threading.Event(), threading.Event()
    check_submission = intake.check_submission

    def slowly(*arguments: object) -> object:
        begun.set()
        assert go_on.wait(10)
        return check_submission(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(accept, "check_submission", slowly)
    other = app.test_client()
    cookie = client.get_cookie("doodlescape")
    assert cookie is not None
    other.set_cookie("doodlescape", cookie.value)
    answers: list[TestResponse] = []
    first = threading.Thread(target=lambda: answers.append(post_once(client, "k4")))
    first.start()
    assert begun.wait(10)

    second = post_once(other, "k4")
    go_on.set()
    first.join()

    assert read(second)["code"] == "idempotency-in-flight"
    assert second.headers["Retry-After"] == "1"
    assert answers[0].status_code == 202


def test_a_refused_request_frees_its_key(client: FlaskClient) -> None:
    """After a refusal the same key may carry the mended request."""
    refused = post_once(client, "k5", b"no picture")
    assert refused.status_code == 415

    assert post_once(client, "k5").status_code == 202


def test_an_odd_key_is_refused(client: FlaskClient) -> None:
    """A key of more than 128 characters says so."""
    assert read(post_once(client, "k" * 129))["code"] == "invalid-field"


def test_without_a_key_two_posts_are_two_jobs(client: FlaskClient) -> None:
    """Nothing is merged that nobody asked to merge."""
    assert read(post(client))["id"] != read(post(client))["id"]


def fingerprint(options: JobOptions) -> str:
    """Return the fingerprint of a request with a label map."""
    files = {"label_map": b"abc"}
    return Submission(Caller("u", "a"), "id", True, "", options, files).fingerprint


def test_a_request_of_an_older_release_is_still_the_same_one() -> None:
    """A retry that crosses an upgrade is recognised: fields it does not know do not count."""
    options = JobOptions.model_validate({"seed": 1})
    new = {"borders", "look", "prompt", "layout_only", "width", "height", "preview"}
    before = options.model_dump_json(exclude=new).encode()
    wanted = hashlib.sha256(before + b"\nlabel_map 3\nabc").hexdigest()
    assert fingerprint(options) == wanted
    for later in ({"borders": "natural"}, {"look": "c866c89f"}, {"prompt": "a lake"}):
        assert fingerprint(JobOptions.model_validate({"seed": 1, **later})) != wanted
