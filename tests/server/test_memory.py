"""Memory, which is given back when large answers are gone."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """\
from pathlib import Path
from mtango_ref.processes.memory import give_back_memory

def resident():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) // 1024

give_back_memory()
before = resident()
del [bytearray(30_000_000)][:]
blocks = [bytearray(1_000_000) for _ in range(100)]
held = resident() - before
del blocks[:-1]
print(held >= 90, resident() - before < 10)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have other ways")
def test_memory_of_large_blocks_is_given_back() -> None:
    """A block is given back after a larger one, too, and beneath one that is kept."""
    run = [sys.executable, "-c", PROGRAM]
    assert subprocess.run(run, check=True, capture_output=True).stdout == b"True True\n"
