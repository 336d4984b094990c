"""Programs say at their start what in the server's set-up loses jobs."""

from pathlib import Path

from structlog.testing import capture_logs

from jobs import load_settings
from jobs.server.condition import warn
from tests.servers import Node, cluster


def told_at(url: str) -> list[str]:
    """Return what a program that starts with this REDIS_URL is told."""
    with capture_logs() as told:
        warn(load_settings(redis_url=url, broker_url="redis://127.0.0.1/0"))
    return [line["reason"] for line in told]


def test_an_evicting_server_is_warned_of_at_the_start(tmp_path: Path) -> None:
    """The warning names the policy and what to set; a server that is away stops nobody."""
    server = Node(tmp_path, "--maxmemory-policy", "volatile-ttl").start()
    settings = load_settings(redis_url=f"redis://127.0.0.1:{server.port}/0")
    with capture_logs() as told:
        warn(settings)
    server.kill()
    assert "volatile-ttl" in told[0]["reason"]
    assert "noeviction" in told[0]["reason"]
    warn(settings)


def test_one_evicting_node_of_a_cluster_is_enough(tmp_path: Path) -> None:
    """Every node of a cluster is asked: jobs and label maps lie on all of them."""
    with cluster(tmp_path) as nodes:
        for number, node in enumerate(nodes):
            node.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            (reason,) = told_at(f"redis+cluster://127.0.0.1:{nodes[0].port}")
            assert "allkeys-lru" in reason, f"node {number}"
            node.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")


def test_who_may_not_ask_is_told_nothing(tmp_path: Path) -> None:
    """A user without the right to INFO starts without a warning and without an error."""
    server = Node(tmp_path, "--maxmemory-policy", "volatile-ttl").start()
    server.ask("ACL", "SETUSER", "painter", "on", ">hush", "~*", "&*", "+@all", "-info")

    assert told_at(f"redis://painter:hush@127.0.0.1:{server.port}/0") == []

    server.kill()
