"""Files of several formats -> one fixture that the project's own checker accepts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from mtango_ref.backends.importer.checking import checked
from mtango_ref.backends.importer.description import Description, Remark, Words
from mtango_ref.backends.importer.devices import Settled
from mtango_ref.backends.importer.files import (
    DSCONFIG,
    FANDANGO,
    POGO,
    SIMDD,
    SPECIFICATION,
    Source,
    read,
)
from mtango_ref.backends.importer.merging import Merged, with_class_names

_MODULES = {
    POGO: "pogo",
    SIMDD: "simdd",
    FANDANGO: "fandango",
    SPECIFICATION: "specification",
    DSCONFIG: "dsconfig",
}
"""Where the formats are read. Each is imported where a file asks for it: tango-simlib's parsers
import PyTango, and the last two do without."""


class Imported(NamedTuple):
    """The fixture, and its text as it was checked; notes: what no file says, and was made up or
    is missing; conflicts: what two files say differently; losses: what is not carried over."""

    fixture: Words
    text: str
    notes: list[Remark]
    conflicts: list[Remark]
    losses: list[Remark]


def import_files(paths: Sequence[str]) -> Imported:
    """The fixture of what these files say; `-` is standard input.

    ImportRefused, with a sentence, where a file cannot be understood, or nothing can be served.
    """
    descriptions = [_described(read(path)) for path in paths]
    notes = with_class_names(descriptions)
    merged = Merged(descriptions)
    settled = Settled(merged)
    text, refusals = checked(settled.fixture)
    return Imported(
        settled.fixture,
        text,
        notes + settled.notes,
        merged.conflicts,
        [
            *(loss for each in descriptions for loss in each.losses),
            *settled.losses,
            *(Remark(merged.origin(each.path), 0, "", each.text) for each in refusals),
        ],
    )


def _described(source: Source) -> Description:
    module = import_module(f"mtango_ref.backends.importer.{_MODULES[source.format]}")
    description: Description = module.describe(source)
    return description
