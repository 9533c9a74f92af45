"""A database that is started again without its devices, and later with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from facility import Facility, MariaDb
from facility.databases import PyTangoDb

EMPTY = (
    "RENAME TABLE device TO kept_device; CREATE TABLE device LIKE kept_device;"
    "INSERT INTO device SELECT * FROM kept_device WHERE server LIKE 'DataBaseds/%';"
)
FULL = "DROP TABLE device; RENAME TABLE kept_device TO device;"


@contextmanager
def emptied(facility: Facility) -> Iterator[None]:
    """Run the database without devices inside; it starts again with them afterwards."""
    facility.database.kill()
    _set_aside(facility)
    facility.database.start()
    try:
        yield
    finally:
        facility.database.kill()
        _bring_back(facility)
        facility.database.start()


def _set_aside(facility: Facility) -> None:
    if isinstance(facility.tables, MariaDb):
        facility.tables.sql(EMPTY)
    else:
        file = _file(facility)
        file.rename(file.with_suffix(".kept"))


def _bring_back(facility: Facility) -> None:
    if isinstance(facility.tables, MariaDb):
        facility.tables.sql(FULL)
    else:
        file = _file(facility)
        file.with_suffix(".kept").replace(file)


def _file(facility: Facility) -> Path:
    assert isinstance(facility.tables, PyTangoDb)
    return facility.tables.file
