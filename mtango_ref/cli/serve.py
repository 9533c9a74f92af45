"""`mtango-ref serve`: answer until a signal stops it."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from mtango_ref.cli.announcement import announcement
from mtango_ref.cli.group import examples
from mtango_ref.cli.options import OPTIONS, load, setting_options
from mtango_ref.logs.ordinary import log_in_background
from mtango_ref.settings.model import Settings
from mtango_ref.settings.sources import CAN_FORK

if TYPE_CHECKING:
    from mtango_ref.figures.rows import Row
    from mtango_ref.http.facilities import Facilities
    from mtango_ref.interface import Backend
    from mtango_ref.processes.worker import Plan
    from mtango_ref.server import Server
    from mtango_ref.sockets import Listening
    from mtango_ref.threads import Shares

_LOG = logging.getLogger(__name__)
_STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")
"""The signals that stop the server. SIGBREAK is Ctrl-Break, which only Windows has."""


@click.command(
    epilog=examples(
        "mtango-ref serve                                  # the packaged facility",
        "mtango-ref serve --fixture my_facility.yml         # your own",
        "mtango-ref serve --fixture my_facility.yml --watch # .. as it changes while you write it",
        "mtango-ref serve --start-time 2026-01-01T00:00:00Z --clock stopped  # the same each time",
        "mtango-ref serve --port 0                          # at a free port, which it prints",
        "mtango-ref serve --rc3-mode implementation         # as the original Java server",
        "TANGO_HOST=tango:10000 mtango-ref serve --backend tango --host 0.0.0.0",
        "MTANGO_PORT=8001 mtango-ref serve --config settings.yml",
    )
    + "\n\nA setting comes from the command line, else from its environment variable"
    " (MTANGO_PORT for --port), else from the file, else it has its default. With the backend"
    " tango, SIGHUP reads them again and replaces the workers one by one.",
)
@setting_options(*OPTIONS)
def serve(config: Path | None, **given: object) -> None:
    """Answer HTTP requests until Ctrl-C or SIGTERM."""
    settings = load(config, given)
    # The state of a fake is in one process; and Windows has no fork.
    if settings.backend == "tango" and CAN_FORK:
        _serve_by_workers(settings, lambda: load(config, given))
    else:
        _serve_alone(settings)


def _serve_alone(settings: Settings) -> None:
    """Serve in this process."""
    log_in_background()
    _on_stop_signals(_leave)
    from mtango_ref.backends import open_backend, open_watched
    from mtango_ref.figures.rows import Rows
    from mtango_ref.http.facilities import Facilities
    from mtango_ref.processes.memory import give_back_memory
    from mtango_ref.processes.pid_file import pid_file
    from mtango_ref.sockets import listen_by
    from mtango_ref.threads import Shares, take_turns

    give_back_memory()
    take_turns()
    row = Rows().take()
    shares = Shares(settings.tango_timeout, settings.max_waiting, row)
    watch = open_watched(settings, _say, shares) if settings.watch else None
    backend = watch.backend if watch else open_backend(settings, shares)
    facilities = Facilities(backend, settings.cache_size, row, settings.value_ttl, shares)
    with listen_by(settings) as listening, pid_file(settings.pid_file):
        server = _server(settings, listening, backend, facilities, shares)
        _on_stop_signals(lambda number, _: _stop(server, number))
        _announce(announcement(settings, listening, backend.database.tango_host))
        with watch.following(facilities.replace) if watch else nullcontext():
            server.run()


def _server(
    settings: Settings,
    listening: Listening,
    backend: Backend,
    facilities: Facilities,
    shares: Shares,
) -> Server:
    from mtango_ref.http import cors
    from mtango_ref.http.app import create_app
    from mtango_ref.server import Server, refusals

    app = create_app(settings, backend, facilities)
    refuse = refusals(settings.rc3_mode, backend.clock, cors.chosen(settings))
    return Server(app, listening, settings, refuse, shares, app.changes.finish)


def _serve_by_workers(settings: Settings, load_again: Callable[[], Settings]) -> NoReturn:
    """Serve in processes of their own, and watch them in this one."""
    _on_stop_signals(_leave)
    from mtango_ref.figures.rows import Rows
    from mtango_ref.logs.at_once import AtOnce, log_at_once
    from mtango_ref.processes.master import Master
    from mtango_ref.processes.pid_file import pid_file
    from mtango_ref.processes.worker import Plan
    from mtango_ref.server import Server  # noqa: F401 - imported once, and shared by all workers
    from mtango_ref.sockets import listen_by

    complain = log_at_once()

    # A worker and its successor at a time, each with its figures.
    rows = Rows(2 * settings.workers)

    def plan(settings: Settings) -> Plan[Settings]:
        def work(row: Row, ready: Callable[[str], None]) -> None:
            _work(settings, listening, row, ready)

        return Plan(settings, settings.workers, settings.drain_timeout, work)

    def reload(before: Settings) -> Plan[Settings]:
        after = load_again()
        _check_reload(before, after)
        _LOG.warning("The settings are read again, and the workers replaced")
        return plan(after)

    with listen_by(settings) as listening, pid_file(settings.pid_file):
        begin, say = plan(settings), AtOnce(1).write
        code = Master(rows, begin, reload, listening.close, say, complain.write).run()
    sys.exit(code)


def _check_reload(before: Settings, after: Settings) -> None:
    """Refuse what only a restart can change. Raises SettingsError."""
    from mtango_ref.settings.model import SettingsError, option

    fixed = ("backend", "host", "port", "socket", "socket_mode", "pid_file", "workers")
    changed = [name for name in fixed if getattr(after, name) != getattr(before, name)]
    if changed:
        raise SettingsError(
            [
                f"{option(name)}: expected {_shown(getattr(before, name))} as before,"
                f" got {_shown(getattr(after, name))}; restart the server to change it"
                for name in changed
            ]
        )


def _shown(value: object) -> object:
    return "nothing" if value is None else value


def _work(settings: Settings, listening: Listening, row: Row, ready: Callable[[str], None]) -> None:
    """Be a worker: serve until SIGTERM."""
    # In threads of its own, which the parent must not have before it forks.
    log_in_background()
    from mtango_ref.backends import open_backend
    from mtango_ref.http.facilities import Facilities
    from mtango_ref.processes.memory import give_back_memory
    from mtango_ref.threads import Shares, take_turns

    give_back_memory()
    take_turns()
    shares = Shares(settings.tango_timeout, settings.max_waiting, row)
    backend = open_backend(settings, shares)
    facilities = Facilities(backend, settings.cache_size, row, settings.value_ttl, shares)
    server = _server(settings, listening, backend, facilities, shares)
    # The parent passes on SIGTERM alone; see worker.py for the others.
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    ready(announcement(settings, listening, backend.database.tango_host))
    server.run()


def _announce(sentence: str) -> None:
    """Print a sentence, and serve all the same where nothing can be printed."""
    try:
        print(sentence, flush=True)  # click 8.1 fails where there is no standard output
    except OSError:  # a full disk, or a pipe that nobody reads
        # What could not be written would be tried again at the end. It stays open until then.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - see above


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
