"""The paint engine's operations, done again in numpy from their definition."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

FRONTEND = Path(__file__).parents[2] / "frontend"
REQUIRED = os.environ.get("DOODLESCAPE_REQUIRE_BROWSER") == "1"
SUB = 16

LabelMap = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Point = list[int]


@pytest.fixture(scope="module")
def recordings() -> list[dict[str, Any]]:
    """Random operations and the doodles that the engine made of them, recorded by Node."""
    node = shutil.which("node")
    if node is None or not (FRONTEND / "node_modules" / "fast-check").is_dir():
        reason = "needs Node.js and 'npm ci --prefix frontend'"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    command = [node, str(FRONTEND / "tests" / "record.js"), "20261122", "120"]
    lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_replaying_recorded_operations_gives_the_same_bytes(
    recordings: list[dict[str, Any]],
) -> None:
    """What the browser paints follows from the written definition of each operation alone."""
    kinds = set()
    for recording in recordings:
        size = (recording["height"], recording["width"])
        doodle = np.full(size, recording["base"], np.uint8)
        for operation in recording["operations"]:
            paint(doodle, operation)
            kinds.add(operation["kind"])
        wanted = np.frombuffer(base64.b64decode(recording["labels"]), np.uint8).reshape(size)

        np.testing.assert_array_equal(doodle, wanted)
    assert kinds == {"stroke", "polygon", "rectangle", "ellipse", "fill", "replace"}


def paint(doodle: LabelMap, operation: dict[str, Any]) -> None:
    """Do one operation in place."""
    rows, columns = np.indices(doodle.shape, dtype=np.int64)
    x, y = columns * SUB + SUB // 2, rows * SUB + SUB // 2  # pixel centres in sub-pixels
    match operation:
        case {"kind": "stroke", "shape": shape, "points": points}:
            mask = np.zeros(doodle.shape, bool)
            for before, (bx, by, radius) in zip([points[0], *points], points, strict=False):
                mask |= swept(shape, x, y, before[:2], [bx, by], radius)
        case {"kind": "polygon", "points": points}:
            mask = winding(x, y, points) != 0
        case {"kind": "rectangle", "from": a, "to": b}:
            mask = (x >= min(a[0], b[0])) & (x < max(a[0], b[0]))
            mask &= (y >= min(a[1], b[1])) & (y < max(a[1], b[1]))
        case {"kind": "ellipse", "from": a, "to": b}:
            mask = in_ellipse(x, y, a, b)
        case {"kind": "fill", "x": seed_x, "y": seed_y}:
            mask = region(doodle, seed_y, seed_x)
        case {"kind": "replace", "target": target}:
            mask = doodle == target
    if operation["mirror"] and operation["kind"] != "replace":
        mask = mask | mask[:, ::-1]
    doodle[mask] = operation["label"]


def swept(shape: str, x: Any, y: Any, a: Point, b: Point, radius: int) -> Mask:
    """Pixels whose centre a brush reaches between two places."""
    px, py, dx, dy = x - a[0], y - a[1], b[0] - a[0], b[1] - a[1]
    if shape == "diamond":
        px, py, dx, dy = px + py, px - py, dx + dy, dx - dy
    across = px * dy - py * dx
    if shape != "round":
        mask = np.abs(across) <= radius * (abs(dx) + abs(dy))
        for p, d in ((px, dx), (py, dy)):
            mask &= (p >= min(0, d) - radius) & (p <= max(0, d) + radius)
        return np.asarray(mask)
    along, length2 = px * dx + py * dy, dx * dx + dy * dy
    near_a = px**2 + py**2 <= radius**2
    near_b = (px - dx) ** 2 + (py - dy) ** 2 <= radius**2
    beside = (along > 0) & (along < length2) & (across**2 <= radius**2 * length2)
    return np.asarray(
        ((along <= 0) & near_a) | ((along > 0) & (along >= length2) & near_b) | beside
    )


def winding(x: Any, y: Any, points: list[Point]) -> npt.NDArray[np.int64]:
    """How often a closed polygon winds around each pixel centre."""
    turns = np.zeros(x.shape, np.int64)
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        down = 1 if y1 > y0 else -1
        crosses = (y0 <= y) != (y1 <= y)
        left = (x - x0) * (y1 - y0) * down >= (y - y0) * (x1 - x0) * down
        turns += np.where(crosses & left, down, 0)
    return turns


def in_ellipse(x: Any, y: Any, a: Point, b: Point) -> Mask:
    """Pixels whose centre lies in the ellipse between two corners, in the engine's arithmetic."""
    cx, cy = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
    rx, ry = abs(b[0] - a[0]) / 2, abs(b[1] - a[1]) / 2
    if ry == 0:
        ry = np.nan if rx == 0 else 1e-300
    with np.errstate(all="ignore"):
        up = (y - cy) / ry
        half = rx * np.sqrt(np.maximum(0, 1 - up * up))
        return np.asarray((np.abs(y - cy) <= ry) & (x >= cx - half) & (x <= cx + half))


def region(doodle: LabelMap, row: int, column: int) -> Mask:
    """The 4-connected region of one label around a pixel, grown until it stops growing."""
    same = doodle == doodle[row, column]
    grown = np.zeros(doodle.shape, bool)
    grown[row, column] = True
    while True:
        wider = grown.copy()
        wider[1:] |= grown[:-1]
        wider[:-1] |= grown[1:]
        wider[:, 1:] |= grown[:, :-1]
        wider[:, :-1] |= grown[:, 1:]
        wider &= same
        if (wider == grown).all():
            return grown
        grown = wider
