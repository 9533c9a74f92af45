"""Comparing values that may be arrays, and may hold NaN."""

from __future__ import annotations

from typing import Any

import numpy as np


def same(value: Any, expected: Any) -> bool:
    """Compare with types; NaN is NaN."""
    return repr(plain(value)) == repr(plain(expected))


def plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: plain(each) for key, each in value._asdict().items()}
    return value
