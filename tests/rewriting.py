"""A plugin of pytest: one process rewrites the asserts of a file of tests, and others wait for it.

Where nothing is compiled yet, as in CI, all workers of all environments of a Python begin at once;
each would take as long for all files as it then takes to collect the tests.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path

import pytest

try:
    import fcntl
except ImportError:  # Windows has no flock(2): there each process does it for itself
    fcntl = None  # type: ignore[assignment]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Iterator[None]:
    if not isinstance(collector, pytest.Module):
        return (yield)
    with _alone(collector.path):
        return (yield)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from importing a file until its rewritten form is kept."""
    if fcntl is None or sys.dont_write_bytecode or _is_rewritten(path):
        yield
        return
    with path.open("rb") as file:  # which is unlocked as it is closed
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_rewritten(path):
            fcntl.flock(file, fcntl.LOCK_UN)
        yield


def _is_rewritten(path: Path) -> bool:
    """Return True where pytest has kept the file's rewritten form, maybe of an older text."""
    compiled = Path(cache_from_source(path))
    return any(compiled.parent.glob(f"{compiled.stem}-pytest-*.pyc"))
