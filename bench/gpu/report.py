"""What a run found, as Markdown; which dtype to take, and what the issue asked for, from it."""

import statistics
from typing import Any

from bench.gpu.record import Record
from spade.engine import DTYPES

MIB = 2**20
HALVES = ("float16", "bfloat16")
#: Bounds of half precision: share of pixels within 2/255, and the largest difference in levels.
WITHIN_2, LARGEST = 0.999, 8.0
FLOAT32, FIRST_S, LEAST_RATIO, AIM = 1e-4, 10.0, 10.0, 20.0
#: What `auto` is in spade/engine/__init__.py; change it there where a card says otherwise.
AUTO = str(DTYPES["auto"]).removeprefix("torch.")
#: A dtype that is not faster by more than this is not worth its larger error.
WORTH = 1.03


def chosen_dtype(record: Record) -> tuple[str, str]:
    """Return the dtype that `auto` should be, and why; float32 where neither half is near enough.

    Near enough on all maps comes first, then time; where both are as fast, the nearer one.
    """
    found = record.results("precision").get("precision", [])
    worst = {
        dtype: (
            min((row["within_2"] for row in found if row["dtype"] == dtype), default=0.0),
            127.5 * max((row["largest"] for row in found if row["dtype"] == dtype), default=2.0),
        )
        for dtype in HALVES
    }
    times = {dtype: _time(record, f"exact {dtype}") for dtype in HALVES}
    said = "; ".join(
        f"{dtype}: {worst[dtype][0]:.3%} within 2/255, at most {worst[dtype][1]:.2f}/255, "
        f"{1000 * times[dtype]:.2f} ms a picture"
        for dtype in HALVES
    )
    near = [d for d in HALVES if worst[d][0] >= WITHIN_2 and worst[d][1] <= LARGEST]
    if not near:
        return "float32", said
    nearest = min(near, key=lambda dtype: worst[dtype][1])
    fastest = min(near, key=lambda dtype: times[dtype])
    return (fastest if times[nearest] > WORTH * times[fastest] else nearest), said


def _time(record: Record, engine: str) -> float:
    """Return the median time of a picture over all maps, sizes and batches; 0 where none is."""
    times = [row["seconds"] / row["batch"] for row in _rows(record) if row["engine"] == engine]
    return statistics.median(times) if times else 0.0


def _rows(record: Record) -> list[dict[str, Any]]:
    return [row for result in record.results("engines").values() for row in result["rows"]]


def verdicts(record: Record) -> list[str]:
    """Return a line for each thing asked for: met, missed or not measured."""
    found, rows = record.results(), _rows(record)
    exact = f"exact {chosen_dtype(record)[0]}"
    lines = []
    for batch in (1, 8):
        ratios = [
            row["ratio"]
            for row in rows
            if row["engine"] == exact and row["batch"] == batch and row["label_map"] != "noise"
        ]
        text = f"at least {LEAST_RATIO:g} times dense at batch {batch} (aim {AIM:g})"
        lines.append(_verdict(text, min(ratios, default=None), LEAST_RATIO))
    single = [row["largest"] for row in found.get("precision", []) if row["dtype"] == "float32"]
    lines.append(_verdict(f"float32 within {FLOAT32:g}", max(single, default=None), below=FLOAT32))
    if "precision" in found:
        dtype, why = chosen_dtype(record)
        lines.append(f"{'MISSED' if dtype == 'float32' else 'met'}: half precision near enough")
        lines.append(f"auto should be {dtype}, and is {AUTO}: {why}")
    first = found.get("cold", {}).get("process", {}).get("first_picture_s")
    text = f"first picture of a cold process in {FIRST_S:g} s"
    lines.append(_verdict(text, first, below=FIRST_S))
    return lines


def _verdict(
    text: str, value: float | None, above: float | None = None, below: float | None = None
) -> str:
    if value is None:
        return f"not measured: {text}"
    met = value >= above if above is not None else below is not None and value <= below
    return f"{'met' if met else 'MISSED'}: {text}: {value:.3g}"


