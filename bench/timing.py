"""Times, in seconds, and table cells that the measured and the simulated service share."""

from collections.abc import Sequence

#: A simulated GPU needs this long for a batch, and for each picture in it.
BATCH_S, ITEM_S, BATCH_ITEMS = 0.05, 0.02, 8
#: How the page polls (frontend/static/js/service/painter.js).
QUEUE_POLL_S, LONG_POLL_S, MIN_POLL_S = 0.5, 20.0, 0.1


def ms(seconds: list[float] | None) -> str:
    """Write quantiles in milliseconds; those of nothing are a dash."""
    found = [value for value in seconds or [] if value == value]
    return " / ".join(f"{value * 1000:.0f}" for value in found) or "-"


def line(cells: Sequence[str]) -> str:
    """Write a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def rule(cells: Sequence[str]) -> str:
    """Write the line below the head of a Markdown table."""
    return f"|{'---|' * len(cells)}"
