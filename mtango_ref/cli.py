"""The command line.

Nothing heavy is imported above: --help and check need no HTTP server and no Tango.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from mtango_ref import __version__
from mtango_ref.conformance.options import conformance_options
from mtango_ref.interface import BackendError
from mtango_ref.settings import Settings, StartError, expected, option

if TYPE_CHECKING:
    from mtango_ref.server import Server

_LOG = logging.getLogger(__name__)
_CommandT = TypeVar("_CommandT", bound=Callable[..., Any])

# In the order of --help: the settings, and what to call their values.
_OPTIONS = {
    "backend": "fake|tango",
    "fixture": "FILE-or-NAME",
    "host": "ADDRESS",
    "port": "PORT",
    "app_base": "PATH",
    "rc3_mode": "strict|implementation",
    "cache_size": "N",
    "threads": "N",
    "debug": None,
    "seed": "N",
    "tango_timeout": "SECONDS",
    "public_url": "URL",
    "trusted_proxy": "IP",
    "extensions": "NAMES",
    "workers": "N",
}


class _StartFailure(click.ClickException):
    exit_code = 2


class _Commands(click.Group):
    """Tells what cannot start in a sentence; with --debug also where that comes from."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of this file, not of the alphabet."""
        return [*self.commands]

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (StartError, BackendError) as error:
            _LOG.debug("The program cannot start", exc_info=True)
            raise _StartFailure(str(error)) from error


