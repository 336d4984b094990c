"""Webhooks: what arrives, what is retried, what is refused."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from standardwebhooks import Webhook

from jobs import Ledger, NewJob
from jobs.claims import Claims
from jobs.webhooks.addresses import AddressRefused, is_public, resolve_public
from jobs.webhooks.courier import Courier
from jobs.webhooks.outbox import Outbox

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver(ThreadingHTTPServer):
    """Keep what was posted; answer with the statuses it was told, then 204."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook?x=1"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test output clean."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver on loopback."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def hooked(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Return a ledger that signs, retries at once and may call loopback."""
    update = {
        "webhook_secret": type(ledger.settings.secret_key)(SECRET),
        "webhook_private": True,
        "webhook_backoff_s": 0.001,
        "webhook_attempts": 3,
        "webhook_timeout_s": 1.0,
    }
    monkeypatch.setattr(ledger, "settings", ledger.settings.model_copy(update=update))
    return ledger


def end_job(ledger: Ledger, url: str) -> str:
    """Let a job with a webhook succeed, and give its id."""
    new = NewJob(id=str(uuid4()), user="ann", model="tiny", size=(32, 32), webhook_url=url)
    ledger.submit(new)
    (job,) = Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs
    Claims(ledger).complete(job, [])
    return new.id


def deliver_all(ledger: Ledger, tries: int) -> None:
    """Deliver until `tries` tries were made."""
    courier = Courier(ledger)
    while tries:
        tries -= courier.deliver_next()


def test_a_finished_job_is_told_with_a_good_signature(hooked: Ledger, receiver: Receiver) -> None:
    """The receiver can verify the message with the shared secret, and gets it once."""
    job_id = end_job(hooked, receiver.url)
    deliver_all(hooked, 1)
    ((headers, body),) = receiver.got
    message = Webhook(SECRET).verify(body, headers)
    assert message["type"] == "job.succeeded"
    assert message["data"] == {
        "id": job_id, "status": "succeeded", "version": 3, "url": f"/api/v1/jobs/{job_id}",
    }  # fmt: skip
    assert not Courier(hooked).deliver_next()


def test_a_failing_receiver_is_tried_again_with_the_same_message(
    hooked: Ledger, receiver: Receiver
) -> None:
    """Errors are retried under one id and body until they are accepted."""
    receiver.answers = [500, 302]
    end_job(hooked, receiver.url)
    deliver_all(hooked, 3)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1
    assert len(receiver.got) == 3
    assert not Outbox(hooked).dead()


def test_a_hopeless_delivery_becomes_a_dead_letter(hooked: Ledger, receiver: Receiver) -> None:
    """After the last try it is kept with its reason, and an operator may send it again."""
    receiver.answers = [500] * 3
    job_id = end_job(hooked, receiver.url)
    deliver_all(hooked, 3)
    (letter,) = Outbox(hooked).dead()
    assert (letter.job_id, letter.tries, letter.reason) == (job_id, 3, "answered 500")

    assert Outbox(hooked).retry(letter.id)
    deliver_all(hooked, 1)
    assert not Outbox(hooked).dead()
    assert json.loads(receiver.got[-1][1])["data"]["id"] == job_id


def test_gone_means_never_again(hooked: Ledger, receiver: Receiver) -> None:
    """A 410 ends the delivery at once."""
    receiver.answers = [410]
    end_job(hooked, receiver.url)
    deliver_all(hooked, 1)
    assert Outbox(hooked).dead()


def test_a_dripping_receiver_is_cut_off(hooked: Ledger) -> None:
    """A receiver that sends a byte now and then cannot hold a courier past the time-out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        end_job(hooked, f"http://127.0.0.1:{server.getsockname()[1]}/")
        stop = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                while not stop.wait(0.1):
                    try:
                        connection.send(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        assert Courier(hooked).deliver_next(), "returns though nothing ever ends"
        stop.set()
        thread.join()


def test_private_addresses_are_refused_after_resolving(hooked: Ledger, receiver: Receiver) -> None:
    """A name that leads to loopback is not called."""
    hooked.settings = hooked.settings.model_copy(update={"webhook_private": False})
    end_job(hooked, receiver.url.replace("127.0.0.1", "localhost"))
    deliver_all(hooked, 3)
    assert receiver.got == []
    assert "not a public address" in Outbox(hooked).dead()[0].reason


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "224.0.0.1", "ff02::1",
    ],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    """Loopback, private, link-local, shared and multicast addresses are not public, in any wrap."""
    assert not is_public(address)
    with pytest.raises(AddressRefused):
        resolve_public(address, 80)


def test_what_is_public() -> None:
    """Ordinary addresses are public."""
    assert is_public("1.1.1.1")
    assert is_public("2606:4700:4700::1111")


def test_forgetting_a_user_drops_their_messages(hooked: Ledger, receiver: Receiver) -> None:
    """No message is sent for a user whose data was deleted."""
    end_job(hooked, receiver.url)
    hooked.forget("ann")
    assert not Courier(hooked).deliver_next()
    assert receiver.got == []
