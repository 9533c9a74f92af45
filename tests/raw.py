"""Requests as bytes, because no client library would send most of these."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mtango_ref import __version__
from mtango_ref.settings.model import Settings
from rest_answers import http_failure

TIMEOUT = 20.0
"""s after which a test that waits for the server fails."""


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    """Names in lower case."""
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Connection:
    """One connection to a server of this machine."""

    def __init__(self, at: int | Path) -> None:
        """at: a port, or the path of a unix socket."""
        if isinstance(at, int):
            self.socket = socket.create_connection(("127.0.0.1", at), timeout=TIMEOUT)
        else:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(TIMEOUT)
            try:
                self.socket.connect(str(at))
            except OSError:
                self.socket.close()
                raise
        self._file = self.socket.makefile("rb")

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self, method: str = "GET") -> Reply:
        """Read the next answer, whole."""
        version, status, _ = self._file.readline().split(b" ", 2)
        assert version in (b"HTTP/1.0", b"HTTP/1.1")
        lines = http.client.parse_headers(self._file).items()
        headers = {name.lower(): value for name, value in lines}
        length = 0 if method == "HEAD" or status == b"204" else int(headers["content-length"])
        return Reply(int(status), headers, self._file.read(length))

    def rest(self) -> bytes:
        """Read all that comes until the server closes its side."""
        return self._file.read()


@contextmanager
def connection(at: int | Path) -> Iterator[Connection]:
    opened = Connection(at)
    try:
        yield opened
    finally:
        opened.close()


class Deaf(Connection):
    """A client whose system takes little of what it does not read."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(("127.0.0.1", port))
        self._file = self.socket.makefile("rb")


@contextmanager
def deaf(port: int, count: int, request: bytes) -> Iterator[list[Deaf]]:
    """Hold clients that have asked, and read nothing yet."""
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            clients.append(Deaf(port))
            stack.callback(clients[-1].close)
            clients[-1].send(request)
        yield clients


def exchange(at: int | Path, request: bytes, method: str = "GET") -> Reply:
    """Return what a connection of its own answers to the request."""
    with connection(at) as opened:
        opened.send(request)
        return opened.reply(method)


def get(target: str | bytes, *lines: str, version: str = "1.1", method: str = "GET") -> bytes:
    """Write a request with a Host and these header lines."""
    target = target.encode() if isinstance(target, str) else target
    head = "".join(f"{line}\r\n" for line in ("Host: gateway:8000", *lines)).encode()
    return method.encode() + b" " + target + f" HTTP/{version}\r\n".encode() + head + b"\r\n"


def check_failure(reply: Reply, status: int, reason: str, description: object) -> None:
    """Check the Failure object whole, with the headers of every answer."""
    assert reply.json == http_failure(status, reason, description)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-mtango"] == f"mtango-py {__version__}"
    is_large = len(reply.content) > Settings().compress_above
    assert reply.headers["vary"] == ("Origin, Accept-Encoding" if is_large else "Origin")
    assert int(reply.headers["content-length"]) == len(reply.content)
