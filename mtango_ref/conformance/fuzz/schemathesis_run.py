"""schemathesis asks a server every operation of the swagger files: by their examples, by what
covers their schemas, at random, and along their links."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from mtango_ref.conformance.asking.transport import sender
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.fuzz.configuration import configuration
from mtango_ref.conformance.fuzz.document import document
from mtango_ref.conformance.fuzz.findings import Findings
from mtango_ref.conformance.fuzz.names import Names
from mtango_ref.conformance.model import Plan, Progress, Server

_PHASES = ("examples", "coverage", "fuzzing", "stateful")


def fuzz(
    server: Server,
    plan: Plan,
    progress: Progress = lambda _: None,
    asked: dict[str, Any] | None = None,
) -> Findings:
    """Ask every operation as the plan's `fuzz` says; return what came, with the counts.

    asked: the document of the operations; None: that of server and plan. Nothing is raised for
    what a server does.
    """
    assert plan.fuzz is not None
    seconds = plan.fuzz.seconds
    asked = document(server, plan) if asked is None else asked
    names, watch = Names(server), Watch(sender(server))
    findings = Findings(server, asked, names, watch)
    begun = time.monotonic()
    stream = from_schema(_schema(server, plan, asked, names)).execute()
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
        if watch.is_silent and not watch.has_ended:
            watch.probe()
            if watch.has_ended:
                findings.end()
                stream.stop()
    progress(1.0)
    return findings


def _schema(server: Server, plan: Plan, asked: dict[str, Any], names: Names) -> Any:
    """Load the document, as schemathesis has it for this server."""
    config = SchemathesisConfig.from_dict(configuration(server, plan, asked))
    schema: Any = schemathesis.openapi.from_dict(asked, config=config)
    if not plan.writes:
        # Left in the document, which says what Allow may list.
        schema = schema.exclude(method=["PUT", "POST", "DELETE"])
    schema.app = server.app
    _merge_once(schema.config)

    def map_case(_: Any, case: Any) -> Any:
        return names.put_into(case)

    schema.hooks.register_hook_with_name(map_case, "map_case")
    return schema


def _merge_once(config: Any) -> None:
    """Keep what the configuration of a run says of an operation: it changes no more.

    schemathesis merges it anew several times a case, which takes a tenth of a run.
    """
    for name in ("phases_for", "generation_for", "checks_config_for"):
        setattr(config, name, _remembering(getattr(config, name)))


def _remembering(find: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function; it is called once for each operation, and what more is asked."""
    found: dict[tuple[object, ...], Any] = {}

    def remembered(*, operation: Any = None, **more: Any) -> Any:
        key = (None if operation is None else operation.label, *more.items())
        if key not in found:
            found[key] = find(operation=operation, **more)
        return found[key]

    return remembered
