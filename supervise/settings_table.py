"""Write the table of settings in docs/operating.md from jobs/settings.py.

.venv/bin/python -m supervise.settings_table
"""

from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from jobs.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "operating.md"
BEGIN, END = (
    "<!-- settings: made by supervise/settings_table.py -->\n",
    "<!-- end of settings -->\n",
)


def table() -> str:
    """Return the table: one row per setting, in the order of jobs/settings.py."""
    rows = [
        f"| `{field.validation_alias}` | {default(field)} | {escaped(field)} |"
        for field in Settings.model_fields.values()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def escaped(field: FieldInfo) -> str:
    """Return the description with <angle brackets> that Markdown does not take for HTML."""
    return (field.description or "").replace("<", "&lt;")


def default(field: FieldInfo) -> str:
    """Write a default as a person would set it."""
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, tuple):
        value = ",".join(value)
    if value is None:
        return "empty"
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, float):
        value = f"{value:g}" if value < 1e6 else f"{value:.0f}"
    return f"`{value}`" if str(value) else "empty"


def with_table(page: str) -> str:
    """Return the page with its table of settings made anew."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
