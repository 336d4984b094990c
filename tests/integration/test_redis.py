"""The whole service on Redis as operators run it: TLS and a bare user, Sentinels, a cluster."""

import contextlib
import http.client
import json
import os
import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, RedisError

from jobs import Status, load_settings
from jobs.server.connection import connect
from tests.api.conftest import label_map, write_card
from tests.integration.conftest import FAST, Api, Stage
from tests.integration.proxy import Proxy
from tests.integration.test_http import multipart
from tests.ports import free_port
from tests.programs import needed
from tests.servers import Node, cluster, sentinels
from tests.waiting import until

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "storage.md"
House = Callable[..., tuple[Stage, Api]]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Start an API and a worker on the Redis that the given environment names."""
    write_card(tmp_path / "checkpoints", "tiny")
    with contextlib.ExitStack() as cleanup:

        def build(**environment: str) -> tuple[Stage, Api]:
            whole = {
                "DATA_DIR": str(tmp_path / "data"),
                "CHECKPOINTS_DIR": str(tmp_path / "checkpoints"),
                "MODEL": "tiny",
                "DOODLESCAPE_PAINTER": "bench.painters:idle",
                **{name.removesuffix("_s").upper(): str(value) for name, value in FAST.items()},
                **environment,
            }
            with pytest.MonkeyPatch.context() as patched:
                for name, value in whole.items():
                    patched.setenv(name, value)
                stage = Stage(load_settings(), whole, tmp_path)
            cleanup.callback(stage.close)
            stage.worker()
            api = Api(whole, tmp_path / "api.log")
            cleanup.callback(api.stop)
            return stage, api

        yield build


def paint(api: Api) -> dict[str, Any]:
    """Post a doodle, wait for its picture and fetch it, as often as a busy server makes us."""
    body, headers = multipart(label_map())
    answers: list[dict[str, Any]] = []

    def accepted() -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, _, answer = api.ask("POST", "/api/v1/jobs", body, **headers)
            assert status in (202, 503), answer
            answers.append(json.loads(answer))
            return status == 202
        return False

    def done() -> bool:
        answers.append(json.loads(api.ask("GET", answers[0]["url"] + "&wait=2")[2]))
        return answers[-1].get("status") == "succeeded"

    until(accepted, "the job to be accepted")
    answers[:] = answers[-1:]
    until(done, "the picture")
    image = answers[-1]["images"][0]["url"]
    assert api.ask("GET", image)[2].startswith(b"\x89PNG")
    return answers[-1]


def acl_rules() -> str:
    """Return the rules that docs/storage.md tells the operator to set."""
    block = GUIDE.read_text(encoding="utf-8").partition("```acl\n")[2].partition("```")[0]
    return " ".join(line for line in block.splitlines() if not line.startswith("#"))


@pytest.fixture
def authority() -> trustme.CA:
    """Make an authority of this test's own."""
    return trustme.CA()


