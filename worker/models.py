"""Several models in one process, within a limit of memory."""

from collections import OrderedDict
from pathlib import Path
from threading import RLock

from spade.engine import DtypeName, EngineName
from spade.painter import Painter, load_painter


class Shelf:
    """Loads painters when they are asked for and puts the longest unused ones away.

    A painter that is still being used elsewhere stays in memory until its last user lets go.
    """

    def __init__(
        self,
        folder: Path,
        limit_bytes: int,
        device: str = "cpu",
        engine: EngineName = "exact",
        dtype: DtypeName = "auto",
    ) -> None:
        """Serve the checkpoints under `folder`; their weights take at most `limit_bytes`."""
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._device = device
        self._engine: EngineName = engine
        self._dtype: DtypeName = dtype
        self._painters: OrderedDict[str, Painter] = OrderedDict()
        self._lock = RLock()

    @property
    def loaded(self) -> tuple[str, ...]:
        """Names in memory, longest unused first."""
        with self._lock:
            return tuple(self._painters)

    def get(self, name: str) -> Painter:
        """Return a warmed painter, loading it if it is not in memory.

        One model always fits: the limit puts away others, never the one asked for.

        Raises:
            CheckpointError: there is no such checkpoint, or it is damaged.
        """
        with self._lock:
            if name not in self._painters:
                painter = load_painter(
                    self._folder / name, self._device, self._engine, dtype=self._dtype
                )
                painter.warm_up()
                self._painters[name] = painter
            self._painters.move_to_end(name)
            self._make_room()
            return self._painters[name]

    def _make_room(self) -> None:
        while len(self._painters) > 1 and self._held() > self._limit_bytes:
            self._painters.popitem(last=False)

    def _held(self) -> int:
        return sum(painter.weight_bytes for painter in self._painters.values())
