"""Files of several formats -> one fixture that the project's own checker accepts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from mtango_ref.tools.importer.checking import checked
from mtango_ref.tools.importer.description import Description, ImportRefused, Remark, Words
from mtango_ref.tools.importer.devices import Settled
from mtango_ref.tools.importer.files import (
    DSCONFIG,
    FANDANGO,
    POGO,
    SIMDD,
    SPECIFICATION,
    STDIN,
    Source,
    read,
)
from mtango_ref.tools.importer.merging import Merged
from mtango_ref.tools.importer.naming import with_names

_MODULES = {
    POGO: "pogo",
    SIMDD: "simdd",
    FANDANGO: "fandango",
    SPECIFICATION: "tango_yaml",
    DSCONFIG: "dsconfig",
}
"""The modules that read the formats. Each is imported where a file asks for it: tango-simlib's
parsers import PyTango, and the last two do without."""


class Imported(NamedTuple):
    """The fixture, and its text as it was checked; notes: what no file says, and was made up or
    is missing; conflicts: what two files say differently; losses: what is not carried over."""

    fixture: Words
    text: str
    notes: list[Remark]
    conflicts: list[Remark]
    losses: list[Remark]


def import_files(paths: Sequence[str]) -> Imported:
    """Make a fixture of what files say.

    Args:
        paths: of the files; `-` is standard input.

    Raises:
        ImportRefused: where files cannot be understood, all of which it names, or nothing can
            be served.
    """
    descriptions = _described(paths)
    notes = with_names(descriptions)
    merged = Merged(descriptions)
    settled = Settled(merged)
    losses = [*(loss for each in descriptions for loss in each.losses), *settled.losses]
    text, refusals = checked(settled.fixture, losses)
    return Imported(
        settled.fixture,
        text,
        notes + settled.notes,
        merged.conflicts,
        losses + [Remark(merged.origin(each.path), 0, "", each.text) for each in refusals],
    )


def _described(paths: Sequence[str]) -> list[Description]:
    # The same file again, whatever its spelling, has nothing new to say.
    files: dict[str, str] = {}
    for path in paths:
        files.setdefault(_real(path), path)
    found = [_read(path) for path in files.values()]
    refused = [str(each) for each in found if isinstance(each, ImportRefused)]
    if len(refused) == 1:
        raise ImportRefused(*refused)
    if refused:
        raise ImportRefused(f"{len(refused)} files cannot be read:", *refused)
    return [_description(each) for each in found if isinstance(each, Source)]


def _real(path: str) -> str:
    """Return the one spelling of a file's path; `-` and a path with NUL stay as they are."""
    return path if path == STDIN or "\0" in path else os.path.realpath(path)


def _read(path: str) -> Source | ImportRefused:
    try:
        return read(path)
    except ImportRefused as error:
        return error


def _description(source: Source) -> Description:
    module = import_module(f"mtango_ref.tools.importer.formats.{_MODULES[source.format]}")
    description: Description = module.describe(source)
    description.losses[:0] = source.losses
    return description
