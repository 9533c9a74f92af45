"""A plugin of pytest: one process rewrites the asserts of a file of tests, and others wait for it.

Where nothing is compiled yet, as in CI, all workers of all environments of a Python begin at once;
each would take as long for all files as it then takes to collect the tests.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from mtango_ref.path_lock import path_lock


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """Keep other processes from importing a file until its rewritten form is kept."""
    if isinstance(collector, pytest.Module) and _is_to_be_rewritten(collector.path):
        with path_lock(collector.path):
            if _is_to_be_rewritten(collector.path):
                return (yield)
    return (yield)


def _is_to_be_rewritten(path: Path) -> bool:
    """Return False where pytest has kept the file's rewritten form, maybe of an older text, and
    where it can keep none."""
    if sys.dont_write_bytecode or not os.access(path.parent, os.W_OK):
        return False
    compiled = Path(cache_from_source(path))
    return not any(compiled.parent.glob(f"{compiled.stem}-pytest-*.pyc"))
