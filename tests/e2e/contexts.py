"""Browser contexts that tests use one after another, each time as if they were new."""

from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

Options = dict[str, object]

# A window as most have it: too low for the strip of looks, so that nothing is painted unasked.
LAPTOP = {"width": 1366, "height": 690}
#: A person's browser, unless a test says otherwise.
USUAL: Options = {
    "viewport": LAPTOP,
    "locale": "en-US",
    # What is answered out of a cache, a test cannot change on its way.
    "service_workers": "block",
}
#: Idle contexts that stay open, each with a page's memory.
MOST_IDLE = 4


@dataclass
class Lent:
    """A context with its options and a page that stays, through which it is told to forget.

    once: nobody gets it after this test.
    """

    options: Options
    once: bool
    context: BrowserContext
    lasting: Page
    session: CDPSession


class Contexts:
    """Lend contexts that know nothing of an earlier test: no cookies, storage or databases.

    What stays of it is the browser's own cache, scripts compiled: a page opens in half the CPU
    time. `cold` asks for one without it; one in which service workers may run is lent once, too.
    """

    def __init__(self, browser: Browser, origin: str) -> None:
        """Open none yet."""
        self._browser, self._origin = browser, origin
        self._idle: list[Lent] = []

    def lend(self, *, cold: bool = False, **options: object) -> Lent:
        """Return a context with the usual options but for these."""
        wanted = USUAL | options
        for lent in reversed(self._idle):
            if lent.options == wanted and not cold:
                self._idle.remove(lent)
                return lent
        context = self._browser.new_context(**wanted)  # type: ignore[arg-type]
        context.set_default_timeout(60_000)  # a page load on a busy machine
        lasting = context.new_page()
        once = cold or wanted["service_workers"] != "block"
        return Lent(wanted, once, context, lasting, context.new_cdp_session(lasting))

    def take_back(self, lent: Lent) -> None:
        """Close a context's pages and have it forget the site, for the next who wants one."""
        if lent.once:
            lent.context.close()
            return
        for page in lent.context.pages:
            if page is not lent.lasting:
                page.close()
        lent.context.set_offline(False)
        lent.context.clear_cookies()
        everything = {"origin": self._origin, "storageTypes": "all"}
        lent.session.send("Storage.clearDataForOrigin", everything)
        self._idle.append(lent)
        if len(self._idle) > MOST_IDLE:
            self._idle.pop(0).context.close()

    def close(self) -> None:
        """Close those that are idle."""
        while self._idle:
            self._idle.pop().context.close()
