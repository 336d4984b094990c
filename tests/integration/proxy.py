"""A small TCP proxy that makes a connection slow, held, cut, silent or secret."""

import contextlib
import socket
import ssl
import threading
import time


class Proxy:
    """Carry bytes between clients and one port. Set `delay_s`, or call `cut`.

    With `tls`, clients must speak TLS; the port behind need not.
    """

    def __init__(self, target: int, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.delay_s = 0.0
        self._target = target
        self._pairs: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._lose_next_answer = False
        self._held = b""
        self._released = threading.Event()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def lose_next_answer(self) -> None:
        """Cut the connection instead of carrying the server's next bytes back."""
        self._lose_next_answer = True

    def hold(self, path: str) -> None:
        """Carry no request for addresses with `path` in them until `release` is called."""
        self._released.clear()
        self._held = path.encode()

    def release(self) -> None:
        """Carry what is held, and all that comes."""
        self._held = b""
        self._released.set()

    def cut(self) -> None:
        """Cut every connection that is open now."""
        pairs, self._pairs = self._pairs, []
        for end in pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop carrying anything."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(5)
        self._listener.close()
        self.release()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                client = self._tls.wrap_socket(client, server_side=True) if self._tls else client
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            self._pairs += [client, server]
            for source, sink, back in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._carry, args=(source, sink, back), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, back: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if back and self._lose_next_answer:
                    self._lose_next_answer = False
                    break
                if self._held and self._held in data and not back:
                    self._released.wait()
                if self.delay_s:
                    time.sleep(self.delay_s)
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()
