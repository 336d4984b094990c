"""How large a run is: on a card, on a CPU to try the script, or tiny to test it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """What is measured.

    device: what everything runs on; on "cpu" the CUDA engine runs in plain PyTorch.
    sizes, batches: of the contest with the dense network; the first size is the model's own.
    maps: kinds of label maps in it.
    ngf: width of the network with random weights; 64 is the published one.
    rounds: turns of each engine.
    precision_size: side at which the shipped model's dtypes are compared.
    jobs, queue_s: of a full queue, and seconds after which the count is taken as it is.
    memory_bytes: limit under which two models share the card.
    train_s: seconds of each of two pieces of training.
    step_s: limit of one step, seconds.
    """

    device: str
    sizes: tuple[int, ...]
    batches: tuple[int, ...]
    maps: tuple[str, ...]
    ngf: int
    rounds: int
    precision_size: int
    jobs: int
    queue_s: float
    memory_bytes: int
    train_s: float
    step_s: float

    @property
    def on_card(self) -> bool:
        """Whether the figures say anything."""
        return self.device != "cpu"


MAPS = ("doodle", "coco", "noise")
CARD = Scale("cuda", (512, 256), (1, 4, 8, 16), MAPS, 64, 20, 256, 2000, 60.0, 16 * 2**30, 60, 540)
DRY = Scale("cpu", (64, 32), (1, 4, 8, 16), MAPS, 4, 1, 64, 24, 30.0, 0, 5, 540)
TINY = Scale("cpu", (32,), (1,), ("doodle",), 2, 1, 32, 4, 30.0, 0, 1, 240)
