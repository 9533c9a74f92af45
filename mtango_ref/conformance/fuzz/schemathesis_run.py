"""schemathesis asks a server every operation of the swagger files: by their examples, by what
covers their schemas, at random, and along their links."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from mtango_ref.conformance.asking.transport import Wsgi, over_http, to_app
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.fuzz.findings import Findings
from mtango_ref.conformance.fuzz.plan import Plan, Scope
from mtango_ref.conformance.model import NoResponse, Place, Request, Send

Progress = Callable[[float], object]
"""Takes the share that is done, from 0 to 1."""

TIMEOUT = 10.0
"""s for an answer; a tenth of the whole time, where that is less."""
_PHASES = ("examples", "coverage", "fuzzing", "stateful")


def fuzz(
    target: str | Wsgi,
    *,
    mode: str,
    seed: int,
    seconds: float | None,
    place: Place,
    writes: bool,
    progress: Progress = lambda _: None,
    extensions: tuple[str, ...] = (),
    auth: str | None = None,
    app_base: str = "/tango/rest",
) -> Findings:
    """Ask every operation; the results are one for each kind of failure of an operation, or one
    for an operation that has none.

    target: the URL of the entry point, or a WSGI app that has it at app_base. The same seed asks
    the same, of a server that answers the same. seconds: how long; None: each phase once. writes:
    ask also what may change something. place: where TangoTest is. extensions: those that are on;
    what needs another has to be 501. auth: user:password. Nothing is raised for what a server
    does.
    """
    server = Server(target, app_base, auth)
    scope = Scope(mode, place, extensions, writes, server.is_ours())
    return explore(server, Plan(scope), seed, seconds, progress)


class Server(NamedTuple):
    """Who is asked; as in `fuzz`."""

    target: str | Wsgi
    app_base: str = "/tango/rest"
    auth: str | None = None

    @property
    def url(self) -> str:
        """The URL of the entry point."""
        if isinstance(self.target, str):
            return self.target.rstrip("/")
        return "http://localhost" + self.app_base.rstrip("/")

    @property
    def send(self) -> Send:
        """The function that asks it one request."""
        if isinstance(self.target, str):
            return over_http(self.target, self.auth, TIMEOUT)
        return to_app(self.target, self.app_base)

    def is_ours(self) -> bool:
        """Ask the server if it is an mtango-py."""
        try:
            answer = self.send(Request("GET", "/rc3"))
        except NoResponse:
            return False
        return answer.headers.get("x-mtango", "").startswith("mtango-py ")

    def schema(self, plan: Plan, seed: int, seconds: float | None) -> Any:
        """Load the document of the plan, as schemathesis has it for this server."""
        headers = {}
        if self.auth is not None:
            headers["Authorization"] = "Basic " + b64encode(self.auth.encode()).decode()
        configuration = plan.configuration(seed, seconds, headers)
        configuration["base-url"] = self.url
        configuration["request-timeout"] = (
            TIMEOUT if seconds is None else min(TIMEOUT, seconds / 10)
        )
        config = SchemathesisConfig.from_dict(configuration)
        schema: Any = schemathesis.openapi.from_dict(plan.document, config=config)
        if not plan.scope.writes:
            # Left in the document, which says what Allow may list.
            schema = schema.exclude(method=["PUT", "POST", "DELETE"])
        if not isinstance(self.target, str):
            schema.app = self.target

        def map_case(_: Any, case: Any) -> Any:
            return plan.with_known_names(case)

        schema.hooks.register_hook_with_name(map_case, "map_case")
        return schema


def explore(
    server: Server,
    plan: Plan,
    seed: int,
    seconds: float | None = None,
    progress: Progress = lambda _: None,
) -> Findings:
    """Ask as `fuzz` does, by a plan; return what came, with the counts."""
    findings = Findings(plan, server.url)
    watch = Watch(server.send)
    begun = time.monotonic()
    stream = from_schema(server.schema(plan, seed, seconds)).execute()
    for event in stream:
        if isinstance(event, events.ScenarioFinished):
            phase = event.phase.value
            findings.take(phase, event.recorder)
            if seconds is not None:
                progress(min(1.0, (time.monotonic() - begun) / seconds))
            elif phase in _PHASES:
                progress((_PHASES.index(phase) + 1) / len(_PHASES))
        elif isinstance(event, events.NonFatalError):
            findings.take_error(event.label, event.value)
        elif isinstance(event, events.FatalError):
            findings.take_error("", event.exception)
        if findings.unanswered and not findings.ended:
            watch.probe()
            if watch.has_ended:
                findings.end()
                stream.stop()
    progress(1.0)
    return findings
