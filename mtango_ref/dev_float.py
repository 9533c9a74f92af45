"""Tango's DevFloat: a number of 4 bytes, which Python and JSON hold in 8.

It is written with the fewest digits that read back as the same DevFloat: 0.1, not
0.10000000149011612. orjson and numpy write an array of such numbers so by themselves.
"""

from __future__ import annotations

import math
import struct
from typing import Any

LARGEST = 3.4028235e38
"""The largest finite DevFloat, in its fewest digits."""

_LEAST_NORMAL = 2.0**-126
"""Below it a DevFloat has fewer bits, and fewer than six digits may distinguish two."""

_FLOAT = struct.Struct("<f")

_UNEVEN = {2.0**-96: 1.2621775e-29, 2.0**87: 1.5474251e26, 2.0**90: 1.2379401e27}
"""Powers of two whose nearest eight digits are another DevFloat, and eight digits that are not:
the DevFloats below a power of two are twice as dense as those above."""


def nearest(number: float) -> float:
    """Round a number to a DevFloat. OverflowError: it is beyond LARGEST."""
    single: float = _FLOAT.unpack(_FLOAT.pack(number))[0]
    return single


def fewest_digits(number: float) -> float:
    """Return the number of the fewest digits that is the same DevFloat, the nearest of them.

    NaN, the infinities and -0.0 stay what they are. OverflowError: it is beyond LARGEST.
    """
    if not math.isfinite(number):
        return number
    single = nearest(number)
    size = abs(single)
    if size in _UNEVEN:
        return math.copysign(_UNEVEN[size], single)
    # IEEE 754: six digits never name two normal numbers of 4 bytes, nine always name one.
    for digits in range(6 if size >= _LEAST_NORMAL else 1, 9):
        candidate = float(f"{single:.{digits}g}")
        if nearest(candidate) == single:
            return candidate
    return float(f"{single:.9g}")


def fewest_digits_of(array: Any) -> Any:
    """Return a numpy array whose DevFloats, if it has them, are numbers of 8 bytes instead."""
    is_single = array.dtype.kind == "f" and array.dtype.itemsize == _FLOAT.size
    return array.astype(str).astype(float) if is_single else array
