"""A process that has imported PyTango, and forks for each device server. The import takes ten times
what a small server computes from then on until it is ready.

It needs PyTango alone, so it runs wherever FACILITY_PYTHON does. forks.py starts it and asks;
requests and replies are lines of JSON at standard input and output.
"""

from __future__ import annotations

import ctypes
import json
import os
import runpy
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

import tango.server  # noqa: F401 - for the forks

PR_SET_PDEATHSIG = 1


def serve() -> list[str] | None:
    """Answer requests until there are no more; in a fork, return the script and its arguments."""
    for line in sys.stdin:
        request = json.loads(line)
        if "poll" in request:
            reply(exit_code(request["poll"]))
            continue
        pid = os.fork()
        if not pid:
            become(request)
            command: list[str] = request["command"]
            return command
        # In both, as nobody knows which is first: from now on its group can be sent a signal.
        os.setpgid(pid, pid)
        reply(pid)
    return None


def reply(value: int | None) -> None:
    print(json.dumps(value), flush=True)


def exit_code(pid: int) -> int | None:
    """Return that of a fork, the negative number of the signal that ended it, None while it
    runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def become(request: dict[str, Any]) -> None:
    """Have group, files, environment and folder of one's own, and end with the one that forked."""
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(request["log"], os.O_WRONLY | os.O_TRUNC | os.O_CREAT)
    for number in (1, 2):
        os.dup2(log, number)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])


if __name__ == "__main__":
    forked = serve()
    if forked is not None:
        # Of PyTango and of those that use it, to a log that is read where no server starts.
        warnings.simplefilter("ignore")
        sys.argv = forked
        sys.path[0] = str(Path(forked[0]).parent)
        runpy.run_path(forked[0], run_name="__main__")