def _examples(*lines: str) -> str:
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_examples(
        "mtango-ref serve                  # a simulated facility, at port 8000 of this machine",
        "mtango-ref serve --backend tango  # the real one that TANGO_HOST names",
        "mtango-ref serve --help           # all settings, with examples",
        "curl http://127.0.0.1:8000/tango/rest/rc3/hosts  # the first question to ask it",
    ),
)
@click.version_option(__version__, prog_name="mtango-ref")
@click.pass_context
def mtango_ref(ctx: click.Context) -> None:
    """The Tango REST API rc3 over HTTP, for a simulated or a real Tango facility."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _setting_options(*shown: str) -> Callable[[_CommandT], _CommandT]:
    """--config, and an option for every setting; --help shows these only."""

    def with_options(command: _CommandT) -> _CommandT:
        for name in reversed(_OPTIONS):
            command = _setting_option(name, hidden=name not in shown)(command)
        return click.option(
            "--config",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="YAML file with settings, such as 'port: 8001'; MTANGO_CONFIG may name it too.",
        )(command)

    return with_options


def _setting_option(name: str, *, hidden: bool) -> Callable[[_CommandT], _CommandT]:
    field = Settings.model_fields[name]
    text = field.description
    if field.annotation is bool:
        return click.option(option(name), is_flag=True, default=None, hidden=hidden, help=text)
    default = "" if field.default in (None, ()) else f"; default {field.default}"
    text = f"{text}  [{expected(name)}{default}]"
    return click.option(option(name), metavar=_OPTIONS[name], hidden=hidden, help=text)


def _load(config: Path | None, given: dict[str, object]) -> Settings:
    from mtango_ref.settings_sources import load_settings

    cli = {name: value for name, value in given.items() if value is not None}
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger().setLevel(logging.DEBUG if "debug" in cli else logging.WARNING)
    settings = load_settings(cli, config, os.environ)
    if settings.debug:
        logging.getLogger().setLevel(logging.DEBUG)
    return settings


@mtango_ref.command(
    epilog=_examples(
        "mtango-ref serve                                  # the packaged facility",
        "mtango-ref serve --fixture my_facility.yml         # your own",
        "mtango-ref serve --port 0                          # at a free port, which it prints",
        "mtango-ref serve --rc3-mode implementation         # as the original Java server",
        "TANGO_HOST=tango:10000 mtango-ref serve --backend tango --host 0.0.0.0",
        "MTANGO_PORT=8001 mtango-ref serve --config settings.yml",
    )
    + "\n\nA setting comes from the command line, else from its environment variable"
    " (MTANGO_PORT for --port), else from the file, else it has its default.",
)
@_setting_options(*_OPTIONS)
def serve(config: Path | None, **given: object) -> None:
    """Answer HTTP requests until Ctrl-C or SIGTERM."""
    settings = _load(config, given)
    _on_stop_signals(_leave)
    from mtango_ref.app import create_app
    from mtango_ref.backends import open_backend
    from mtango_ref.server import Server, refusals

    backend = open_backend(settings)
    app = create_app(settings, backend)
    server = Server(app, settings, refusals(settings.rc3_mode, time.time))
    _on_stop_signals(lambda number, _: _stop(server, number))
    click.echo(_announcement(settings, server.url, backend.database.tango_host))
    server.run()


def _on_stop_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _leave(_: int, __: FrameType | None) -> NoReturn:
    sys.exit(0)


def _stop(server: Server, number: int) -> None:
    if server.stopping:  # the second signal: at once, whatever is lost
        os._exit(128 + number)
    server.stop()


def _announcement(settings: Settings, url: str, tango_host: str) -> str:
    facility = f"Tango at {tango_host}"
    if settings.backend == "fake":
        facility = f"the fake facility {settings.fixture}"
    everywhere = {"0.0.0.0": "IPv4", "::": "IPv6"}.get(settings.host)  # noqa: S104 - only named
    return (
        f"mtango-ref {__version__} serves {facility} (rc3_mode {settings.rc3_mode})"
        f" at {url}{settings.app_base}"
        + (f" and every other {everywhere} address of this machine" if everywhere else "")
        + f" - try it at {url}/swagger/"
    )


@mtango_ref.command(
    short_help="Print every operation with what it answers.",
    epilog=_examples("mtango-ref routes", "mtango-ref routes --backend tango --app-base /api"),
)
@_setting_options("backend", "app_base", "extensions")
def routes(config: Path | None, **given: object) -> None:
    """Print every operation with what it answers under the settings given.

    501 is "defined by rc3, but off"; the column `needs` tells what would switch it on.
    Every option of `serve` is taken; shown are those that make a difference here.
    """
    settings = _load(config, given)
    from mtango_ref.backends import has_pipes
    from mtango_ref.specification import operations

    rows = [
        (each.method, str(each.status), each.needs or "", settings.app_base + each.path or "/")
        for each in operations(settings, has_pipes(settings))
    ]
    click.echo(_table(("method", "status", "needs", "path"), rows))
    counts = Counter(status for _, status, _, _ in rows)
    click.echo(", ".join(f"{count} x {status}" for status, count in sorted(counts.items())))


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    )


@mtango_ref.command(
    short_help="Check a fixture.",
    epilog=_examples("mtango-ref check my_facility.yml", "mtango-ref check tango_test"),
)
@click.argument("fixture")
def check(fixture: str) -> None:
    """Check a FIXTURE: a YAML file, or the name of a packaged one.

    Prints what the facility has, or every mistake with its line and what was expected.
    """
    from mtango_ref.backends.fake.fixture import load

    facility = load(fixture)
    rows = []
    for name, device in facility.devices.items():
        kind = facility.classes[device.class_]
        counts = (kind.attributes, kind.commands, kind.pipes, device.properties)
        state = device.state.value if device.exported else "not running"
        rows.append((name, device.class_, state, *(str(len(each)) for each in counts)))
    head = ("device", "class", "state", "attributes", "commands", "pipes", "properties")
    click.echo(_table(head, rows))
    click.echo(f"The fixture {fixture} is right.")


@mtango_ref.command(
    short_help="Record real devices as a fixture.",
    epilog=_examples(
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


@mtango_ref.command(
    short_help="Ask any rc3 server everything, and report.",
    epilog=_examples(
        "mtango-ref conformance http://127.0.0.1:8000/tango/rest",
        "mtango-ref conformance --time 0 --only attributes http://127.0.0.1:8000/tango/rest",
        "mtango-ref conformance --html report.html --auth me:secret https://lab/tango/rest",
    )
    + "\n\nThe exit code is 0 if nothing failed, 1 if something did, 2 if nothing could be asked.",
)
@conformance_options
def conformance(**given: Any) -> NoReturn:
    """Ask the rc3 server whose entry point is at URL everything that rc3 defines.

    It has to have a TangoTest. Nothing is written to it without --writes.
    """
    try:
        from mtango_ref.conformance.command import Wanted
        from mtango_ref.conformance.command import conformance as ask_everything
    except ImportError as error:
        raise StartError(f"{error}. pip install 'mtango-ref[conformance]' brings it.") from error
    sys.exit(ask_everything(Wanted(**given)))
