"""The Triton kernels against their twins: interpreted on the CPU, or run where there is a GPU.

And compiled for GPUs that are not there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from spade.engine.batch import Batch
from spade.engine.cuda import neighbourhoods, ops
from spade.engine.cuda.engine import CudaEngine
from tests.spade.conftest import HAS_GPU
from tests.spade.test_cuda_engine import batch_of, largest
from tests.spade.test_parity import generator_of

pytest.importorskip("triton", reason="Triton is not there; it comes with PyTorch's CUDA build")
DEVICE = torch.device("cuda" if HAS_GPU else "cpu")
ROUNDING = {torch.float32: 1e-5, torch.float16: 1e-3, torch.bfloat16: 1e-2}


@contextmanager
def taking(fused: bool) -> Iterator[None]:
    """Let everything take the kernels, also on the CPU, or their twins, also on a GPU."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (ops, neighbourhoods):
            patch.setattr(module, "fused", lambda _x: fused)
        yield


def plain() -> AbstractContextManager[None]:
    """Let everything take the twins."""
    return taking(fused=False)


@pytest.mark.parametrize("slots", [None, 64, 1])
@pytest.mark.parametrize("kind", ["blocks", "noise"])
def test_patterns_rebuild_the_map(kind: str, slots: int | None) -> None:
    """Plain and fused list the same patterns, each pixel's own, however many lose their slots."""
    torch.manual_seed(3)
    values = torch.randint(1, 9, (2, 12, 20), dtype=torch.int32).to(DEVICE)
    if kind == "blocks":
        values = values[:, ::4, ::4].repeat_interleave(4, 1).repeat_interleave(4, 2)
    padded = F.pad(values, (1, 1, 1, 1))
    around = neighbourhoods.windows(padded)
    room, slots = values.numel() + 1, slots or 1024

    plain = neighbourhoods._plain_numbers(values, padded, room, slots)
    fused = neighbourhoods._fused_numbers(values, padded, room, slots)

    patterns, rows, count = plain
    assert torch.equal(patterns[rows.flatten().long()], around)
    assert not patterns[0].any(), "row 0 is what lies outside"
    assert int(count) - 1 == int(rows.max())
    distinct = len(torch.unique(around, dim=0))
    assert int(count) - 1 == distinct if slots == 1024 else int(count) - 1 >= distinct
    for a, b in zip(plain, fused, strict=True):
        assert torch.equal(a, b)


def test_a_list_that_is_too_long_is_cut_off() -> None:
    """More patterns than there is room for are counted all the same, and none is out of bounds."""
    values = torch.arange(1, 97, dtype=torch.int32, device=DEVICE).view(1, 8, 12)
    padded = F.pad(values, (1, 1, 1, 1))
    for number in (neighbourhoods._plain_numbers, neighbourhoods._fused_numbers):
        patterns, rows, count = number(values, padded, 10, 256)
        assert int(count) == 97
        assert torch.equal(patterns[1:], neighbourhoods.windows(padded)[:9])
        assert int(rows.max()) == 96


@pytest.mark.parametrize("dtype", ROUNDING)
@pytest.mark.parametrize("channels", [16, 48, 160])
def test_modulation_equals_its_twin(dtype: torch.dtype, channels: int) -> None:
    """Upsampled or not, by row or by pixel, with noise or without, for any number of channels."""
    torch.manual_seed(1)
    size = (8, 12)
    planes, weight = torch.randn(2, *size, device=DEVICE), torch.randn(channels, device=DEVICE)
    for up in (False, True):
        x = torch.randn(2, size[0] >> up, size[1] >> up, channels).to(DEVICE, dtype)
        for rows in (None, torch.randint(0, 7, (2, *size), dtype=torch.int32).to(DEVICE)):
            count = 2 * size[0] * size[1] if rows is None else 7
            table = torch.randn(count, 2 * channels).to(DEVICE, dtype)
            for noise in (None, (planes, weight)):
                with plain():
                    wanted = ops.modulate(x, table, rows, size, 0.2, noise)
                got = ops._fused_modulate(x, table, rows, size, 0.2, noise, up)
                assert got.dtype == dtype
                torch.testing.assert_close(
                    got, wanted, rtol=ROUNDING[dtype], atol=10 * ROUNDING[dtype]
                )


