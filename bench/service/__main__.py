"""Measure the job service, all parts real, load generator included.

    python -m bench.service [NAME ...]      NAMEs: latency claim throughput polls cost
                                            ledger efficiency eta plain; none = all

Each prints one Markdown table; docs/service-bench.md holds a run of all.
"""

import argparse
from collections.abc import Callable

from bench.figures import Rows, show
from bench.service.compare import compare
from bench.service.cost import cost
from bench.service.ledger import ledger
from bench.service.requests import claim, latency, polls, throughput
from bench.service.workers import efficiency, eta

BENCHES: dict[str, Callable[[], Rows]] = {
    "latency": latency,
    "claim": claim,
    "throughput": throughput,
    "polls": polls,
    "cost": cost,
    "ledger": ledger,
    "efficiency": efficiency,
    "eta": eta,
    "plain": compare,
}


def main() -> None:
    """Run the named benches and print their tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.service", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[[], *BENCHES], metavar="NAME", help="of a measurement"
    )
    for name in parser.parse_args().names or BENCHES:
        print(f"\n### {name}\n", flush=True)
        show(BENCHES[name]())


if __name__ == "__main__":
    main()
