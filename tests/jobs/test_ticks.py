"""How ticks leave: at once for who sends them, and whatever the broker does."""

from threading import Event

from jobs.server.ticks import forgiving, from_a_thread


def test_nobody_waits_for_the_broker() -> None:
    """While one tick is stuck others are handed over, a worker's only once; all go in the end."""
    free, sent, done = Event(), list[str](), Event()

    def send(worker: str) -> None:
        free.wait(10)
        sent.append(worker)
        if worker == "last":
            done.set()

    tick = from_a_thread(send)
    for worker in ("stuck", "twice", "twice", "last"):
        tick(worker)

    assert sent == []
    free.set()
    assert done.wait(10)
    assert sent == ["stuck", "twice", "last"]


def test_a_tick_that_fails_stops_no_later_one() -> None:
    """A broker that refuses is logged, and asked again for the next tick."""
    asked, done = list[str](), Event()

    def send(worker: str) -> None:
        asked.append(worker)
        if worker == "second":
            done.set()
        raise OSError("the broker is away")

    tick = from_a_thread(forgiving(send))
    tick("first")
    tick("second")

    assert done.wait(10)
    assert asked == ["first", "second"]
