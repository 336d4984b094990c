"""The whole path over real sockets: the API, a worker, and what is left when the API is shot."""

import http.client
import json
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.api.conftest import label_map
from tests.integration.conftest import Api, Stage
from tests.waiting import until

BOUNDARY = "picture"


def multipart(picture: bytes) -> tuple[bytes, dict[str, str]]:
    """Write a form with one label map."""
    head = (
        f"--{BOUNDARY}\r\nContent-Type: image/png\r\n"
        'Content-Disposition: form-data; name="label_map"; filename="a.png"\r\n\r\n'
    )
    body = head.encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def look(api: Api, address: str, wait: int = 0) -> dict[str, Any]:
    """Read a job."""
    tail = ("&" if "?" in address else "?") + f"wait={wait}" if wait else ""
    found: dict[str, Any] = json.loads(api.ask("GET", address + tail)[2])
    return found


def test_one_request_becomes_a_picture(stage: Stage, api: Api) -> None:
    """A form posted without cookies leads, by the links in the answers alone, to a PNG."""
    stage.worker()
    body, headers = multipart(label_map())

    status, answer, _ = api.ask("POST", "/api/v1/jobs", body, **headers)
    assert status == 202
    until(lambda: look(api, answer["Location"], wait=5)["status"] == "succeeded")

    image = look(api, answer["Location"])["images"][0]["url"]
    status, about, picture = api.ask("GET", image)
    assert (status, about["Content-Type"], picture[:4]) == (200, "image/png", b"\x89PNG")
    assert api.ask("GET", "/readyz")[0] == 200


def test_a_killed_api_loses_no_job_and_makes_no_two(stage: Stage, api: Api) -> None:
    """While API processes are shot, clients that repeat their PUT get every job, each once."""
    stage.worker()
    session = api.ask("GET", "/")[1]["Set-Cookie"].partition(";")[0]
    body, headers = multipart(label_map())
    wanted = [str(uuid.uuid4()) for _ in range(60)]
    accepted: set[str] = set()

    def insist(ids: list[str]) -> None:
        for job_id in ids:
            while job_id not in accepted:
                with suppress(OSError, http.client.HTTPException):  # shot under our request
                    path = f"/api/v1/jobs/{job_id}"
                    status, _, _ = api.ask("PUT", path, body, Cookie=session, **headers)
                    assert status == 202
                    accepted.add(job_id)

    clients = [threading.Thread(target=insist, args=(wanted[n::3],)) for n in range(3)]
    for client in clients:
        client.start()
    for share in (10, 25, 40):
        while len(accepted) < share:
            clients[0].join(0.01)
        api.shoot_one()
    for client in clients:
        client.join(300)

    assert accepted == set(wanted)
    user = stage.ledger.get(wanted[0]).user
    listed = stage.ledger.list_jobs(user, limit=100).jobs
    assert sorted(job.id for job in listed) == sorted(wanted)
    assert {job.status.value for job in stage.finish(list(listed))} == {"succeeded"}


def test_counters_leave_no_folder_behind(serve: Callable[..., Api], tmp_path: Path) -> None:
    """The folder in which processes add up their counters goes with them, also after a kill."""
    place = tmp_path / "temporary"
    place.mkdir()
    api = serve(TMPDIR=str(place))
    assert len(list(place.glob("doodlescape-metrics-*"))) == 1
    api.crash()
    api.start()
    assert len(list(place.glob("doodlescape-metrics-*"))) == 1
    api.stop()
    assert list(place.glob("doodlescape-metrics-*")) == []
