"""Command line of the API: `python -m api keys create|list|revoke`."""

import sys
from datetime import UTC, datetime

import click
from pydantic import ValidationError
from redis import RedisError

from api.keys import KeyRing
from jobs.server.connection import connect
from jobs.settings import load_settings


def _ring() -> KeyRing:
    settings = load_settings()
    return KeyRing(connect(settings), settings.namespace)


@click.group()
def main() -> None:
    """Run chores of the HTTP API; REDIS_URL says on which server."""


@main.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command()
@click.argument("name")
def create(name: str) -> None:
    """Make a key for NAME and print it; it is not shown again."""
    key, text = _ring().create(name)
    click.echo(text)
    click.echo(f"Key {key.id} for '{name}'. Keep it: it is stored only as a digest.", err=True)


@keys.command("list")
def list_keys() -> None:
    """List all keys: id, time of making in UTC, name."""
    for key in _ring().list():
        made = datetime.fromtimestamp(key.created_at, UTC).strftime("%Y-%m-%d %H:%M")
        click.echo(f"{key.id}  {made}  {key.name}")


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke the key with this id, at once."""
    if not _ring().revoke(key_id):
        raise click.ClickException(f"No key '{key_id}'; see: python -m api keys list.")
    click.echo(f"Revoked {key_id}.")


def run() -> int:
    """Run the command line; return the exit status."""
    try:
        main(prog_name="python -m api")
    except RedisError as error:
        click.echo(f"Redis does not answer ({error}); check REDIS_URL.", err=True)
        return 1
    except ValidationError as error:
        click.echo(f"A setting is wrong: {error}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run())
