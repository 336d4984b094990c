"""HTTP/1.1 over one socket, kept open, in as few steps as there are: one write, one or two reads.

The standard library's client takes 0.4 ms more of a submit's time for itself, which is then said of
the service (docs/service-bench.md).
"""

import socket
from collections.abc import Mapping

TIMEOUT_S = 60.0
NO_BODY = (204, 304)


class Wire:
    """One connection to a port of this machine, opened when it is first used and after `close`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._read = b""

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request; return status, headers (lower case) and body.

        Raises:
            OSError: no connection, or it broke; the next request opens another.
        """
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), TIMEOUT_S)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + (body or b""))
            return self._answer(self._socket)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._read = None, b""

    def _answer(self, connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
        first, *rest = self._until(connection, b"\r\n\r\n").decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in rest)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        status = int(first.split(" ", 2)[1])
        if status in NO_BODY:
            return status, headers, b""
        if headers.get("transfer-encoding") != "chunked":
            return status, headers, self._exactly(connection, int(headers["content-length"]))
        pieces = []
        while size := int(self._until(connection, b"\r\n"), 16):
            pieces.append(self._exactly(connection, size))
            self._until(connection, b"\r\n")
        self._until(connection, b"\r\n")
        return status, headers, b"".join(pieces)

    def _until(self, connection: socket.socket, mark: bytes) -> bytes:
        while (end := self._read.find(mark)) < 0:
            self._more(connection)
        found, self._read = self._read[:end], self._read[end + len(mark) :]
        return found

    def _exactly(self, connection: socket.socket, size: int) -> bytes:
        while len(self._read) < size:
            self._more(connection)
        found, self._read = self._read[:size], self._read[size:]
        return found

    def _more(self, connection: socket.socket) -> None:
        piece = connection.recv(262_144)
        if not piece:
            raise ConnectionError("the service hung up in the middle of an answer, or before it")
        self._read += piece
