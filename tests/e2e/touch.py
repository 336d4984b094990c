"""Fingers on the page."""

from playwright.sync_api import CDPSession

from tests.e2e.studio import Studio

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Fingers:
    """Real touch events, through the browser's own input pipeline."""

    def __init__(self, studio: Studio) -> None:
        """Touch one page."""
        self._studio = studio
        self._session: CDPSession = studio.page.context.new_cdp_session(studio.page)

    def _send(self, kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

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
