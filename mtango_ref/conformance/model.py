"""The vocabulary of the suite: cases, what a server answered, and how each case ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

MODES = ("strict", "implementation")
READING = ("GET", "HEAD", "OPTIONS")
"""The methods that change nothing."""


FACILITY = "localhost/10000"
"""The facility of a server that names none."""


class Place(NamedTuple):
    """The address of a server, and the names there.

    base: the URL of the entry point, as hrefs begin. device: the name of its TangoTest. facility:
    host/port of the database, as the paths to it have them; empty until the server has named it.
    ahead: s from this machine's time to the server's, which may be that of a simulation.
    """

    base: str
    device: str = "sys/tg_test/1"
    facility: str = FACILITY
    ahead: int = 0


Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Server(NamedTuple):
    """The server that a run asks.

    auth: user:password for HTTP's Basic authentication. timeout: s for a whole answer. has: words
    for what it has beyond a TangoTest (see loading.needs); None: everything. app: an application
    in this process, which is asked as if it were at the place; None: HTTP.
    """

    place: Place
    auth: str | None = None
    timeout: float = 10.0
    has: Collection[str] | None = None
    app: Wsgi | None = None

    @property
    def user(self) -> str | None:
        """The user of `auth`."""
        return None if self.auth is None else self.auth.partition(":")[0]

    def is_fit(self, needs: Collection[str]) -> bool:
        """Return True where the server has all that these words stand for."""
        return self.has is None or set(needs) <= set(self.has)


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
        """Return the path and query on a server whose entry point is at app_base."""
        if self.path and self.path[0] not in "/?":
            return f"/{self.path}"
        target = app_base + self.path
        return target if target.startswith("/") else f"/{target}"


KEPT_BODY = 20_000
"""Bytes of an answer that are kept in its result."""


class Response(NamedTuple):
    """An answer. headers: names in lower case. elapsed: s."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed: float = 0.0

    def kept(self) -> Response:
        """Return it as it stands in a result: with the beginning of a long body."""
        return self._replace(body=self.body[:KEPT_BODY])


class NoResponse(Exception):
    """The server hung, or broke the connection; the text is a sentence."""


Send = Callable[[Request], Response]
"""Asks a server. Raises NoResponse."""

Progress = Callable[[float], object]
"""Takes the share that is done, from 0 to 1."""


class Level(str, Enum):
    """The degree to which a rule binds a server; the strongest first."""

    MUST = "must"
    """rc3 or an RFC says so, or a named client breaks without it."""
    SHOULD = "should"
    """rc3 recommends it, or the original Java server and mtango-py agree."""
    MAY = "may"
    """A choice of this project."""

    def includes(self, other: Level) -> bool:
        """Return True where a run at this level fails for a difference of the other."""
        levels = [*Level]
        return levels.index(other) <= levels.index(self)


LEVELS = tuple(level.value for level in Level)


class Fuzz(NamedTuple):
    """The fuzzing of a run.

    seed: the same asks the same, of a server that answers the same. seconds: how long; None: each
    phase once. examples: the cases that are drawn at random for each operation.
    """

    seed: int
    seconds: float | None = None
    examples: int = 10


class Plan(NamedTuple):
    """All that a run asks, whichever server it is.

    mode: one of MODES. extensions: those that are on; what needs another has to be 501. only: a
    facet; None: all. writes: ask also what may change something. level: from which on a difference
    fails. fuzz: None: the cases alone.
    """

    mode: str = "strict"
    extensions: tuple[str, ...] = ()
    only: str | None = None
    writes: bool = False
    level: Level = Level.MUST
    fuzz: Fuzz | None = None


class Rule(str):
    """A sentence that servers are judged by.

    name: in the case files. source: who says it: a section of rc3 or of an RFC, a client, a
    server.
    """

    name: str
    level: Level
    source: str

    def __new__(cls, says: str, name: str, level: Level, source: str) -> Rule:
        """Make the sentence, with the rest as its attributes."""
        rule = super().__new__(cls, says)
        rule.name, rule.level, rule.source = name, level, source
        return rule


ANSWERED = Rule("Each request has an answer.", "answered", Level.MUST, "RFC 9110, 3.4")
"""The rule that no case file has: it stands where nothing came that could be judged."""


class Difference(str):
    """A sentence that says where in an answer something else was expected than came.

    rule: the one that is broken. kind: the same sentence without what varies between requests,
    runs and servers; differences with one cause have one kind.
    """

    kind: str
    rule: Rule

    def __new__(cls, text: str, kind: str, rule: Rule) -> Difference:
        """Make the sentence, with the rest as its attributes."""
        difference = super().__new__(cls, text)
        difference.kind, difference.rule = kind, rule
        return difference


class Case(NamedTuple):
    """One request, and what rc3 says of its answer.

    name: unique, for people. facet: tree, attributes, commands, properties, pipes, events,
    system, swagger, http. operation: an operationId of the swagger files, or None where the
    request is none of theirs. modes: those it is for. extension: it is for servers on which
    that is on (`writes`), or off (`-writes`); None: for all. status, headers, body: what is
    expected; the body is JSON with named wildcards, or None for an empty one. rule: the one that
    it rests on, but for parts that {$by: ..} gives to another of `rules`, by name. needs: words for
    what a server must have beyond a TangoTest (see loading.needs). before: requests to send
    first, whatever they answer. reason: Tango's innermost one, where the answer is a Failure.
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
    rule: Rule
    needs: tuple[str, ...] = ()
    before: tuple[Request, ...] = ()
    rules: Mapping[str, Rule] = {}
    reason: str | None = None


class Ended(NamedTuple):
    """A server that was not asked to the end.

    why: a sentence. last: what was asked last, the newest first. unasked: how many were not asked
    of so many cases. came: a sentence on what came instead of an answer to the last request.
    """

    why: str
    last: tuple[Request, ...]
    unasked: int = 0
    cases: int = 0
    came: str = ""


class Outcome(str, Enum):
    """The ways in which a case, or an operation under fuzzing, can end."""

    PASSED = "passed"
    FAILED = "failed"
    KNOWN = "known"
    """Failed as the baseline says, and not otherwise."""
    WARNING = "warning"
    """Differs from what it should be, in a run at a level that does not ask for it."""
    NOTE = "note"
    """Differs from what it may be, likewise."""
    NOT_IMPLEMENTED = "not implemented"
    """501 for what is an extension that the server need not have."""


FUZZING = "fuzzing"
"""The first word in the name of a result that is of no case."""


class Result(NamedTuple):
    """The outcome of one case, or of one fuzzed operation.

    request: the one that failed, or the last one asked. differences: empty where all is as
    expected. rule: as in Case.
    """

    name: str
    facet: str
    operation: str | None
    outcome: Outcome
    request: Request | None
    response: Response | None
    differences: tuple[Difference, ...]
    rule: Rule