@pytest.fixture
def guarded(authority: trustme.CA, tmp_path: Path) -> Iterator[int]:
    """Return the port of a server with TLS, client certificates and the documented user only.

    Debian's redis-server where it is installed; else the embedded server behind a TLS proxy, for
    the embedded one is built without TLS.
    """
    acl = tmp_path / "users.acl"
    acl.write_text(
        f"user default on >boss ~* &* +@all\n{acl_rules().replace('PASSWORD', 'pa/ss')}\n"
    )
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(
        str(tmp_path / "server.pem")
    )
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("painter@test").private_key_and_cert_chain_pem.write_to_path(
        str(tmp_path / "own.pem")
    )
    with contextlib.ExitStack() as cleanup:
        program = redis_server()
        node = Node(tmp_path / "tls", "--aclfile", str(acl), program=program, password="boss")
        cleanup.callback(node.kill)
        if program:
            yield _with_own_tls(node, tmp_path)
            return
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tmp_path / "server.pem")
        context.load_verify_locations(tmp_path / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        yield cleanup.enter_context(contextlib.closing(Proxy(node.start().port, context))).port


def redis_server() -> str:
    """Return Debian's redis-server, "" where it is not installed; CI must have it."""
    wanted = os.environ.get("DOODLESCAPE_REQUIRE_PROGRAMS") == "1"
    return needed("redis-server", "redis-server") if wanted else shutil.which("redis-server") or ""


def _with_own_tls(node: Node, folder: Path) -> int:
    port = Node(folder / "unused").port
    node.options += [
        *("--tls-port", str(port), "--tls-cert-file", str(folder / "server.pem")),
        *(
            "--tls-key-file",
            str(folder / "server.pem"),
            "--tls-ca-cert-file",
            str(folder / "ca.pem"),
        ),
    ]
    node.start()
    return port


def test_tls_and_a_user_with_few_rights(house: House, guarded: int, tmp_path: Path) -> None:
    """A doodle is painted over TLS by the documented user, who can do nothing else there."""
    files = {"REDIS_CA": "ca.pem", "REDIS_CERT": "own.pem", "REDIS_KEY": "own.pem"}
    stage, api = house(
        REDIS_URL=f"rediss://doodlescape:pa%2Fss@127.0.0.1:{guarded}/0",
        **{name: str(tmp_path / file) for name, file in files.items()},
    )
    job = paint(api)
    assert (
        api.ask("POST", f"/api/v1/jobs/{job['id']}/share?{job['url'].partition('?')[2]}")[0] < 300
    )
    assert stage.ledger.forget(stage.ledger.get(job["id"]).user) == (job["id"],)
    assert api.ask("GET", "/metrics")[0] == 200
    assert "denied" not in stage.workers[0].log.read_text()

    for words in (["FLUSHALL"], ["CONFIG", "GET", "*"], ["KEYS", "*"], ["GET", "other:key"]):
        with pytest.raises(NoPermissionError):
            stage.ledger.redis.execute_command(*words)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "files", [{"redis_ca": "ca.pem"}, {"redis_cert": "own.pem", "redis_key": "own.pem"}], ids=str
)
def test_tls_believes_nobody_unknown(guarded: int, tmp_path: Path, files: dict[str, str]) -> None:
    """Without a certificate no client is believed; without the authority no server is."""
    settings = load_settings(
        redis_url=f"rediss://doodlescape:pa%2Fss@127.0.0.1:{guarded}/0",
        **{name: tmp_path / file for name, file in files.items()},
    )
    with contextlib.closing(connect(settings)) as client, pytest.raises(RedisConnectionError):
        client.ping()


def test_a_failover_of_sentinels_loses_no_worker(house: House, tmp_path: Path) -> None:
    """When the primary dies, API, worker and ticks go on with the one that Sentinel promotes."""
    with sentinels(tmp_path, "secret") as ((primary, replica), guards):
        hosts = ",".join(f"127.0.0.1:{guard.port}" for guard in guards)
        stage, api = house(
            REDIS_URL=f"redis+sentinel://:secret@{hosts}/doodles/0",
            SENTINEL_PASSWORD="secret-s",
            MAX_WAIT="5",
        )
        before = paint(api)
        until(
            lambda: replica.ask("DBSIZE") == primary.ask("DBSIZE"),
            "the replica to follow",
            passing=RedisError,
        )
        primary.kill()
        paint(api)
        assert stage.ledger.get(before["id"]).status is Status.SUCCEEDED
        assert stage.workers[0].process.poll() is None
        until(
            lambda: waits_for_ticks(replica),
            "the worker to listen at the promoted server",
            passing=RedisError,
        )


def waits_for_ticks(node: Node) -> bool:
    """Tell whether a worker's consumer is blocked on its queue here."""
    return any(client["cmd"] == "brpop" for client in node.ask("CLIENT LIST"))


def test_a_cluster_keeps_the_ledger_together(house: House, tmp_path: Path) -> None:
    """On a cluster the ledger is one slot, blobs spread by job, and Celery has its own server."""
    with cluster(tmp_path) as nodes, contextlib.ExitStack() as cleanup:
        broker = Node(tmp_path / "broker")
        cleanup.callback(broker.kill)
        broker.start()
        _, api = house(
            REDIS_URL=f"redis+cluster://127.0.0.1:{nodes[1].port}",
            BROKER_URL=f"redis://127.0.0.1:{broker.port}/0",
        )
        for _ in range(8):
            paint(api)
        keys = [(node, key) for node in nodes for key in node.ask("KEYS", "*")]
        blobs = {node.port for node, key in keys if ":blobs:" in key}
        slots = {nodes[0].ask("CLUSTER", "KEYSLOT", key) for _, key in keys if key.startswith("{")}
        assert len(slots) == 1
        assert len(blobs) > 1
        assert "celery" not in str(keys)


def test_a_cluster_that_is_away_is_a_connection_error() -> None:
    """Where no node of a cluster answers, the client says what all clients say of a lost server."""
    settings = load_settings(
        redis_url=f"redis+cluster://127.0.0.1:{free_port()}", broker_url="redis://127.0.0.1/0"
    )
    with pytest.raises(RedisConnectionError, match="Cluster"):
        connect(settings)


def test_the_documented_user_is_complete() -> None:
    """docs/storage.md has the rules that the test above uses."""
    assert acl_rules().startswith("user doodlescape on >PASSWORD")
