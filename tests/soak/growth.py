"""The resources that the processes of a gateway hold, as Linux counts them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple


class Held(NamedTuple):
    """Sums over all processes of a gateway."""

    megabytes: float
    """Resident memory."""
    descriptors: int
    threads: int


READINGS, APART = 10, 0.5
"""Readings, and s between them: what is held is there each time, what passes is not."""

MARGIN = Held(1.15, 32, 16)
"""Growth that is allowed: of memory as a factor, of the others as a number for all workers.
Threads are started when they are first needed. omniORB has a connection to a server for each call
that is under way at a time, and closes it minutes later: over 41 rounds four workers had from 132
to 152 descriptors, up and down."""


def workers(parent: int) -> list[int]:
    """List the children of a process."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text("utf-8")
    return [*map(int, children.split())]


def held(parent: int) -> Held:
    """Measure a parent and its workers several times, and return the least of each."""
    readings = []
    for _ in range(READINGS):
        readings.append(_held_now(parent))
        time.sleep(APART)
    return Held(
        min(each.megabytes for each in readings),
        min(each.descriptors for each in readings),
        min(each.threads for each in readings),
    )


def _held_now(parent: int) -> Held:
    memory = descriptors = threads = 0
    for pid in (parent, *workers(parent)):
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
        memory += int(status.split("VmRSS:")[1].split()[0])
        threads += int(status.split("Threads:")[1].split()[0])
        descriptors += len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - numbers, no paths
    return Held(memory / 1024, descriptors, threads)


def grown(first: Held, last: Held) -> list[str]:
    """Name what grew by more than the margin."""
    limits = Held(
        first.megabytes * MARGIN.megabytes,
        first.descriptors + MARGIN.descriptors,
        first.threads + MARGIN.threads,
    )
    return [
        f"{name} grew from {before:.0f} to {after:.0f}"
        for name, before, after, limit in zip(Held._fields, first, last, limits, strict=True)
        if after > limit
    ]
