"""`mtango-ref record`: a real facility as a fixture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from mtango_ref.cli.group import examples
from mtango_ref.cli.output import check_writable, notify, output_option, put
from mtango_ref.tango_host import parse_tango_host


def _hosts(_: click.Context, __: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """Return each host:port that --host gives. Raises click.BadParameter."""
    try:
        return None if text is None else parse_tango_host(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    short_help="Record real devices as a fixture.",
    epilog=examples(
        "TANGO_HOST=tango:10000 mtango-ref record sys/tg_test/1 > my_facility.yml",
        "mtango-ref record --host tango:10000 'sys/*' 'lab/*/1' -o my_facility.yml",
        "mtango-ref record --host tango:10000 '*' --anonymise -o shared.yml",
        "mtango-ref serve --fixture my_facility.yml",
    ),
)
@click.argument("patterns", metavar="PATTERN...", nargs=-1, required=True)
@click.option(
    "--host",
    "tango_hosts",
    metavar="HOST:PORT",
    callback=_hosts,
    help="The facility's database; TANGO_HOST by default.",
)
@output_option
@click.option(
    "--anonymise",
    is_flag=True,
    help="Replace hosts, texts and errors with stand-ins, the same text with the same one, and"
    " leave out IORs, pids and dates. Names of devices, attributes, commands and pipes stay, as"
    " do numbers.",
)
def record(
    patterns: tuple[str, ...],
    tango_hosts: tuple[str, ...] | None,
    output: Path | None,
    *,
    anonymise: bool,
) -> None:
    """Record the devices that match a PATTERN, as a fixture for the fake.

    A PATTERN is the name of a device, or a wildcard such as 'sys/*', where * is any text. All
    devices are watched together for some seconds, to see which values change. A device that does
    not answer is recorded as not running, and listed at the end; the others are recorded.
    """
    from mtango_ref.fixture.writing import as_yaml
    from mtango_ref.tools import record_devices

    check_writable(output)
    with _bar() as progress:
        recorded = record_devices(tango_hosts, patterns, progress, anonymise=anonymise)
    put(output, as_yaml(recorded.fixture))
    notify(
        "Recorded as not running:", [f"{name}: {why}" for name, why in recorded.failures.items()]
    )
    notify("Left out:", [f"{name}: {why}" for name, why in recorded.left_out.items()])
    notify("Too large; the first element is repeated instead of the others:", recorded.shortened)


@contextmanager
def _bar() -> Iterator[_Bar]:
    """Show the bar, on a terminal only."""
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.end()


class _Bar:
    """Shows how many devices are done, and which one was last heard of."""

    def __init__(self) -> None:
        self._bar: click._termui_impl.ProgressBar[str] | None = None

    def __call__(self, done: int, total: int, name: str) -> None:
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            self._bar = click.progressbar(
                length=total, label="Recording", file=sys.stderr, item_show_func=lambda it: it
            )
            self._bar.render_progress()
        self._bar.update(done - self._bar.pos, name)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()
