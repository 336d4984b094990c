"""The Python client behind proxies that ask for TLS, send elsewhere, or answer themselves."""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest
import trustme
from doodlescape_client import Client, Unreachable
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.api.conftest import label_map


class Quiet(WSGIRequestHandler):
    """Serve without a line for each request."""

    def log_request(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def tls(app: WSGIApplication, folder: Path) -> Iterator[str]:
    """Serve the application over TLS; give its address. The authority's file is ca.pem."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = make_server(
        "localhost", 0, app, threaded=True, request_handler=Quiet, ssl_context=context
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def proxy(status: int, location: str, body: bytes = b"<html>") -> Iterator[str]:
    """Answer everything with one page; `location` may name the {path} that was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            if location:
                self.send_header("Location", location.format(path=self.path))
            self.send_header("Set-Cookie", "proxy=1")
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = answer  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_proxy_may_ask_for_tls(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """The client goes on over https on the same host, a PUT with its body."""
    app = make_app()
    with tls(app, tmp_path) as secure, proxy(status, secure + "{path}") as plain:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        with Client(plain, patience_s=5) as client:
            assert client.models()[0]["name"] == "tiny"
            assert client.submit(label_map=label_map()).status == "queued"
    key, text = app.extensions["doodlescape"].keys.create("robot")
    assert key.name == "robot"
    with (
        tls(app, tmp_path) as secure,
        proxy(status, secure + "{path}") as plain,
        Client(plain, text, patience_s=5) as client,
    ):
        assert client.submit(label_map=label_map()).status == "queued"


@pytest.mark.parametrize("key", [None, "dds_a_b"])
@pytest.mark.parametrize(
    "location", ["https://login.example{path}", "/login", "https://localhost/login", ""]
)
def test_other_redirects_are_told(location: str, key: str | None) -> None:
    """The client does not carry a key to another host or page, and says where it was sent."""
    with (
        proxy(302, location) as plain,
        Client(plain, key, patience_s=5) as client,
        pytest.raises(Unreachable, match=location.format(path="") or "nowhere"),
    ):
        client.submit(label_map=label_map())


def test_a_page_instead_of_json_is_told() -> None:
    """A portal's 200 is no answer of the service."""
    with (
        proxy(200, "") as plain,
        Client(plain, "dds_a_b", patience_s=5) as client,
        pytest.raises(Unreachable, match="text/html instead of JSON"),
    ):
        client.submit(label_map=label_map())
