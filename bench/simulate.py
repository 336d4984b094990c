"""Simulate people, API, fair queue, batches and GPUs as discrete events, with simpy.

    python -m bench.simulate --users 50 100 200 400 --api 1 --gpus 4

The people are those of bench/load (same `wishes`, same polls). A request holds one API process
for its CPU time; a GPU claims from the front of the fair order as many pictures as fit a batch, and
holds them for `batch_s + item_s * pictures`. With `--cores`, everything shares one machine: API
processes need a core while they work, and so does what Redis, workers and the load generator do
beside each request.
"""

import argparse

from bench.figures import line, quantiles_ms, rule
from bench.load.timing import BESIDE_S, REQUEST_S
from bench.simulation.run import Outcome, simulate
from bench.simulation.service import Costs

COLUMNS = (
    *("users", "requests/s", "submits/s", "pictures/s", "submit ms", "poll ms", "live wait ms"),
    *("variations wait ms", "replaced", "fairness", "API busy", "GPUs busy"),
)


def row(one: Outcome) -> list[str]:
    """Write one simulation as the cells of the table."""
    return [
        str(one.users),
        f"{one.requests_per_s:.0f}",
        f"{one.submits_per_s:.1f}",
        f"{one.pictures_per_s:.1f}",
        *(quantiles_ms(each) for each in (one.submit_s, one.poll_s, one.live_s, one.variations_s)),
        f"{one.replaced * 100:.0f} %",
        f"{one.fairness:.2f}",
        f"{one.api_busy * 100:.0f} %",
        f"{one.gpus_busy * 100:.0f} %",
    ]


def main() -> None:
    """Simulate each number of users and print a row."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__)
    parser.add_argument("--users", type=int, nargs="+", default=[50, 100, 200, 400], help="people")
    parser.add_argument("--api", type=int, default=1, help="API processes")
    parser.add_argument("--gpus", type=int, default=4, help="simulated GPUs")
    parser.add_argument("--request-ms", type=float, default=1000 * REQUEST_S, help="CPU each")
    parser.add_argument("--cores", type=int, default=0, help="of one machine; 0 = enough")
    parser.add_argument("--beside-ms", type=float, default=1000 * BESIDE_S, help="all else's CPU")
    parser.add_argument("--warm", type=float, default=8.0, help="seconds before it counts")
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds that count")
    asked = parser.parse_args()
    costs = Costs(
        processes=asked.api,
        gpus=asked.gpus,
        request_s=asked.request_ms / 1000,
        cores=asked.cores,
        beside_s=asked.beside_ms / 1000,
    )
    print(f"{line(COLUMNS)}\n{rule(COLUMNS)}")
    for users in asked.users:
        one = simulate(users, costs, warm_s=asked.warm, seconds=asked.seconds)
        print(line(row(one)), flush=True)


if __name__ == "__main__":
    main()
