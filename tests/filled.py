"""Pipes and terminals that are full, because nobody reads them."""

from __future__ import annotations

import os


def fill(writing: int) -> int:
    """Fill a pipe or terminal; how many bytes it took."""
    os.set_blocking(writing, False)
    count = 0
    try:
        while True:
            count += os.write(writing, b"\n" * 65536)
    except BlockingIOError:
        os.set_blocking(writing, True)  # as what the program is given
    return count