@pytest.mark.parametrize("dtype", ROUNDING)
def test_sums_equal_their_twin(dtype: torch.dtype) -> None:
    """A 3x3 layer over one-hot planes, rectified or not, with or without a row for "outside"."""
    torch.manual_seed(2)
    patterns = torch.randint(0, 20, (33, 9), dtype=torch.int32).to(DEVICE)
    places, bias = torch.randn(9, 20, 136).to(DEVICE, dtype), torch.randn(136, device=DEVICE)
    for flags in ((True, True), (False, False)):
        with plain():
            wanted = ops.pattern_sums(patterns, places, bias, rectify=flags[0], outside=flags[1])
        got = ops._fused_sums(patterns, places, bias, *flags)
        torch.testing.assert_close(got, wanted, rtol=ROUNDING[dtype], atol=10 * ROUNDING[dtype])


def test_the_engine_paints_the_same_with_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole pictures through the kernels are those of their twins, within rounding."""
    monkeypatch.setattr("spade.engine.cuda.session.SMALL", 64)  # tables at small sizes too
    whole = batch_of("noise without z", ["blobs", "islands"])  # two items: each has its own noise
    batch = Batch(whole.channels[:, 16:48, 16:48].contiguous(), None, None, whole.seeds)
    engine = CudaEngine(generator_of("noise without z"), DEVICE, torch.float32)
    with taking(fused=True):
        got = engine.generate(batch)
    engine.release()

    with plain():
        assert largest(got, engine.generate(batch)) <= (1e-5 if HAS_GPU else 2e-6)


@pytest.mark.parametrize(
    "error", [None, RuntimeError("Failed to find C compiler."), ImportError("No module named")]
)
def test_where_triton_does_not_work_the_twins_paint(
    error: Exception | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A machine without a C compiler is told about it once, and paints all the same."""
    ops.triton_works.cache_clear()
    whole = ops._fused_sums
    calls = []

    def sums(*args: Any) -> torch.Tensor:
        calls.append(args)
        if error is not None:
            raise error
        return whole(*args)

    monkeypatch.setattr(ops, "_fused_sums", sums)
    for _ in range(2):
        assert ops.triton_works(DEVICE) is (error is None)
    ops.triton_works.cache_clear()

    assert len(calls) == 1
    assert [str(error) in message for message in caplog.messages] == [True] * bool(error)


COMPILE = """
import json, re
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from spade.engine.cuda import kernels

POINTERS = {"padded": "*i32", "owner": "*i32", "chosen": "*i32", "leads": "*i32", "ids": "*i32",
            "patterns": "*i32", "rows": "*i32", "noise": "*fp32", "weight": "*fp32",
            "bias": "*fp32", "x": "*fp16", "table": "*fp16", "places": "*fp16", "out": "*fp16"}
OTHERS = {"slope": "fp32", "offset": "i64", "prime": "i64"}
GROUPED = {"channels", "outputs"}
CONSTANTS = {"SECOND": 1, "BLOCK": 256, "RECTIFY": True, "OUTSIDE": True, "BY_ROW": True,
             "NOISE": True, "ROWS": 32, "COLUMNS": 128}
found = {}
for name in ("claim", "settle", "list_patterns", "pattern_sums", "modulate"):
    kernel = getattr(kernels, name)
    names = kernel.arg_names
    signature = {n: POINTERS.get(n) or OTHERS.get(n) or ("constexpr" if n in CONSTANTS else "i32")
                 for n in names}
    constants = {(names.index(n),): CONSTANTS[n] for n in names if n in CONSTANTS}
    aligned = {(i,): [["tt.divisibility", 16]]
               for i, n in enumerate(names) if n in POINTERS or n in GROUPED}
    for capability in (80, 90) if name == "modulate" else (80,):
        source = ASTSource(kernel, signature, constants, aligned)
        made = triton.compile(source, target=GPUTarget("cuda", capability, 32))
        text = made.asm["ptx"]
        found[f"{name} {capability}"] = [len(made.asm["cubin"]), "v4" in text, ".local" in text]
print(json.dumps(found))
"""


def test_kernels_compile_for_gpus() -> None:
    """All are machine code for A100 and H100 without local memory; rows move 16 bytes a thread."""
    environment = {**os.environ, "TRITON_INTERPRET": "0"}
    done = subprocess.run(
        [sys.executable, "-c", COMPILE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    for name, (length, wide, spills) in json.loads(done.stdout).items():
        assert length > 0, name
        assert not spills, f"{name} needs local memory"
        assert wide or name.split()[0] not in ("modulate", "pattern_sums"), (
            f"{name} does not move whole vectors"
        )
