"""`mtango-ref import`: what other tools have written of a facility, as a fixture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from mtango_ref.cli.group import examples
from mtango_ref.settings import StartError


@click.command(
    "import",
    short_help="Make a fixture of files of other tools.",
    epilog=examples(
        "mtango-ref import Furnace.xmi -o furnace.yml        # a class of POGO's, and one device",
        "mtango-ref import Furnace.xmi Furnace_SimDD.json    # with values that move",
        "mtango-ref import devices.json Furnace.xmi Pump.xmi -o lab.yml  # a dump of the database",
        "mtango-ref import export.fgo > device.yml           # a device as fandango exported it",
        "mtango-ref serve --fixture lab.yml",
    )
    + "\n\nA file is one of: a POGO .xmi, tango-simlib's SimDD .json, a device that fandango"
    " exported (.fgo), the YAML that tango-yaml writes, the JSON of dsconfig. What can not be"
    " carried over is listed on standard error; the exit code is 0 all the same. It is 2 if a file"
    " cannot be understood, and then nothing is written.",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    metavar="FIXTURE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write to; without it, standard output.",
)
def import_(files: tuple[str, ...], output: Path | None) -> None:
    """Make a fixture for the fake of each FILE; - is standard input.

    What several files say of a class or a device is put together by its name.
    """
    from mtango_ref.backends import import_files
    from mtango_ref.fixture_file import write

    imported = import_files(files)
    _tell("For you to know:", imported.notes)
    _tell("Told differently by two files; the later one counts:", imported.conflicts)
    _tell("Not carried over:", imported.losses)
    if output is None:
        click.echo(imported.text, nl=False)
        return
    try:
        write(output, imported.text)
    except OSError as error:
        raise StartError(f"{output} cannot be written: {error.strerror}.") from error


def _tell(head: str, remarks: Sequence[object]) -> None:
    if remarks:
        click.echo("\n".join([head, *(f"  {each}" for each in remarks)]), err=True)
