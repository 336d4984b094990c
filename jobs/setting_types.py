"""How the text of a setting is read where pydantic's own types do not do, and what is refused."""

import base64
from typing import Annotated

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


#: Names, comma separated.
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
#: A key of the Standard Webhooks specification, whsec_ and base64; "" for none.
WebhookSecret = Annotated[SecretStr, AfterValidator(_check_webhook_secret)]
