"""Bodies that a client, or a proxy on its way, has packed with gzip."""

import io
import zlib

from werkzeug.wrappers import Request
from werkzeug.wsgi import get_input_stream

from api.errors import ApiError

MOST_MEMBERS = 16  # each costs a copy of what follows it
_GZIP = 16 + zlib.MAX_WBITS


def unpack_body(request: Request, limit: int) -> None:
    """Replace a gzip body by what is in it, of at most `limit` bytes, before anybody reads it.

    Raises:
        ApiError: another encoding, a damaged one, or more than `limit`.
    """
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return
    if encoding not in ("gzip", "x-gzip"):
        raise ApiError(
            "unsupported-media-type",
            f"The body is packed as '{encoding[:40]}'; gzip is taken, or none.",
            {"value": encoding[:40], "allowed": ["gzip", "identity"]},
            headers={"Accept-Encoding": "gzip"},
        )
    body = _gunzip(get_input_stream(request.environ, max_content_length=limit).read(), limit)
    request.environ["wsgi.input"] = io.BytesIO(body)
    request.environ["CONTENT_LENGTH"] = str(len(body))
    del request.environ["HTTP_CONTENT_ENCODING"]
    request.__dict__.pop("content_length", None)  # werkzeug's cached properties
    request.__dict__.pop("stream", None)


def _gunzip(packed: bytes, limit: int) -> bytes:
    plain = b""
    for _ in range(MOST_MEMBERS):
        unpacker = zlib.decompressobj(_GZIP)
        try:
            plain += unpacker.decompress(packed, limit + 1 - len(plain))
        except zlib.error as error:
            raise ApiError("malformed-request", f"The body is not gzip: {error}.") from None
        if len(plain) > limit:
            raise ApiError(
                "body-too-large",
                f"The body is longer than {limit} bytes once unpacked, the most that is read.",
                {"limit": limit},
            )
        if not unpacker.eof:
            raise ApiError("malformed-request", "The gzip body is cut off; send the whole of it.")
        packed = unpacker.unused_data
        if not packed:
            return plain
    raise ApiError("malformed-request", f"The gzip body has more than {MOST_MEMBERS} members.")
