"""How the text of a setting is read where pydantic's own types do not do, and what is refused."""

import base64
from typing import Annotated
from urllib.parse import urlsplit

from limits import parse
from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return value


def _check_webhook_secret(value: SecretStr) -> SecretStr:
    try:
        base64.b64decode(value.get_secret_value().removeprefix("whsec_"), validate=True)
    except ValueError:
        raise ValueError(
            "WEBHOOK_SECRET is not whsec_ and base64; make one with: "
            "python -c \"import base64, os; print('whsec_' + "
            'base64.b64encode(os.urandom(32)).decode())"'
        ) from None
    return value


def _check_rate(value: str) -> str:
    try:
        sound = parse(value).amount > 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("it must be N/second, N/minute or N/hour, with N from 1")
    return value


def _check_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        sound = False
    if value and not sound:
        raise ValueError("it must be an address that begins with http:// or https://")
    return value


def _check_origin(value: str) -> str:
    parts = urlsplit(_check_address(value))
    if parts.path.strip("/"):
        raise ValueError(
            f"it has the path {parts.path}, but the service cannot be served under a path: give it "
            "a host name or a port of its own"
        )
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("it must be scheme, host and port only")
    return value.rstrip("/")


def _check_place(value: str) -> str:
    kind, _, rest = value.partition(":")
    if kind == "s3" and not urlsplit(value).netloc:
        raise ValueError("the bucket is missing")
    if kind not in ("redis", "folder", "s3") or (kind == "redis" and rest):
        raise ValueError("it must be redis, folder, folder:PATH or s3://BUCKET/PREFIX")
    return value


#: A rate limit, as N/minute.
Rate = Annotated[str, AfterValidator(_check_rate)]
#: An http or https address; "" for none.
Address = Annotated[str, AfterValidator(_check_address)]
#: The same without a path.
Origin = Annotated[str, AfterValidator(_check_origin)]
#: Where blobs lie.
BlobPlace = Annotated[str, AfterValidator(_check_place)]
#: Names, comma separated.
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
#: A key of the Standard Webhooks specification, whsec_ and base64; "" for none.
WebhookSecret = Annotated[SecretStr, AfterValidator(_check_webhook_secret)]
