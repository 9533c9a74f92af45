"""The program with sockets that were passed to it, as systemd passes them."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from program import SCRIPT, environment

# It gives the numbers that systemd gives, and becomes the program.
PASS = """\
import fcntl, os, sys
given = [int(each) for each in sys.argv[1].split(",")]
# Out of the way first: a socket may have the number that another one is to get.
kept = [fcntl.fcntl(each, fcntl.F_DUPFD, 1000) for each in given]
for each in given:
    os.close(each)
for number, each in enumerate(kept, 3):
    os.dup2(each, number)
    os.close(each)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


@contextmanager
def started(sockets: list[socket.socket], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `serve` with sockets that listen; the caller keeps them, as systemd does."""
    descriptors = [sock.fileno() for sock in sockets]
    names = ":".join(f"n{each}" for each in range(len(sockets)))
    passed = {"LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": names}
    process = subprocess.Popen(
        [sys.executable, "-c", PASS, ",".join(map(str, descriptors)), *SCRIPT, "serve", *arguments],
        env=environment(passed),
        pass_fds=descriptors,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
