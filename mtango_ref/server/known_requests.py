"""Requests that have come before: a client that polls sends the same bytes each time.

waitress parses bytes once; what it made of them is copied for each request that comes with the
same ones, in one piece. Nothing is read in another way. The rules:

- Kept is what the bytes say, and nothing that a connection says, or the time. So `parts` takes
  WSGI's environment apart; what the connection says is kept by that, as long as it lives.
- What is refused is not kept, nor what has a body, or a secret, or is another one each time.
- A server keeps its own: other settings may refuse the same bytes.
- Who leads parses, and so only it finds and keeps. `environ` is written by the thread that answers,
  whole, and changed by none.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

MOST = 1024
"""Requests that are kept: with their environments, some 5 MB of those of browsers."""
LONGEST = 2048
"""Bytes of one that is kept."""
_OF_CONNECTION = (
    *("REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "SERVER_NAME", "SERVER_PORT"),
    "waitress.client_disconnected",
)
"""The names in WSGI's environment of what no request says."""

_OF_REQUEST = {"begun", "came", "headers"}
"""The fields that each request has of its own, whatever its bytes."""
_NOT_KEPT = {
    *("AUTHORIZATION", "COOKIE", "PROXY_AUTHORIZATION"),  # secrets: RFC 9110, 11; RFC 6265
    "X_REQUEST_ID",  # another one each time
    *("EXPECT", "UPGRADE"),  # RFC 9110, 10.1.1 and 7.8: they ask for more than an answer
}


def parts(environ: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the bytes of a request say of WSGI's environment, and what its connection says.

    What is left is `wsgi.input`, which is read and so another one each time.
    """
    of_connection = {name: environ[name] for name in _OF_CONNECTION}
    others = environ.keys() - of_connection.keys() - {"wsgi.input"}
    return {name: environ[name] for name in others}, of_connection


class Known:
    """The outcome of parsing the bytes of one request, from a Parser of incoming.py."""

    __slots__ = ("_headers", "_kind", "_parsed", "environ")

    def __init__(self, request: Any) -> None:
        self._kind = type(request)
        self._headers = request.headers.copy()
        self._parsed = {key: each for key, each in vars(request).items() if key not in _OF_REQUEST}
        self.environ: dict[str, Any] | None = None
        """WSGI's environment without what is the connection's, as soon as a request was answered.
        """

    def again(self) -> Any:
        """Make a new request of them: the same one, and yet another."""
        request = object.__new__(self._kind)
        now = monotonic()
        headers = self._headers.copy()
        own = {"headers": headers, "begun": now, "came": now, "known": self}
        request.__dict__ = {**self._parsed, **own}
        return request


class KnownRequests:
    """The known requests of a server, by their bytes."""

    def __init__(self) -> None:
        self._kept: dict[bytes, Known] = {}
        self.find = self._kept.get
        """Return what was made of these bytes; None if they are new."""

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Any:
        return iter(self._kept)

    def keep(self, data: bytes, request: Any) -> None:
        """Keep what was made of a request that begins these bytes, if it may be kept."""
        is_plain = request.completed and request.error is None and request.body_rcv is None
        # RFC 9112, 2.2: an empty line before a request is ignored; waitress makes it an empty one.
        if not is_plain or request.empty or len(data) > LONGEST:
            return
        if not _NOT_KEPT & request.headers.keys():
            # All at once: to note which of them come again would cost each of them something.
            if len(self._kept) >= MOST:
                self._kept.clear()
            request.known = self._kept[data] = Known(request)
