"""`mtango-ref import`: what other tools have written of a facility, as a fixture."""

from __future__ import annotations

from pathlib import Path

import click

from mtango_ref.cli.group import examples
from mtango_ref.cli.output import check_writable, notify, output_option, put


@click.command(
    "import",
    short_help="Convert files of other tools into a fixture.",
    epilog=examples(
        "mtango-ref import Furnace.xmi -o furnace.yml        # a POGO class, and one device of it",
        "mtango-ref import Furnace.xmi Furnace_SimDD.json    # with values that change",
        "mtango-ref import devices.json Furnace.xmi Pump.xmi -o lab.yml  # a dump of the database",
        "mtango-ref import export.fgo > device.yml           # a device that fandango exported",
        "mtango-ref import Oven.xmi Furnace.xmi -o oven.yml  # a class and its base class",
        "mtango-ref serve --fixture lab.yml",
    )
    + "\n\nFormats: a POGO .xmi, a SimDD .json of tango-simlib, a fandango .fgo of a device or"
    " class, the YAML of tango-yaml, the JSON of dsconfig. Anything that a fixture cannot express"
    " is left out and listed on standard error; the exit code is still 0. If a file cannot be"
    " read, all such files are named, nothing is written, and the exit code is 2.",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@output_option
def import_(files: tuple[str, ...], output: Path | None) -> None:
    """Convert each FILE into one fixture for the fake; - is standard input.

    If several files describe a class or a device, their descriptions are merged.
    """
    from mtango_ref.tools import import_files

    check_writable(output)
    imported = import_files(files)
    notify("Notes:", imported.notes)
    notify("Conflicting values (the later file wins):", imported.conflicts)
    notify("Not carried over:", imported.losses)
    put(output, imported.text)
