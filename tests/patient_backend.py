"""The gateway's backend on the real facility that TANGO_HOST names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtango_ref.backends.pytango.backend import TangoBackend

PATIENCE = 30.0
"""s that a call may take: more than any does on a busy machine."""


def patient_backend() -> TangoBackend:
    """Make a backend for tests in which nothing hangs."""
    # Tests of the fake run without PyTango.
    from mtango_ref.backends.pytango.backend import TangoBackend
    from mtango_ref.backends.pytango.environment import tango_hosts

    return TangoBackend(tango_hosts(), PATIENCE)
