"""`mtango-ref record`: a real facility as a fixture."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mtango_ref.cli.group import examples
from mtango_ref.settings import StartError


@click.command(
    short_help="Record real devices as a fixture.",
    epilog=examples(
        "TANGO_HOST=tango:10000 mtango-ref record sys/tg_test/1 > my_facility.yml",
        "mtango-ref record -o my_facility.yml sys/tg_test/1 sys/database/2",
        "mtango-ref serve --fixture my_facility.yml",
    ),
)
@click.argument("devices", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write to; without it, standard output.",
)
def record(devices: tuple[str, ...], output: Path | None) -> None:
    """Record DEVICES of the facility that TANGO_HOST names, as a fixture for the fake."""
    from mtango_ref.backends import record_devices
    from mtango_ref.fixture_file import as_yaml, write

    say = _progress if sys.stderr.isatty() else _silence
    text = as_yaml(record_devices(devices, say))
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        write(output, text)
    except OSError as error:
        raise StartError(f"{output} cannot be written: {error.strerror}.") from error


def _progress(line: str) -> None:
    click.echo(line, err=True)


def _silence(_: str) -> None:
    pass
