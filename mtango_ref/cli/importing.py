"""`mtango-ref import`: what other tools have written of a facility, as a fixture."""

from __future__ import annotations

from pathlib import Path

import click

from mtango_ref.cli.group import examples
from mtango_ref.cli.output import check_writable, notify, output_option, put


@click.command(
    "import",
    short_help="Make a fixture of files of other tools.",
    epilog=examples(
        "mtango-ref import Furnace.xmi -o furnace.yml        # a class of POGO's, and one device",
        "mtango-ref import Furnace.xmi Furnace_SimDD.json    # with values that move",
        "mtango-ref import devices.json Furnace.xmi Pump.xmi -o lab.yml  # a dump of the database",
        "mtango-ref import export.fgo > device.yml           # a device as fandango exported it",
        "mtango-ref import Oven.xmi Furnace.xmi -o oven.yml  # a class, and the one it inherits",
        "mtango-ref serve --fixture lab.yml",
    )
    + "\n\nA file is one of: a POGO .xmi, tango-simlib's SimDD .json, a device or a class that"
    " fandango exported (.fgo), the YAML that tango-yaml writes, the JSON of dsconfig. What"
    " cannot be carried over is left out and listed on standard error; the exit code is 0 all"
    " the same. It is 2 if files cannot be read as what they are, all of which are named; then"
    " nothing is written.",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@output_option
def import_(files: tuple[str, ...], output: Path | None) -> None:
    """Make a fixture for the fake of each FILE; - is standard input.

    What several files say of a class or a device is put together by its name.
    """
    from mtango_ref.tools import import_files

    check_writable(output)
    imported = import_files(files)
    notify("For you to know:", imported.notes)
    notify("Conflicting values (the later file wins):", imported.conflicts)
    notify("Not carried over:", imported.losses)
    put(output, imported.text)
