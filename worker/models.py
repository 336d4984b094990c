"""The models of a worker in memory: a least recently used cache, bounded by the weights' bytes."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

import structlog

from worker.painters import Painter, native_pixels_of, release_device_memory, weight_bytes_of

log = structlog.get_logger(__name__)

#: Seconds that a picture took at the end of a warm-up, and its pixels, if the painter says.
Warm = tuple[float, int | None]


class ModelCache:
    """Load models when they are asked for, after unloading those that were unused for longest.

    One thread asks, the painting loop, so a model stays while its batch is painted; any thread may
    look at what is loaded, during a load too.
    """

    def __init__(
        self, names: Sequence[str], load: Callable[[str], Painter], limit_bytes: int = 0
    ) -> None:
        """Serve `names` by `load`; their weights take at most `limit_bytes`, 0 = all may stay."""
        self.names = tuple(names)
        self._load = load
        self._limit_bytes = limit_bytes
        self._painters: OrderedDict[str, Painter] = OrderedDict()
        self._lock = Lock()  # for the entries, never held during a load
        self._sizes: dict[str, int] = {}
        self._load_s: dict[str, float] = {}

    def get(self, name: str) -> Painter:
        """Return a model's painter, loaded if need be; errors are the loader's.

        The weights never take more than the limit, unless one model alone does.
        """
        painter = self._painters.get(name)
        if painter is None:
            self._make_room(name)
            started = time.monotonic()
            painter = self._load(name)
            self._load_s[name] = time.monotonic() - started
            self._sizes[name] = weight_bytes_of(painter)
        with self._lock:
            self._painters[name] = painter
            self._painters.move_to_end(name)
        return painter

    def warm_up(self, name: str) -> Warm:
        """Load a model and let it paint twice: the first time may compile, the second is measured.

        Errors are the loader's.
        """
        started = time.monotonic()
        painter = self.get(name)
        painter.warm_up()
        warming = time.monotonic()
        painter.warm_up()
        ready = time.monotonic()
        log.info("model is ready", model=name, seconds=round(ready - started, 1))
        return ready - warming, native_pixels_of(painter)

    def fill(self) -> None:
        """Load what fits beside the models that are loaded, the first names first."""
        for name in self.names:
            is_loaded = name in self._painters
            if not is_loaded and self._held() + self._sizes[name] <= self._limit_bytes:
                self.get(name)

    def loaded(self) -> dict[str, int]:
        """Return the bytes of weights per loaded model, that unused for longest first."""
        with self._lock:
            return {name: self._sizes[name] for name in self._painters}

    def load_s(self, name: str) -> float:
        """Return the seconds that the model's next batch waits for its weights: 0 when loaded."""
        return 0.0 if name in self._painters else self._load_s.get(name, 0.0)

    def _held(self) -> int:
        return sum(self.loaded().values())

    def _make_room(self, name: str) -> None:
        """Unload until the model fits; before its first load its size is not known: unload all."""
        if not self._limit_bytes:
            return
        needed = self._sizes.get(name, self._limit_bytes)
        while self._painters and self._held() + needed > self._limit_bytes:
            with self._lock:
                unused = next(iter(self._painters))
                del self._painters[unused]
            log.info("model unloaded", model=unused, to_load=name)
        release_device_memory()
