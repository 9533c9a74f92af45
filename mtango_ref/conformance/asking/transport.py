"""Asking a server: over HTTP, or a WSGI application in this process.

http.client it is, and not a library above it, because a case is to arrive as it is written:
none of these normalizes a path, adds headers, follows a redirect or asks again.
"""

from __future__ import annotations

import base64
import http.client
import io
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from mtango_ref.conformance.model import NoResponse, Request, Response, Send, Server, Wsgi
from mtango_ref.messages import StartError

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a body that are read; the largest of TangoTest has 1.3 million."""
IN_PROCESS = "http://in-process:8000"
"""The address that a WSGI application takes for its own, unless another one is named."""


class Unreachable(NoResponse):
    """There is nobody to ask."""


def entry_point(url: str) -> str:
    """Return the URL as the hrefs below it begin, without a slash at the end.

    Raises StartError for what is no http or https URL of a host and a path.
    """
    try:
        parts = urlsplit(url)
        plain = f"{parts.scheme}://{parts.netloc}{parts.path}" == url
        proper = plain and url.isascii() and url.isprintable() and parts.port != 0
    except ValueError:  # of a wrong port, and of brackets that do not match
        proper = False
    if not proper or not parts.hostname or parts.scheme not in ("http", "https"):
        raise StartError(f"URL: expected one such as http://host:8000/tango/rest, got {url!r}.")
    if "@" in parts.netloc:
        raise StartError("URL: expected no user and password; give them with --auth.")
    return url.rstrip("/")


def sender(server: Server) -> Send:
    """Return the function that asks the server. Raises StartError for what is no URL."""
    if server.app is not None:
        return to_app(server.app, server.place.base)
    return over_http(server.place.base, server.auth, server.timeout)


def over_http(url: str, auth: str | None = None, timeout: float = 10.0) -> Send:
    """Return what asks the server whose entry point is at the URL.

    auth: user:password for HTTP's Basic authentication. timeout: s for a whole answer.
    Raises StartError for what is no URL; the function that it returns raises Unreachable
    where nobody listens.
    """
    return _OverHttp(entry_point(url), auth, timeout)


class _OverHttp:
    """One connection a request: what a case does to it is not the next one's trouble."""

    def __init__(self, url: str, auth: str | None, timeout: float) -> None:
        parts = urlsplit(url)
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._path, self._timeout = parts.path, timeout
        self._headers = {"connection": "close"}
        if auth is not None:
            self._headers["authorization"] = "Basic " + base64.b64encode(auth.encode()).decode()

    def __call__(self, request: Request) -> Response:
        begun = time.perf_counter()
        kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        with closing(kind(self._host, self._port, timeout=self._timeout)) as connection:
            try:
                connection.connect()
            except ssl.SSLCertVerificationError as error:
                raise Unreachable(
                    f"{self._host} cannot be trusted: {error.verify_message}. Set"
                    " SSL_CERT_FILE to a file with the certificate of its authority."
                ) from error
            except OSError as error:
                raise Unreachable(f"{self._host} cannot be reached: {_reason(error)}.") from error
            watch = _Watch(connection.sock, self._timeout)
            try:
                return self._exchange(connection, request, begun)
            except TimeoutError as error:
                raise NoResponse(_late(self._timeout)) from error
            except (OSError, http.client.HTTPException) as error:
                raise NoResponse(_sentence(error)) from error
            finally:
                watch.end()

    def _exchange(
        self, connection: http.client.HTTPConnection, request: Request, begun: float
    ) -> Response:
        given = {name.lower(): text for name, text in request.headers.items()}
        # Who refuses a body may answer and close before it has come whole.
        with suppress(ConnectionError):
            connection.request(
                request.method,
                request.target(self._path),
                request.body or None,
                self._headers | given,
            )
        answer = connection.getresponse()
        body = answer.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise NoResponse(f"The body has more than {MAX_BODY} bytes.")
        if answer.length:
            raise http.client.IncompleteRead(body, answer.length)
        elapsed = time.perf_counter() - begun
        return Response(answer.status, _by_name(answer.getheaders()), body, elapsed)


class _Watch:
    """Ends an exchange that takes too long.

    A socket's own timeout begins anew with each byte: a server that sends one a second would
    never be through.
    """

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        self._sock, self._timeout, self._expired = sock, timeout, False
        self._timer = threading.Timer(timeout, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def _expire(self) -> None:
        self._expired = True
        with suppress(OSError):  # it is closed already
            self._sock.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Raise NoResponse where time was up, whatever seems to have come."""
        self._timer.cancel()
        if self._expired:
            raise NoResponse(_late(self._timeout))


def _late(timeout: float) -> str:
    return f"No complete answer came within {timeout:g} s."


def _sentence(error: Exception) -> str:
    if isinstance(error, http.client.RemoteDisconnected):
        return "The server closed the connection without an answer."
    if isinstance(error, http.client.IncompleteRead):
        return "The server closed the connection before the end of the body."
    if isinstance(error, http.client.HTTPException):
        return f"The answer is not HTTP: {type(error).__name__} {error}."[:200]
    return f"The connection broke: {_reason(error)}."


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def to_app(app: Wsgi, base: str = f"{IN_PROCESS}/tango/rest") -> Send:
    """Return what asks an application in this process, whose entry point is at the URL.

    NoResponse is its answer where the application raises.
    """
    parts = urlsplit(base)

    def send(request: Request) -> Response:
        begun = time.perf_counter()
        started: list[Any] = []
        environ = _environ(request, parts.netloc, request.target(parts.path))
        try:
            chunks = app(environ, lambda *arguments: started.extend(arguments))
            body = b"".join(chunks)
            getattr(chunks, "close", lambda: None)()
        except Exception as error:  # whatever it lets out
            raise NoResponse(f"The application raised {type(error).__name__}: {error}.") from error
        status = int(started[0].split(" ", 1)[0])
        return Response(status, _by_name(started[1]), body, time.perf_counter() - begun)

    return send


def _by_name(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Index headers by their names in lower case; a name's lines are joined (RFC 9110, 5.2)."""
    headers: dict[str, str] = {}
    for name, text in lines:
        key = name.lower()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _environ(request: Request, authority: str, target: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    host, _, port = authority.partition(":")
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": authority,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, text in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
    if request.body or request.method in ("PUT", "POST"):
        environ.setdefault("CONTENT_LENGTH", str(len(request.body)))
    return environ
