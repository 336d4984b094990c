"""Command line of the API: `python -m api keys create|list|revoke`."""

import argparse
import sys
from datetime import UTC, datetime

from pydantic import ValidationError
from redis import RedisError

from api.keys import KeyRing
from jobs.server.connection import connect
from jobs.setting_errors import setting_errors
from jobs.settings import load_settings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        return int(asked.run(KeyRing(connect(settings), settings.namespace), asked))
    except RedisError as error:
        print(f"Redis does not answer ({error}); check REDIS_URL.", file=sys.stderr)
    except ValidationError as error:
        print(*setting_errors(error), sep="\n", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m api",
        description="Run chores of the HTTP API; REDIS_URL says on which server.",
    )
    chores = parser.add_subparsers(required=True, metavar="CHORE")
    keys = chores.add_parser("keys", help="make, list and revoke API keys")
    commands = keys.add_subparsers(required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="make a key and print it; it is not shown again")
    create.add_argument("name", help="whose key it is, for the list")
    create.set_defaults(run=_create)
    listing = commands.add_parser("list", help="list all keys: id, time of making in UTC, name")
    listing.set_defaults(run=_list)
    revoke = commands.add_parser("revoke", help="revoke the key with this id, at once")
    revoke.add_argument("key_id", help="as the list shows it")
    revoke.set_defaults(run=_revoke)
    return parser


def _create(ring: KeyRing, asked: argparse.Namespace) -> int:
    key, text = ring.create(asked.name)
    print(text)
    print(
        f"Key {key.id} for '{asked.name}'. Keep it: it is stored only as a digest.", file=sys.stderr
    )
    return 0


def _list(ring: KeyRing, asked: argparse.Namespace) -> int:
    del asked
    for key in ring.list():
        made = datetime.fromtimestamp(key.created_at, UTC).strftime("%Y-%m-%d %H:%M")
        print(f"{key.id}  {made}  {key.name}")
    return 0


def _revoke(ring: KeyRing, asked: argparse.Namespace) -> int:
    if ring.revoke(asked.key_id):
        print(f"Revoked {asked.key_id}.")
        return 0
    print(f"No key '{asked.key_id}'; see: python -m api keys list.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
