"""Fingers on the page."""

import time
from typing import Any

from playwright.sync_api import CDPSession

from tests.e2e.studio import Studio

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Fingers:
    """Real touch events, through the browser's own input pipeline."""

    def __init__(self, studio: Studio) -> None:
        """Touch one page."""
        self._studio = studio
        self._session: CDPSession = studio.page.context.new_cdp_session(studio.page)

    def _send(self, kind: str, *places: tuple[float, float], at_s: float | None = None) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        event: dict[str, Any] = {"type": kind, "touchPoints": points}
        if at_s is not None:
            event["timestamp"] = at_s
        self._session.send("Input.dispatchTouchEvent", event)

    def tap(self, *places: tuple[float, float]) -> None:
        """Tap with several fingers: within 0.1 s by their own clock, however busy the machine."""
        on_screen = [self._studio.at(*place) for place in places]
        now_s = time.time()
        for count in range(1, len(on_screen) + 1):
            self._send("touchStart", *on_screen[:count], at_s=now_s - 0.1)
        self._send("touchEnd", at_s=now_s)

    def press(self, *places: tuple[float, float]) -> None:
        """Put fingers on doodle pixels."""
        self._send("touchStart", *(self._studio.at(*place) for place in places))

    def move(self, *places: tuple[float, float]) -> None:
        """Move them to others."""
        self._send("touchMove", *(self._studio.at(*place) for place in places))

    def move_on_screen(self, *places: tuple[float, float]) -> None:
        """Move them to places on the screen: a pinch moves the doodle under them."""
        self._send("touchMove", *places)

    def lift(self) -> None:
        """Lift them all."""
        self._send("touchEnd")
