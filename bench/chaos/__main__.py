"""Load and chaos: many users, real parts, and something killed every few seconds.

    python -m bench.chaos --jobs 2000 --users 50 --kill-every 3

Clients PUT jobs under ids of their own and repeat them until accepted. Meanwhile workers, the API
and the server are killed with SIGKILL, frozen and continued, or gone for longer than a watchdog
waits; the disk with the blobs is full, gone, or cannot read one of them. In the end the oracle
asks, as each owner over HTTP, for what was promised. Exit status 1 = it found fault.
"""

import argparse
import sys

from bench import figures
from bench.chaos.report import Report
from bench.chaos.run import parse, run


def show(report: Report, options: argparse.Namespace) -> None:
    """Print the report as a Markdown table."""
    slowest = max(report.recoveries_s, default=0.0)
    rows = {
        "jobs accepted, users": f"{report.accepted}, {options.users}",
        "submits repeated by clients": report.repeats,
        "seconds": f"{report.seconds:.0f}",
        "broken": ", ".join(f"{n} x {what}" for what, n in sorted(report.killed.items())),
        "jobs by attempts needed": ", ".join(
            f"{n} x {attempt}" for attempt, n in sorted(report.attempts.items())
        ),
        "jobs whose input was made unreadable": len(report.spoiled),
        "late writes refused": report.refused,
        "slowest recovery of a killed worker's jobs": (
            f"{slowest:.1f} s of {len(report.recoveries_s)} (lease {options.lease:g} s)"
        ),
        "faults found by the oracle": len(report.faults),
    }
    figures.show((what, str(figure)) for what, figure in rows.items())
    for fault in report.faults[:20]:
        print("FAULT", fault)


def main() -> int:
    """Run, print, and tell by the exit status whether anything was wrong."""
    options = parse()
    report = run(options)
    show(report, options)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
