"""Memory that a run has freed stays with its process, where the next step finds it again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spade.commands.train import ENVIRONMENT

#: Frees 256 MB in blocks as large as a step's, writes figures as 1,000 steps do, and tells how many
#: bytes were given back by then.
PROGRAM = """
import sys
from pathlib import Path
import torch
from bench.engine_load import resident_bytes
from spade.train.record.report import Reporter

reporter = Reporter(Path(sys.argv[1]), 0)
blocks = [torch.ones(2_000_000) for _ in range(32)]
held = resident_bytes()
del blocks
for step in range(1_000):
    reporter.step(step, step, {f"loss {number}": 1.0 for number in range(15)}, 1)
print(held - resident_bytes())
reporter.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the GNU C library's allocator")
def test_writing_figures_leaves_freed_memory_with_the_process(tmp_path: Path) -> None:
    """No thousand steps' figures make the process hand back what it needs again a moment later."""
    program = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(
        program, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 64e6
