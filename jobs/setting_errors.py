"""What is said of a wrong setting: its name, its value unless secret, the limit, a good one."""

import sys
from typing import Any, NoReturn

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from jobs.settings import Settings, load_settings
from jobs.urls import without_password

LONGEST_ECHO = 100
#: Where the default is empty, or would not help.
EXAMPLES = {
    "REDIS_URL": "redis://:PASSWORD@127.0.0.1:6379/0",
    "BROKER_URL": "redis://:PASSWORD@127.0.0.1:6379/1",
    "PUBLIC_URL": "https://paint.example",
    "ALLOWED_HOSTS": "paint.example",
    "S3_ENDPOINT": "https://s3.example",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
    "BLOB_STORE": "s3://BUCKET/PREFIX",
}


def settings_or_exit() -> Settings:
    """Read the settings, or end the program with a line for each that is wrong."""
    try:
        return load_settings()
    except ValidationError as error:
        exit_for(error)


def exit_for(error: ValidationError) -> NoReturn:
    """End the program with a line for each setting that is wrong."""
    sys.exit("\n".join(f"doodlescape: {line}" for line in setting_errors(error)))


def setting_errors(error: ValidationError) -> list[str]:
    """Return one line for each setting that is wrong, without anything that is secret."""
    return [f"{_line(item)} (see docs/operating.md)" for item in error.errors(include_url=False)]


def _line(item: Any) -> str:
    text = str(item["msg"]).removeprefix("Value error, ")
    if not item["loc"]:  # a rule for several settings, which its text names
        return text + _example(text.split()[0].partition("=")[0])
    name, field = _field(str(item["loc"][0]))
    return f"{name} is {_shown(field, item['input'])!r}: {text}{_example(name, field)}"


def _field(name: str) -> tuple[str, FieldInfo | None]:
    for own, field in Settings.model_fields.items():
        if name in (own, field.validation_alias):
            return str(field.validation_alias), field
    return name, None


def _shown(field: FieldInfo | None, value: object) -> str:
    if field is not None and field.annotation is SecretStr:
        return "***"
    text = without_password(str(value))
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}..."


def _example(name: str, field: FieldInfo | None = None) -> str:
    good = EXAMPLES.get(name, "")
    default = field.default if field is not None else None
    if not good and isinstance(default, tuple):
        good = ",".join(default)
    elif not good and default is not None and not isinstance(default, SecretStr):
        good = str(default).lower() if isinstance(default, bool) else str(default)
    return f"; for example {name}={good}" if good else ""
