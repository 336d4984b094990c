"""Looking whether a port is free."""

import errno
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.ports import check_port_is_free
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


def test_a_look_takes_no_connection() -> None:
    """Whoever calls a port while it is looked at is refused, never accepted and reset."""
    port = free_port()
    looks = (
        "from jobs.ports import check_port_is_free\n"
        f"for _ in range(10_000): check_port_is_free('127.0.0.1', {port})"
    )
    answers = set()
    with subprocess.Popen([sys.executable, "-c", looks], cwd=ROOT) as looking:
        while looking.poll() is None:
            with socket.socket() as client:
                answers.add(client.connect_ex(("127.0.0.1", port)))

    assert looking.returncode == 0
    assert answers == {errno.ECONNREFUSED}


@pytest.mark.parametrize("shared", [False, True])
def test_a_port_that_is_listened_on_is_not_free(shared: bool) -> None:
    """Where another listens, even one that would share its port, a server could not."""
    with (
        socket.create_server(("127.0.0.1", 0), reuse_port=shared) as other,
        pytest.raises(OSError, match="in use"),
    ):
        check_port_is_free("127.0.0.1", other.getsockname()[1])


def test_a_port_whose_connections_ended_is_free() -> None:
    """A server that ended a moment ago, with connections in their last state, keeps nobody out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        client = socket.create_connection(address)
        server.accept()[0].close()
        client.close()

    check_port_is_free(*address)


def test_no_two_parts_of_a_test_are_given_one_port() -> None:
    """A port that was returned is not returned again soon, though nothing listens on it yet."""
    ports = [free_port() for _ in range(60)]
    assert len(set(ports)) == 60
