"""What the operating system knows of this process: its figures and its limits."""

from __future__ import annotations

import os
import selectors
import sys
from typing import Any

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


def usage() -> Json:
    """Return the figures of this process; 0 for each that this system does not count."""
    return _filled(_FIELDS, _figures())


def _figures() -> dict[str, float]:
    if resource is None:
        times = os.times()
        return {"ru_utime": times.user, "ru_stime": times.system}
    found = resource.getrusage(resource.RUSAGE_SELF)
    figures = {name: getattr(found, name) for name in dir(found) if name.startswith("ru_")}
    if sys.platform == "darwin":
        figures["ru_maxrss"] //= 1024  # getrusage(2): bytes on macOS, KiB on Linux
    return figures


def _filled(fields: Json, figures: dict[str, float]) -> Json:
    return {
        key: _filled(field, figures) if isinstance(field, dict) else figures.get(field, 0)
        for key, field in fields.items()
    }


def open_files() -> int:
    """Return how many files and sockets this process may have open and wait for."""
    selector: Any = selectors.DefaultSelector
    if resource is None or selector is selectors.SelectSelector:
        return _SELECT_FILES
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
