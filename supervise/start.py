"""`./start`, inside `.venv`: check, start the parts, wait until ready, stay until told to stop."""

import asyncio
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Coroutine

from pydantic import ValidationError

from jobs.setting_errors import exit_for
from jobs.settings import REDIS_URL_FILE, Settings, load_settings
from supervise import dataserver, parts, preflight
from supervise.console import Console
from supervise.errors import SetupError
from supervise.process import Reaper, SupervisedPart

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SLOW_S = 12.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def main() -> None:
    """Serve until Ctrl-C or SIGTERM (exit code 0), or until something is wrong (1)."""
    try:
        settings = prepared(load_settings())
        lock = preflight.claim_data_dir(settings.data_dir)
        check(settings)
        with lock, Reaper() as reaper:
            asyncio.run(Supervisor(settings, reaper).run())
    except ValidationError as error:
        exit_for(error)
    except SetupError as error:
        sys.exit(f"doodlescape: {error}")


def prepared(settings: Settings) -> Settings:
    """Return the settings with absolute folders and, for PORT=0, a free port."""
    return settings.model_copy(
        update={
            "data_dir": settings.data_dir.expanduser().resolve(),
            "checkpoints_dir": settings.checkpoints_dir.expanduser().resolve(),
            "port": settings.port or dataserver.free_port(),
        }
    )


def check(settings: Settings) -> None:
    """Check what would keep the service from running.

    Raises:
        SetupError: for the first such thing.
    """
    preflight.check_room(settings.data_dir)
    preflight.check_port(settings.host, settings.port)
    for model in settings.models:
        preflight.check_checkpoint(settings.checkpoints_dir / model)


class Supervisor:
    """The data server, the API and the workers, from the first to the last."""

    def __init__(self, settings: Settings, reaper: Reaper) -> None:
        """Prepare; `run` starts."""
        self._settings, self._reaper = settings, reaper
        self._console = Console()
        self._kept: list[SupervisedPart] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None

    async def run(self) -> None:
        """Start everything, stay until a signal, stop everything.

        Raises:
            SetupError: a part cannot start.
        """
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP, and so do we
                loop.add_signal_handler(number, self._on_signal)
        bringing_up = self._in_background(self._bring_up())
        await self._stop.wait()
        bringing_up.cancel()
        await self._bring_down()
        (self._settings.data_dir / REDIS_URL_FILE).unlink(missing_ok=True)
        if self._failure is not None:
            raise self._failure

    def _in_background(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run `work` beside the rest; when it fails, everything stops."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failure = self._failure or failure
            self._stop.set()

    def _on_signal(self) -> None:
        """Stop in order the first time; kill everything the second time."""
        if self._stop.is_set():
            for kept in self._kept:
                kept.kill()
        self._stop.set()

    async def _bring_up(self) -> None:
        settings, began_s = self._settings, time.monotonic()
        environment = {
            "PORT": str(settings.port),
            "DATA_DIR": str(settings.data_dir),
            "CHECKPOINTS_DIR": str(settings.checkpoints_dir),
        }
        if settings.uses_default_secret:
            environment["SECRET_KEY"] = dataserver.kept_secret(settings.data_dir / "secret_key")
        environment["REDIS_URL"] = await self._data_server()
        # They import for longer than the server starts, and wait for one that is not there yet, as
        # while it loads a large append-only file; workers take longest.
        for part in (*parts.workers(settings, environment), parts.api(environment)):
            self._keep(SupervisedPart(part, self._console, self._reaper))
        await self._until_ready()
        for kept in self._kept:
            kept.settled = True
        self._announce(time.monotonic() - began_s)

    async def _data_server(self) -> str:
        """Start the embedded server, unless REDIS_URL names one that answers; return the URL."""
        settings = self._settings
        if os.environ.get("REDIS_URL"):  # the settings may have it from the last run's file
            # Who runs the embedded server need not wait for the import of a client.
            from supervise.given_server import wait_until_answers

            await wait_until_answers(settings)
            return settings.redis_url
        command, url = dataserver.configure(settings.data_dir)
        self._keep(
            SupervisedPart(parts.server(command, settings.data_dir), self._console, self._reaper)
        )
        return url

    def _keep(self, kept: SupervisedPart) -> None:
        self._kept.append(kept)
        self._in_background(kept.run())

    async def _until_ready(self) -> None:
        host = EVERYWHERE.get(self._settings.host, self._settings.host)
        began_s, told = time.monotonic(), False
        while not await asyncio.to_thread(_is_ready, host, self._settings.port):
            if time.monotonic() - began_s > SLOW_S and not told:
                self._console.say(
                    "Still starting: the first time, the worker compiles for this processor; "
                    "with many jobs in DATA_DIR, the data server reads them"
                )
                told = True
            await asyncio.sleep(0.1)

    def _announce(self, took_s: float) -> None:
        host, port = self._settings.host, self._settings.port
        here = "localhost" if host in ("127.0.0.1", "::1", *EVERYWHERE) else host
        self._console.say(f"\nDoodlescape is ready: http://{here}:{port}  (after {took_s:.1f} s)")
        if host in EVERYWHERE and (address := _address_in_network()):
            self._console.say(f"From other machines:  http://{address}:{port}")
        self._console.say("Ctrl-C stops it.\n")

    async def _bring_down(self) -> None:
        """Stop the API and the workers side by side, and the data server last."""
        self._console.say("\nStopping ...")
        servers = [kept for kept in self._kept if kept.part.name == "server"]
        others = [kept for kept in self._kept if kept.part.name != "server"]
        await asyncio.gather(*(kept.stop() for kept in others))
        await asyncio.gather(*(kept.stop() for kept in servers))
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._console.say("Stopped.")


def _is_ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _address_in_network() -> str | None:
    """Return this machine's address in its network (asks the routing table, sends nothing)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 of RFC 5737
            return str(probe.getsockname()[0])
        except OSError:
            return None


if __name__ == "__main__":
    main()
