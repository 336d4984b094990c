"""Memory that a run has freed stays with its process, where the next step finds it again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spade.commands.train import ENVIRONMENT

#: Frees 256 MB in blocks as large as a step's, writes figures as 1,000 steps do, and tells what was
#: given back by then, MB.
PROGRAM = """
import resource, sys
from pathlib import Path
import torch
from spade.train.record.report import Reporter

def resident_mb():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6

reporter = Reporter(Path(sys.argv[1]), 0)
blocks = [torch.ones(2_000_000) for _ in range(32)]
del blocks
before = resident_mb()
for step in range(1_000):
    reporter.step(step, step, {f"loss {number}": 1.0 for number in range(15)}, 1)
print(before - resident_mb())
reporter.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the GNU C library's allocator")
def test_writing_figures_leaves_freed_memory_with_the_process(tmp_path: Path) -> None:
    """No thousand steps' figures make the process hand back what it needs again a moment later."""
    program = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(
        program, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 64
