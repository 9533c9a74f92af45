"""Tools that write fixtures: the recorder and the importer.

Each is imported where it is asked for: both need PyTango, which takes long to import.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mtango_ref.backends import needing_pytango

if TYPE_CHECKING:
    from mtango_ref.tools.importer.importing import Imported
    from mtango_ref.tools.recorder.record import Recorded


def record_devices(
    tango_hosts: Sequence[str] | None,
    patterns: Sequence[str],
    progress: Callable[[int, int, str], None],
    *,
    anonymise: bool,
) -> Recorded:
    """Record devices as the content of a fixture. Raises BackendError.

    tango_hosts: each host:port of the facility's database; None: those of TANGO_HOST.
    """
    with needing_pytango():
        from mtango_ref.backends.pytango.environment import tango_hosts as of_environment
        from mtango_ref.tools.recorder.anonymise import anonymised
        from mtango_ref.tools.recorder.record import record
    recorded = record(tango_hosts or of_environment(), patterns, progress)
    return anonymised(recorded) if anonymise else recorded


def import_files(paths: Sequence[str]) -> Imported:
    """Import files of other tools as the content of a fixture. Raises BackendError."""
    with needing_pytango():
        from mtango_ref.tools.importer.importing import import_files as from_files

        return from_files(paths)
