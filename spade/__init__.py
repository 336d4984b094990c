"""SPADE: label maps in, photos out. A pure library that knows nothing of the web or of queues.

`load_painter` is imported on first use, because it loads PyTorch and the API must not.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spade.painter import Painter, load_painter

__all__ = ["Painter", "load_painter"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from spade import painter

        return getattr(painter, name)
    raise AttributeError(f"module 'spade' has no attribute '{name}'")
