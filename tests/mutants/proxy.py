"""A proxy that breaks one rule of the answers of any server: a mutant for the tests of a kit.

    python tests/mutants/proxy.py URL --rule N

What it sends on and gives back is what came, byte by byte, but for the rule and the connection.
"""

from __future__ import annotations

import http.client
import io
import string
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

import click

if not __package__:  # run as a script
    sys.path[0] = str(Path(__file__).parents[1])

from mtango_ref.conformance.asking.transport import entry_point
from mtango_ref.messages import StartError, did_you_mean
from mutants import rule_files
from mutants.wire import Broken, Environ, Rule, asked, header_key

TIMEOUT = 60.0
"""s in which the server has to answer."""
OWN = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
"""The headers of one connection (RFC 9110, 7.6.1), which a proxy does not send on."""


class Upstream:
    """The server at a URL, as an application."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> list[bytes]:
        """Answer as PEP 3333 has it: what the server answers, or 502 (RFC 9110, 15.6.3)."""
        try:
            status, headers, body = self._exchange(environ)
        except (OSError, http.client.HTTPException) as error:
            status, headers = "502 Bad Gateway", [("content-type", "text/plain")]
            body = f"{self._host} did not answer: {error!r}\n".encode()
        start(status, headers)
        return [body]

    def _exchange(self, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
        with closing(self._kind(self._host, self._port, timeout=TIMEOUT)) as connection:
            connection.putrequest(
                environ["REQUEST_METHOD"],
                _target(environ),
                skip_host=True,
                skip_accept_encoding=True,
            )
            for name, text in _headers(environ):
                connection.putheader(name, text.encode("latin-1"))
            connection.putheader("connection", "close")
            connection.endheaders(environ["wsgi.input"].read())
            answer = connection.getresponse()
            lines = [line for line in answer.getheaders() if line[0].lower() not in OWN]
            return f"{answer.status} {answer.reason}", lines, answer.read()


def _target(environ: Environ) -> str:
    """Return the target as it came, or that of the path and query that a rule has changed."""
    query = environ["QUERY_STRING"]
    path = quote(environ["PATH_INFO"], safe="/:@!$&'()*+,;=~", encoding="latin-1")
    target = environ.get("RAW_URI", f"{path}?{query}" if query else path)
    return quote(target, safe=string.printable.strip(), encoding="latin-1")


def _headers(environ: Environ) -> Iterator[tuple[str, str]]:
    for key, text in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").lower()
        if key.startswith(("HTTP_", "CONTENT_")) and name not in OWN:
            yield name, text


class Exchange(BaseHTTPRequestHandler):
    """One request of a client. The connection ends with it."""

    server: Proxy

    def handle(self) -> None:
        """Answer a request of whatever method."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.parse_request():  # it has been refused
            return
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.send_error(411)
            return
        answer = asked(self.server.app, self._environ(self.rfile.read(int(length))))
        lines = [f"HTTP/1.1 {answer.status}", *(f"{name}: {text}" for name, text in answer.headers)]
        head = "\r\n".join([*lines, "connection: close", "", ""])
        self.wfile.write(head.encode("latin-1") + answer.body)

    def _environ(self, body: bytes) -> Environ:
        """Return the request as PEP 3333 has it, and its target as it came."""
        target = self.requestline.split()[1]
        path, _, query = target.partition("?")
        environ = {
            "REQUEST_METHOD": self.command,
            "RAW_URI": target,
            "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
            "QUERY_STRING": query,
            "wsgi.input": io.BytesIO(body),
        }
        for name in self.headers:
            environ[header_key(name)] = ", ".join(self.headers.get_all(name, []))
        return environ

    def log_message(self, *_: Any) -> None:
        """Log nothing: the server behind does."""


class Proxy(ThreadingTCPServer):
    """A listener that gives clients the answers of the server at a URL, broken by a rule."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, url: str, rule: Rule, port: int = 0) -> None:
        path = urlsplit(url).path
        self.app = Broken(Upstream(url), rule, path)
        super().__init__(("127.0.0.1", port), Exchange)
        self.url = f"http://127.0.0.1:{self.server_address[1]}{path}"
        """The URL of the entry point."""


def chosen(text: str | None, rules: list[Rule]) -> Rule:
    """Return the rule of that number or name. Raises StartError where there is none."""
    by_key = {key: rule for at, rule in enumerate(rules, 1) for key in (str(at), rule.name)}
    if text is None:
        raise StartError("--rule: expected a number or a name. --list prints them.")
    if text not in by_key:
        hint = did_you_mean(text, [rule.name for rule in rules])
        raise StartError(f"--rule: there is no {text!r}{hint}. --list prints the rules.")
    return by_key[text]


def listening(url: str | None, rule: Rule, port: int) -> Proxy:
    """Return the proxy, at its port. Raises StartError for what is no URL, and a port in use."""
    if url is None:
        raise StartError("URL: expected the server's entry point, as mtango-ref serve prints it.")
    try:
        return Proxy(entry_point(url), rule, port)
    except (OSError, OverflowError) as error:
        raise StartError(f"--port: {port} cannot be used ({error}); 0 takes a free one.") from None


@click.command()
@click.argument("url", required=False)
@click.option("--rule", "text", metavar="N", help="Number or name of the rule to break.")
@click.option("--list", "listed", is_flag=True, help="Print the rules: number, facet, mode, name.")
@click.option("--port", default=8001, show_default=True, help="Listen there; 0 is a free port.")
def main(url: str | None, text: str | None, *, listed: bool, port: int) -> None:
    """Answer as the server whose entry point is at URL, and break one rule.

    A kit that is asked to judge the proxy has to report a difference:

    \b
      mtango-ref serve
      python tests/mutants/proxy.py http://127.0.0.1:8000/tango/rest --rule "the state is a number"
      mtango-ref conformance http://127.0.0.1:8001/tango/rest

    The server finds the Host header of the client. Where its links follow that, they lead back
    to the proxy. The rules are in tests/mutants/rules/. Of a body after HEAD or a status 204 most
    clients see nothing, so that a kit cannot find it.
    """
    rules = rule_files.load()
    if listed:
        for at, one in enumerate(rules, 1):
            click.echo(f"{at:3}  {one.facet:10}  {one.mode:14}  {one.name}")
        return
    try:
        rule = chosen(text, rules)
        proxy = listening(url, rule, port)
    except StartError as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"{proxy.url} answers as {url} does, but {rule.name}. Ctrl-C ends it.")
    with proxy, suppress(KeyboardInterrupt):
        proxy.serve_forever()


if __name__ == "__main__":
    main()
