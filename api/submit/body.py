"""Read a request body, multipart or JSON, into plain fields and files; refuse what is unknown."""

import base64
import binascii
import math
import re
from collections.abc import Collection
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json
from werkzeug.wrappers import Request

from api.errors import ApiError
from api.submit.encoding import unpack_body
from api.submit.multipart import read_multipart

LONGEST_ECHO = 100
#: What pages put before base64 (RFC 2397); the picture itself says what it is.
_DATA_URL = re.compile(r"\s*data:[^,]{0,200};base64,", re.IGNORECASE)
Options = TypeVar("Options", bound=BaseModel)


def read_body(
    request: Request, options: type[Options], files: Collection[str], most_bytes: int
) -> tuple[Options, dict[str, bytes]]:
    """Read the body of a write.

    Args:
        request: multipart/form-data, or application/json with files as base64 strings; either
            may be packed with gzip.
        options: the model of the fields that are not files.
        files: the names that files may have.
        most_bytes: what a packed body may have in it.

    Returns:
        The validated options, and the bytes of each file by field name.

    Raises:
        ApiError: 400, 413, 415 or 422, naming every field that is wrong.
    """
    unpack_body(request, most_bytes)
    if request.mimetype == "multipart/form-data":
        fields, contents = _read_multipart(request, files)
        return _validate(options, fields, from_strings=True), contents
    if request.mimetype == "application/json":
        fields, contents = _read_json(request, files)
        return _validate(options, fields, from_strings=False), contents
    sent = request.mimetype or "no Content-Type"
    raise ApiError(
        "unsupported-media-type",
        f"The body came as {sent}; multipart/form-data and application/json are taken.",
        {"value": sent, "allowed": ["multipart/form-data", "application/json"]},
    )


def read_query(request: Request, options: type[Options]) -> Options:
    """Read and validate the query string.

    Raises:
        ApiError: 422, naming every parameter that is wrong.
    """
    return _validate(options, _single(request.args.to_dict(flat=False)), from_strings=True)


def _read_multipart(
    request: Request, files: Collection[str]
) -> tuple[dict[str, str], dict[str, bytes]]:
    boundary = request.mimetype_params.get("boundary")
    if not boundary:
        raise ApiError("malformed-multipart", "The Content-Type names no boundary.")
    texts, parts = read_multipart(request.get_data(), boundary)
    fields, uploads = _single(texts), _single(parts)
    for name in fields.keys() & set(files):
        raise ApiError(
            "invalid-field",
            f"'{name}' came as text; send it as a file, for instance curl -F {name}=@drawing.png.",
            {"errors": [{"field": name, "detail": "must be a file with a filename"}]},
        )
    _refuse_unknown(uploads.keys() - set(files), files)
    return fields, uploads


def _read_json(request: Request, files: Collection[str]) -> tuple[dict[str, Any], dict[str, bytes]]:
    try:
        body = from_json(request.get_data(), allow_inf_nan=False)
    except ValueError as error:
        raise ApiError("malformed-json", f"The body is not JSON: {error}.") from None
    if not isinstance(body, dict):
        raise ApiError(
            "malformed-json", f"The body is a JSON {_json_type(body)}; an object is expected."
        )
    sent = {name: body.pop(name) for name in files if body.get(name) is not None}
    for name in files:
        body.pop(name, None)  # an explicit null means the same as leaving it out
    return body, {name: _from_base64(name, value) for name, value in sent.items()}


def _from_base64(name: str, value: Any) -> bytes:
    if isinstance(value, str):
        text = _DATA_URL.sub("", value, count=1)
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            reason = f"{error}, in {len(value)} characters that begin with {value[:20]!r}"
    else:
        reason = f"a JSON {_json_type(value)}"
    raise ApiError(
        "invalid-field",
        f"'{name}' must be a picture in base64 (RFC 4648), alone or as data:image/png;base64,...: "
        f"{reason}.",
        {"errors": [{"field": name, "detail": f"not base64: {reason}"}]},
    )


def _single(values: dict[str, list[Any]]) -> dict[str, Any]:
    for name, given in values.items():
        if len(given) > 1:
            raise ApiError(
                "conflicting-fields",
                f"'{name}' came {len(given)} times; send it once.",
                {"errors": [{"field": name, "detail": f"sent {len(given)} times"}]},
            )
    return {name: given[0] for name, given in values.items()}


def _refuse_unknown(unknown: Collection[str], known: Collection[str]) -> None:
    if unknown:
        names = ", ".join(f"'{name}'" for name in sorted(unknown))
        raise ApiError(
            "unknown-field",
            f"No such file field: {names}; known are {', '.join(sorted(known))}.",
            {"errors": [{"field": name, "detail": "unknown"} for name in sorted(unknown)]},
        )


def _validate(options: type[Options], fields: dict[str, Any], *, from_strings: bool) -> Options:
    try:
        if from_strings:
            return options.model_validate_strings(fields)
        return options.model_validate(fields, strict=True)
    except ValidationError as error:
        raise _invalid(error.errors(include_url=False), sorted(options.model_fields)) from None


_CODES = {"extra_forbidden": "unknown-field", "missing": "missing-field"}


def _invalid(errors: list[ErrorDetails], known: list[str]) -> ApiError:
    """Gather pydantic's findings into one answer, under the code of the first."""
    rows = [_row(error) for error in errors]
    first = errors[0]["type"]
    detail = "; ".join(f"'{row['field']}': {row['detail']}" for row in rows[:5])
    if first == "extra_forbidden":
        detail += f"; known fields are {', '.join(known)}"
    return ApiError(_CODES.get(first, "invalid-field"), f"{detail}.", {"errors": rows})


def _row(error: ErrorDetails) -> dict[str, Any]:
    row: dict[str, Any] = {
        "field": ".".join(map(str, error["loc"])) or "body",
        "detail": error["msg"],
    }
    given = error["input"]
    if isinstance(given, float) and not math.isfinite(given):
        row["value"] = str(given)  # JSON has no infinity
    elif isinstance(given, str | int | float | bool):
        row["value"] = given if len(str(given)) <= LONGEST_ECHO else "(long)"
    return row


def _json_type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
