"""Requests counted in windows, for all processes together."""

import pytest

from jobs import Ledger
from jobs.rates import Rate, RateLimited, count

FEW, MANY = Rate("few", 2, 60), Rate("many", 100, 60)


def test_the_first_rate_that_is_used_up_refuses(ledger: Ledger) -> None:
    """A request past one of its rates is refused, with that rate and what is left of its window."""
    for _ in range(2):
        count(ledger, MANY, FEW)

    with pytest.raises(RateLimited) as refused:
        count(ledger, MANY, FEW)

    assert refused.value.rate == FEW
    assert 0 < refused.value.wait_s <= 60


def test_a_request_may_count_for_several(ledger: Ledger) -> None:
    """A cost counts at once, and a window without requests begins anew."""
    count(ledger, Rate("costly", 3, 60, cost=3))

    with pytest.raises(RateLimited):
        count(ledger, Rate("costly", 3, 60))

    count(ledger, Rate("another", 3, 60))
