"""Read multipart/form-data (RFC 7578) into texts and files, within limits."""

from multipart import MultipartError, MultipartSegment, PushMultipartParser

from api.errors import ApiError

MOST_PARTS = 32
#: Of all text fields together.
MOST_TEXT_BYTES = 128 * 1024

Texts = dict[str, list[str]]
Files = dict[str, list[bytes]]


def read_multipart(body: bytes, boundary: str) -> tuple[Texts, Files]:
    """Return the contents of all parts by the names of their fields; a file has a file name.

    Raises:
        ApiError: `malformed-multipart`, or `body-too-large` for too many parts or too much text.
    """
    texts: Texts = {}
    files: Files = {}
    text_bytes = 0
    for part, content in _parts(body, boundary):
        if part.filename is not None:
            files.setdefault(part.name, []).append(content)
            continue
        text_bytes += len(content)
        if text_bytes > MOST_TEXT_BYTES:
            raise _too_much(f"text fields of more than {MOST_TEXT_BYTES} bytes", MOST_TEXT_BYTES)
        texts.setdefault(part.name, []).append(content.decode(errors="replace"))
    return texts, files


def _parts(body: bytes, boundary: str) -> list[tuple[MultipartSegment, bytes]]:
    parts: list[tuple[MultipartSegment, bytes]] = []
    pieces: list[bytes] = []
    try:
        with PushMultipartParser(boundary) as parser:
            for event in parser.parse(body):
                if event is None:
                    parts[-1] = (parts[-1][0], b"".join(pieces))
                elif isinstance(event, MultipartSegment):
                    parts.append((event, b""))
                    pieces = []
                else:
                    pieces.append(event)
                if len(parts) > MOST_PARTS:
                    raise _too_much(f"more than {MOST_PARTS} parts", MOST_PARTS)
    except MultipartError as error:
        raise ApiError("malformed-multipart", f"The body is no multipart form: {error}.") from None
    return parts


def _too_much(what: str, limit: int) -> ApiError:
    return ApiError(
        "body-too-large", f"The form has {what}; that is the most that is read.", {"limit": limit}
    )
