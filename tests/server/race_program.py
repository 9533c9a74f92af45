"""A process that takes a path in the instant in which others do.

    python race_program.py socket|pid PATH mtango-ref

A line of standard input is the instant, in s by time.monotonic(); the answer is `taken`, or why it
cannot be. What was taken is given back at the next line, which is answered, too. By the last word
the process is one of this program's.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtango_ref.messages import StartError
from mtango_ref.processes.pid_file import pid_file
from mtango_ref.sockets.unix import listen_at_path


@contextmanager
def listening(path: str) -> Iterator[None]:
    sock, file = listen_at_path(Path(path), 0o660)
    try:
        yield
    finally:
        file.remove()
        sock.close()


TAKE = {"socket": listening, "pid": pid_file}[sys.argv[1]]


SHARP = 0.0005
"""s before the instant from which on a process does not sleep."""


def take_at(instant: float) -> None:
    time.sleep(max(0.0, instant - SHARP - time.monotonic()))
    while time.monotonic() < instant:
        pass
    try:
        with TAKE(sys.argv[2]):
            print("taken", flush=True)
            sys.stdin.readline()
    except StartError as error:
        print(error, flush=True)
        sys.stdin.readline()
    print("given back", flush=True)


print("ready", flush=True)
for line in iter(sys.stdin.readline, ""):
    take_at(float(line))
