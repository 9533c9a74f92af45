"""The memory of large answers, which the process gives back when it is done with them.

glibc gives a block from its threshold on (128 KiB) pages of its own, which it unmaps with the
block. But with each such block that is freed it raises the threshold to that size, up to 32 MiB,
and takes later ones from the arenas of the threads. What these have grown to, they keep: after an
image of 24 MB for one client, hundreds of MB. A program that sets the threshold keeps it.
"""

from __future__ import annotations

import ctypes
import sys

_MMAP_THRESHOLD = -3
_ARENA_MAX = -8
"""Parameters of glibc's mallopt(3)."""
_SETTINGS = {_MMAP_THRESHOLD: 128 * 1024, _ARENA_MAX: 2}


def give_back_memory() -> None:
    """Let the process give back the memory of large blocks, where its C library is glibc.

    To be called before there are other threads.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # musl has none, and gives back what is freed
        for parameter, value in _SETTINGS.items():
            mallopt(parameter, value)
