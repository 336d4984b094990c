"""Time what writes pictures: PNG, JPEG and WebP, of pictures that a model painted.

    python -m bench.encoders PICTURE ...

Prints the CPU time and the size of each encoder's files, means over the pictures.
"""

import argparse
import io
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from bench.figures import line, rule
from spade.png import write_png

Pixels = npt.NDArray[np.uint8]
ROUNDS = 5
#: Pillow's names of deflate's strategies, by the number that it takes.
STRATEGIES = {"default": 0, "filtered": 1, "huffman": 2, "rle": 3}


def main() -> None:
    """Measure every encoder on the pictures and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.encoders", description=__doc__)
    parser.add_argument("picture", nargs="+", type=Path)
    pictures = [read(file) for file in parser.parse_args().picture]
    head = ("encoder", "CPU ms", "kB")
    print(f"{line(head)}\n{rule(head)}")
    for name, encode in encoders().items():
        seconds, size = _measure(encode, pictures)
        print(line((name, f"{seconds * 1000:.1f}", f"{size / 1000:.0f}")), flush=True)


def encoders() -> dict[str, Callable[[Pixels], bytes]]:
    """Return what is compared, by name."""
    found: dict[str, Callable[[Pixels], bytes]] = {"PNG, ours": partial(write_png, notes={})}
    for level in (1, 3, 6):
        found[f"PNG, Pillow, level {level}"] = pillow("PNG", compress_level=level)
    for name in ("huffman", "rle"):
        strategy = {"compress_level": 1, "compress_type": STRATEGIES[name]}
        found[f"PNG, Pillow, level 1, {name}"] = pillow("PNG", **strategy)
    for quality in (80, 92):
        found[f"JPEG {quality}"] = pillow("JPEG", quality=quality)
        for effort in (0, 1, 2, 4):
            name = f"WebP {quality}, method {effort}"
            found[name] = pillow("WEBP", quality=quality, method=effort)
    return found


def pillow(form: str, **options: int) -> Callable[[Pixels], bytes]:
    def encode(pixels: Pixels) -> bytes:
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, form, **options)
        return out.getvalue()

    return encode


def read(file: Path) -> Pixels:
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"))


def _measure(encode: Callable[[Pixels], bytes], pictures: list[Pixels]) -> tuple[float, float]:
    """Return CPU seconds and bytes a picture, of the fastest round."""
    best_s, size = float("inf"), 0
    for _ in range(ROUNDS):
        begun = time.process_time()
        size = sum(len(encode(picture)) for picture in pictures)
        best_s = min(best_s, time.process_time() - begun)
    return best_s / len(pictures), size / len(pictures)


if __name__ == "__main__":
    main()
