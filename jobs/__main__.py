"""The operator's commands: `python -m jobs --help`."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from redis.exceptions import RedisError

from jobs import BlobStore, Ledger, load_settings, open_blobs, open_ledger
from jobs.admin import Admin
from jobs.backup import back_up
from jobs.blobs.orphans import OrphanedBlobs
from jobs.errors import JobError
from jobs.setting_errors import setting_errors
from jobs.webhooks.outbox import Outbox

Row = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; print a table, or JSON lines with --json. Return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        ledger, blobs = open_ledger(settings), open_blobs(settings)
        rows = options.act(ledger, blobs, options)
    except ValidationError as error:
        print(*setting_errors(error), sep="\n", file=sys.stderr)
        return 2
    except RedisError as error:
        print(f"The server does not answer ({error}); check REDIS_URL.", file=sys.stderr)
        return 1
    except JobError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    _print(rows, as_json=options.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m jobs", description="Look after the queue.")
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, act: Callable[[Ledger, BlobStore, Any], list[Row]], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(act=act)
        return added

    command("queues", _queues, "Show each model's queue: depth, age, running, speed.")
    command("workers", _workers, "Show the living workers.")
    show = command("show", _show, "Show one job, whoever owns it.")
    show.add_argument("job")
    command("dead", _dead, "List the dead letters: poison jobs and undeliverable webhooks.")
    requeue = command("requeue", _requeue, "Queue failed jobs (or all poison ones) again.")
    requeue.add_argument("job", nargs="*", help="job ids; none = every poison job")
    resend = command("resend", _resend, "Send undeliverable webhooks again.")
    resend.add_argument("delivery", nargs="*", help="delivery ids; none = all")
    for name, act, text in (
        ("drain", _drain, "Stop claims of a model or worker; what runs is finished."),
        ("resume", _resume, "Allow claims again."),
    ):
        gate = command(name, act, text)
        which = gate.add_mutually_exclusive_group(required=True)
        which.add_argument("--model")
        which.add_argument("--worker")
    purge = command("purge", _purge, "Cancel the queued jobs of a model or a user.")
    scope = purge.add_mutually_exclusive_group(required=True)
    scope.add_argument("--model")
    scope.add_argument("--user")
    backup = command("backup", _backup, "Copy all that is kept into a new folder.")
    backup.add_argument("folder", type=Path)
    forget = command("forget", _forget, "Delete everything of a user: jobs, pictures, links.")
    forget.add_argument("user")
    return parser


def _queues(ledger: Ledger, _: BlobStore, __: Any) -> list[Row]:
    return Admin(ledger).queues()


def _workers(ledger: Ledger, _: BlobStore, __: Any) -> list[Row]:
    return [
        {
            "worker": worker.name,
            "state": worker.state,
            "models": ",".join(worker.models),
            "loaded": ",".join(worker.loaded),
            "device": worker.device,
            "jobs": worker.jobs,
            "memory_mib": sum(worker.memory.values()) // 2**20,
            "last_poll": _time(worker.polled_s),
        }
        for worker in ledger.workers.living()
    ]


def _show(ledger: Ledger, _: BlobStore, options: Any) -> list[Row]:
    job = ledger.get(options.job)
    return [{"field": name, "value": getattr(job, name)} for name in job.__slots__]


def _dead(ledger: Ledger, _: BlobStore, __: Any) -> list[Row]:
    poison = [
        {"kind": "job", "id": job.id, "user": job.user, "reason": (job.error or {}).get("code")}
        for job in Admin(ledger).dead_jobs()
    ]
    letters = [
        {"kind": "webhook", "id": letter.id, "user": letter.user, "reason": letter.reason}
        for letter in Outbox(ledger).dead()
    ]
    return poison + letters


def _requeue(ledger: Ledger, blobs: BlobStore, options: Any) -> list[Row]:
    admin = Admin(ledger)
    ids = options.job or [job.id for job in admin.dead_jobs()]
    for job_id in ids:
        admin.requeue(job_id)
        blobs.keep(job_id, ledger.settings.blob_ttl_s)  # it may wait and be kept as long again
    return [{"requeued": job_id} for job_id in ids]


def _resend(ledger: Ledger, _: BlobStore, options: Any) -> list[Row]:
    outbox = Outbox(ledger)
    ids = options.delivery or [letter.id for letter in outbox.dead()]
    return [{"delivery": one, "resent": outbox.retry(one)} for one in ids]


def _drain(ledger: Ledger, _: BlobStore, options: Any) -> list[Row]:
    Admin(ledger).pause(model=options.model, worker=options.worker)
    return [{"drained": options.model or options.worker}]


def _resume(ledger: Ledger, _: BlobStore, options: Any) -> list[Row]:
    Admin(ledger).resume(model=options.model, worker=options.worker)
    return [{"resumed": options.model or options.worker}]


def _purge(ledger: Ledger, _: BlobStore, options: Any) -> list[Row]:
    ids = Admin(ledger).purge(model=options.model, user=options.user)
    return [{"cancelled": len(ids)}]


def _forget(ledger: Ledger, blobs: BlobStore, options: Any) -> list[Row]:
    ids = ledger.forget(options.user)
    OrphanedBlobs(ledger, blobs).drop(ids)
    return [{"forgotten": options.user, "jobs": len(ids)}]


def _backup(ledger: Ledger, _: BlobStore, options: Any) -> list[Row]:
    size_bytes = back_up(ledger.redis, ledger.settings, options.folder)
    return [{"backup": options.folder, "bytes": size_bytes}]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else "-"


def _print(rows: list[Row], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print(json.dumps(row, default=str))
        return
    if not rows:
        print("nothing")
        return
    names = list(rows[0])
    table = [names, *[[str(row.get(name, "")) for name in names] for row in rows]]
    widths = [max(len(line[column]) for line in table) for column in range(len(names))]
    for line in table:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


if __name__ == "__main__":
    sys.exit(main())
