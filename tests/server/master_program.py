"""A server of several workers with an app of its own, which knows no facility.

    python master_program.py WORKERS FILE

FILE has the settings: a word that / answers, or `fail`, `crash`, `hang` or `sentence`. /held is
answered once there is a file `go` beside it. Of the environment FORKS says how many processes the
system starts before it refuses two, and REFUSES_IN how many s it takes for that.
"""

from __future__ import annotations

import errno
import itertools
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mtango_ref.figures.rows import Row, Rows
from mtango_ref.logs.at_once import AtOnce, log_at_once
from mtango_ref.messages import StartError
from mtango_ref.processes import master as module
from mtango_ref.processes.master import Master
from mtango_ref.processes.worker import Plan
from mtango_ref.server import Server, refusals
from mtango_ref.settings.model import Settings
from mtango_ref.sockets import listen
from mtango_ref.threads import Shares

SETTINGS = Settings(port=0, drain_timeout=float(os.environ.get("DRAIN", "10")))
LISTENING = listen(SETTINGS.host, SETTINGS.port)


def app(word: str) -> Callable[..., Iterable[bytes]]:
    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/hang":
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(3600)  # Another thread may be the one that is stopped first.
        while path == "/held" and not Path(sys.argv[2]).with_name("go").exists():
            time.sleep(0.01)
        if path == "/die":
            os._exit(3)
        body = f"{os.getpid()} {word}".encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return wsgi


def plan(word: str, drain_timeout: float = SETTINGS.drain_timeout) -> Plan[str]:
    def work(row: Row, ready: Callable[[str], None]) -> None:
        if word == "crash":
            os._exit(4)
        if word == "hang":
            time.sleep(3600)
        if word == "sentence":
            raise StartError("There is no database.")
        shares = Shares(SETTINGS.tango_timeout, row=row)
        server = Server(app(word), LISTENING, SETTINGS, refusals("strict", time.time), shares)
        signal.signal(signal.SIGTERM, lambda *_: server.stop())
        ready(f"serves {word} at {server.url}")
        server.run()

    return Plan(word, int(sys.argv[1]), drain_timeout, work)


def reload(before: str) -> Plan[str]:
    word = Path(sys.argv[2]).read_text("utf-8")
    if word == "hasty":
        return plan(word, drain_timeout=0.0)
    if word == "fail":
        raise StartError(f"fail is no word; {before} was one.")
    return plan(word)


def close() -> None:
    for each in LISTENING.sockets:
        each.close()


FORKS = itertools.count(1 - int(os.environ.get("FORKS", "1000")))
FORK = os.fork


def fork() -> int:
    """Start a process, unless it is one of those that the system refuses."""
    if next(FORKS) in (1, 2):
        time.sleep(float(os.environ.get("REFUSES_IN", "0")))
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return FORK()


os.fork = fork
module._RETRY = 0.1
ERRORS = log_at_once()
logging.getLogger().handlers[0].setFormatter(logging.Formatter("%(levelname)s %(message)s"))
module.HUNG = float(os.environ.get("HUNG", "30"))
module._PAUSES = (0.0, 0.0, 0.0, 0.0, 0.0)
ROWS = Rows(2 * int(sys.argv[1]))
sys.exit(Master(ROWS, reload(""), reload, close, AtOnce(1).write, ERRORS.write).run())
