"""This process as the operating system sees it: its figures and its limits."""

from __future__ import annotations

import os
import selectors
import sys
from collections.abc import Sequence
from typing import Any

from mtango_ref.figures.metrics import USAGE_FIELDS
from mtango_ref.http.rc3_json import Json

try:
    import resource
except ImportError:  # Windows has no getrusage(2)
    resource = None  # type: ignore[assignment]

# sys/stats key -> field of getrusage(2); times in s, memory in KiB
_FIELDS: Json = {
    "user_time": "ru_utime",
    "system_time": "ru_stime",
    "max_resident_mem": "ru_maxrss",
    "shared_mem": "ru_ixrss",
    "unshared_mem": "ru_idrss",
    "unshared_stack_mem": "ru_isrss",
    "sent_msgs": "ru_msgsnd",
    "recv_msgs": "ru_msgrcv",
    "page_faults": {"major": "ru_majflt", "minor": "ru_minflt"},
    "swap_out": "ru_nswap",
    "block": {"input": "ru_inblock", "output": "ru_oublock"},
    "signals": "ru_nsignals",
    "context_switch": {"voluntary": "ru_nvcsw", "involuntary": "ru_nivcsw"},
}
_SELECT_FILES = 512
"""Sockets that select(2) takes on Windows (CPython's FD_SETSIZE there)."""


def used() -> Sequence[float]:
    """Return the figures of this process by USAGE_FIELDS, 0 for each that is not counted here.

    Times are in s, memory is in KiB.
    """
    if resource is None:
        times = os.times()
        return [times.user, times.system, *[0.0] * (len(USAGE_FIELDS) - 2)]
    found = resource.getrusage(resource.RUSAGE_SELF)
    if sys.platform == "darwin":  # getrusage(2): bytes on macOS, KiB on Linux
        return [*found[:2], found[2] // 1024, *found[3:]]
    return found


def as_json(figures: Sequence[float], fields: Json = _FIELDS) -> Json:
    """Write such figures as /sys/stats has them."""
    return {
        key: as_json(figures, field) if isinstance(field, dict) else _figure(figures, field)
        for key, field in fields.items()
    }


def _figure(figures: Sequence[float], field: str) -> float:
    figure = figures[USAGE_FIELDS.index(field)]
    return figure if field in ("ru_utime", "ru_stime") else int(figure)


def open_files() -> int:
    """Return how many files and sockets this process may have open and wait for."""
    selector: Any = selectors.DefaultSelector
    if resource is None or selector is selectors.SelectSelector:
        return _SELECT_FILES
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
