"""`mtango-ref serve`: answer until a signal stops it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from mtango_ref import __version__
from mtango_ref.cli.group import examples
from mtango_ref.cli.options import OPTIONS, load, setting_options
from mtango_ref.logs.ordinary import log_in_background
from mtango_ref.settings.model import Settings

if TYPE_CHECKING:
    from mtango_ref.server import Server

_STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")
"""What stops the server. SIGBREAK is Ctrl-Break, which only Windows has."""


@click.command(
    epilog=examples(
        "mtango-ref serve                                  # the packaged facility",
        "mtango-ref serve --fixture my_facility.yml         # your own",
        "mtango-ref serve --fixture my_facility.yml --watch # .. reloaded when it changes",
        "mtango-ref serve --start-time 2026-01-01T00:00:00Z --clock stopped  # repeatable values",
        "mtango-ref serve --port 0                          # on a free port, which it prints",
        "mtango-ref serve --rc3-mode implementation         # like the original Java server",
        "TANGO_HOST=tango:10000 mtango-ref serve --backend tango --host 0.0.0.0",
        "MTANGO_PORT=8001 mtango-ref serve --config settings.yml",
    )
    + "\n\nThe command line overrides the environment (MTANGO_PORT for --port), which overrides"
    " the file that --config names.",
)
@setting_options(*OPTIONS)
def serve(config: Path | None, **given: object) -> None:
    """Answer HTTP requests until Ctrl-C or SIGTERM."""
    settings = load(config, given)
    log_in_background()
    _on_stop_signals(_leave)
    from mtango_ref.backends import open_backend, open_watched
    from mtango_ref.figures.rows import Rows
    from mtango_ref.http import cors
    from mtango_ref.http.app import create_app
    from mtango_ref.http.facilities import Facilities
    from mtango_ref.server import Server, Shares, listen, refusals

    watch = open_watched(settings, _say) if settings.watch else None
    row = Rows().take()
    shares = Shares(settings.tango_timeout, settings.max_waiting, row)
    backend = watch.backend if watch else open_backend(settings, shares)
    facilities = Facilities(backend, settings.cache_size, row)
    app = create_app(settings, backend, facilities)
    listening = listen(settings.host, settings.port)
    refuse = refusals(settings.rc3_mode, backend.clock, cors.chosen(settings))
    server = Server(app, listening, settings, refuse, shares)
    _on_stop_signals(lambda number, _: _stop(server, number))
    _announce(_announcement(settings, server.url, backend.database.tango_host))
    if restricted := cors.sentence(settings):
        _announce(restricted)
    with watch.following(facilities.replace) if watch else nullcontext():
        server.run()


def _announce(sentence: str) -> None:
    """Print a sentence, and serve all the same where nothing can be printed."""
    try:
        click.echo(sentence)
    except OSError:  # a full disk, or a pipe that nobody reads
        # What could not be written would be tried again at the end.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _say(message: str) -> None:
    click.echo(f"mtango-ref: {message}", err=True)


def _on_stop_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for name in _STOP_SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handler)


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
