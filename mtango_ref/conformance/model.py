"""What the suite is made of: cases, what a server answered, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple

MODES = ("strict", "implementation")


class Place(NamedTuple):
    """Whom a run asks, and for what.

    base: the URL of the entry point, as hrefs begin. device: the name of its TangoTest. facility:
    host/port of the database, as the paths to it have them. ahead: s from this machine's time to
    the server's, which may be that of a simulation.
    """

    base: str
    device: str = "sys/tg_test/1"
    facility: str = "localhost/10000"
    ahead: int = 0


class Request(NamedTuple):
    """One HTTP request; `path` is below the server's entry point and has its query.

    It is empty or begins with `/` or `?`; one that does not (`swagger/rc3.yml`) is below the
    root of the server instead.
    """

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def target(self, app_base: str) -> str:
        """The path and query on a server whose entry point is at app_base."""
        if self.path and self.path[0] not in "/?":
            return f"/{self.path}"
        target = app_base + self.path
        return target if target.startswith("/") else f"/{target}"


class Response(NamedTuple):
    """What came. headers: names in lower case. elapsed: s."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed: float = 0.0


class NoResponse(Exception):
    """The server hung, or broke the connection; the text is a sentence."""


Send = Callable[[Request], Response]
"""Asks a server. Raises NoResponse."""


class Case(NamedTuple):
    """One request, and what rc3 says of its answer.

    name: unique, for people. facet: tree, attributes, commands, properties, pipes, events,
    system, swagger, http. operation: an operationId of the swagger files, or None where the
    request is none of theirs. modes: those it is for. extension: it is for servers on which
    that is on (`writes`), or off (`-writes`); None: for all. status, headers, body: what is
    expected; the body is JSON with named wildcards, or None for an empty one. rule: the
    sentence of the specification that it rests on. needs: words for what a server must have
    beyond a TangoTest (see loading.needs). before: requests to send first, whatever they answer.
    """

    name: str
    facet: str
    operation: str | None
    modes: tuple[str, ...]
    extension: str | None
    request: Request
    status: int
    headers: Mapping[str, Any]
    body: Any
    rule: str
    needs: tuple[str, ...] = ()
    before: tuple[Request, ...] = ()


class Outcome(str, Enum):
    """Of one case, or of one operation under fuzzing."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_IMPLEMENTED = "not implemented"
    """501 for what is an extension that the server need not have."""


class Result(NamedTuple):
    """What came of one case, or of one fuzzed operation.

    request: the one that failed, or the last one asked. differences: sentences that tell where
    in the answer what was expected and what came; empty unless it failed. rule: as in Case.
    """

    name: str
    facet: str
    operation: str | None
    outcome: Outcome
    request: Request | None
    response: Response | None
    differences: tuple[str, ...]
    rule: str
