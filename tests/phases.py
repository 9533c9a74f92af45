"""Fuzzing in some of schemathesis's phases, where the others would show the same again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from mtango_ref.conformance.fuzz import configuration, schemathesis_run

# schemathesis looks for Flask at every request, which takes longest where there is none to find.
sys.modules.setdefault("flask", None)  # type: ignore[arg-type]

UNLINKED = ("examples", "coverage", "fuzzing")
"""The phases that follow no links."""

PHASES = (*UNLINKED, "stateful")


@contextmanager
def only(*wanted: str) -> Iterator[None]:
    """Fuzz in these of PHASES alone, while the context is open."""

    def narrowed(*arguments: Any) -> dict[str, Any]:
        made = configuration.configuration(*arguments)
        for phase in PHASES:
            made["phases"].setdefault(phase, {})["enabled"] = phase in wanted
        return made

    with patch.object(schemathesis_run, "configuration", narrowed):
        yield
