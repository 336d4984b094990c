"""How figures are summed up, and written as cells of Markdown tables."""

import math
from collections.abc import Iterable, Sequence

#: A table of two columns: what was measured, and its figure.
Rows = list[tuple[str, str]]
#: The quantiles that every table shows.
SHARES = (0.5, 0.95, 0.99)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie; NaN of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else math.nan


def jain(values: Sequence[float]) -> float:
    """Return Jain's fairness index: 1 when all are equal, 1/n when one has everything.

    Jain, Chiu, Hawe, 1984: (sum x)^2 / (n sum x^2). An empty sequence is fair.
    """
    squares = sum(value * value for value in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else 1.0


def quantiles_ms(seconds: list[float] | None) -> str:
    """Write quantiles in milliseconds; those of nothing are a dash."""
    found = [value for value in seconds or [] if value == value]
    return " / ".join(f"{value * 1000:.0f}" for value in found) or "-"


def ms(seconds: float) -> str:
    """Write seconds as milliseconds."""
    return f"{seconds * 1000:.1f} ms"


def line(cells: Sequence[str]) -> str:
    """Write a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def rule(cells: Sequence[str]) -> str:
    """Write the line below the head of a Markdown table."""
    return f"|{'---|' * len(cells)}"


def show(rows: Iterable[tuple[str, str]], head: tuple[str, str] = ("what", "figure")) -> None:
    """Print a table row by row, as the rows come."""
    print(f"{line(head)}\n{rule(head)}", flush=True)
    for row in rows:
        print(line(row), flush=True)