def report(record: Record) -> str:
    """Return all figures as Markdown."""
    facts = record.facts
    lines = [f"# {facts['device']}", ""]
    if facts["device"] == "cpu":
        lines += ["**A dry run on a CPU: these figures say nothing about any card.**", ""]
    lines += [", ".join(f"{name} {value}" for name, value in facts.items() if name != "device"), ""]
    lines += ["| step | status | seconds |", "|---|---|---:|"]
    lines += [
        f"| {name} | {entry['status']} | {entry['seconds']} |"
        for name, entry in record.entries().items()
    ]
    lines += ["", *(f"- {line}" for line in verdicts(record)), "", *_engines(record)]
    lines += _others(record)
    return "\n".join(lines).rstrip() + "\n"


def _engines(record: Record) -> list[str]:
    rows, results = _rows(record), record.results("engines")
    if not rows:
        return []
    rates = [result["matrix_flop_per_s"] / 1e12 for result in results.values()]
    lines = [
        f"Large bf16 matrix product (float32 on a CPU): {statistics.median(rates):.2f} TFLOP/s. "
        "Share: the generator's own convolutions alone, of that rate.",
        "",
        "| size | map | batch | engine | ms a picture | ratio | in 2/255 | largest | share | MiB |",
        "|---|---|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        lines.append(
            f"| {row['size'][0]} | {row['label_map']} | {row['batch']} | {row['engine']} "
            f"| {1000 * row['seconds'] / row['batch']:.2f} | {row['ratio']:.1f} "
            f"| {row['within_2']:.3%} | {127.5 * row['error']:.2f}/255 | {row['share']:.1%} "
            f"| {row['peak_bytes'] / MIB:.0f} |"
        )
    return [*lines, ""]


def _others(record: Record) -> list[str]:
    found, lines = record.results(), []
    if tests := found.get("tests"):
        passed = tests["tests"] - tests["skipped"] - tests["failures"] - tests["errors"]
        lines.append(f"Tests of the CUDA engine: {passed} passed, {tests['skipped']} skipped.")
    for name, cold in found.get("cold", {}).items():
        turns = ", ".join(f"{1000 * turn:.0f}" for turn in cold["turns_s"])
        taken = ", ".join(
            f"{value / MIB:.0f} MiB with batches of {key.rpartition('_')[2]}"
            for key, value in cold.items()
            if key.startswith("peak_bytes")
        )
        lines.append(
            f"First picture of a cold {name}: {cold['first_picture_s']:.1f} s (loaded after "
            f"{cold['loaded_s']:.1f} s), pictures in turn {turns} ms; weights "
            f"{cold['weight_bytes'] / MIB:.0f} MiB, in all {taken}."
        )
    for one in record.results("queue").values():
        lines.append(
            f"Worker, full queue, {one['size']}x{one['size']} {one['format']}, models "
            f"{' and '.join(one['models'])}: {one['pictures_per_s']:.1f} pictures/s in batches of "
            f"{one['pictures_per_batch']:.1f}, {one['jobs']} jobs."
        )
    if train := found.get("training"):
        lines.append(
            f"Training: {train['steps']} steps in two pieces, {train['images_per_s']:.1f} "
            f"images/s; a state of {train['carried_bytes'] / MIB:.1f} MiB carried between."
        )
    return [line for text in lines for line in (text, "")]


def readme(record: Record) -> str:
    """Return the lines for README.md and docs/engine.md."""
    rows, facts = _rows(record), record.facts
    dtype, _ = chosen_dtype(record)
    lines = [
        "Paste into README.md and docs/engine.md"
        + (", but from a card, not from this dry run:" if facts["device"] == "cpu" else ":"),
        "",
        f"On {facts['device']} (driver {facts.get('driver', '-')}, CUDA {facts.get('cuda', '-')}, "
        f"PyTorch {facts['torch']}), {dtype}, `bench/gpu_check`:",
        "",
        "| size | map | batch | dense float32, ms a picture | exact, ms a picture | ratio |",
        "|---|---|---:|---:|---:|---:|",
    ]
    dense = {
        (row["size"][0], row["label_map"], row["batch"]): row
        for row in rows
        if row["engine"] == "dense"
    }
    for row in rows:
        key = (row["size"][0], row["label_map"], row["batch"])
        if row["engine"] == f"exact {dtype}":
            before, after = (1000 * r["seconds"] / r["batch"] for r in (dense[key], row))
            lines.append(
                f"| {key[0]} | {key[1]} | {key[2]} | {before:.2f} | {after:.2f} "
                f"| {row['ratio']:.1f} |"
            )
    return "\n".join([*lines, "", *_others(record)])
