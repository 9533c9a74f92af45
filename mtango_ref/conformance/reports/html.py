"""The report as one HTML file: no script, nothing from the network, whatever a server sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, Template

from mtango_ref import __version__
from mtango_ref.conformance.judging.placing import placed
from mtango_ref.conformance.model import Case, Outcome, Response, Result
from mtango_ref.conformance.reports.report import (
    Report,
    body_text,
    by_facet,
    counts,
    differences,
    total,
    utc,
    verdict,
    visible,
)
from mtango_ref.conformance.reports.text import ended_text, operations_text

_WHOLE_RESULTS = 300
"""Causes that are shown, and results with differences; of more of these only the names."""
_SHOWN_BODY = 4000  # characters


def as_html(report: Report) -> bytes:
    """Return the whole page."""
    results = by_facet(report.results)
    differing = report.differing
    page = _template().render(
        version=__version__,
        report=report,
        causes=report.causes[:_WHOLE_RESULTS],
        verdict=verdict(report),
        total=total(report.results),
        outcomes=[*Outcome],
        facts=_facts(report),
        tables=groupby(counts(results).items(), key=lambda item: item[0][0]),
        whole=[_whole(report, one) for one in differing[:_WHOLE_RESULTS]],
        lists={
            "More differences": differing[_WHOLE_RESULTS:],
            "Not implemented": [one for one in results if one.outcome is Outcome.NOT_IMPLEMENTED],
            "Passed": [one for one in results if one.outcome is Outcome.PASSED],
        },
    )
    return f"{page}\n".encode()


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("mtango_ref.conformance.reports", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["visible"] = visible
    environment.filters["css"] = lambda outcome: outcome.name.lower().replace("_", "-")
    environment.globals |= {"operations_text": operations_text, "ended_text": ended_text}
    return environment.get_template("page.html")


def _shown(value: object) -> object:
    """Make a text safe to show; its escaping for HTML comes behind."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _facts(report: Report) -> dict[str, str]:
    return {
        "Mode": report.plan.mode,
        "Failing level": report.plan.level.value,
        "Extensions": ", ".join(report.plan.extensions) or "none",
        "TangoTest": report.server.place.device,
        "Facility": report.server.place.facility.replace("/", ":"),
        "Started": utc(report.started).replace("T", " "),
        "Duration": f"{report.seconds:.1f} s",
        "Fuzzing seed": "no fuzzing" if report.seed is None else str(report.seed),
    }


def _whole(report: Report, result: Result) -> dict[str, object]:
    """Return what the page has of one result with differences."""
    return {
        "result": result,
        "differences": [*differences(result)],
        "curl": report.curl(result),
        "expected": _expected(report, report.cases.get(result.name)),
        "came": _came(result.response),
    }


def _expected(report: Report, case: Case | None) -> str:
    if case is None:
        return "See the rule above."
    headers, body = placed([dict(case.headers), case.body], report.server.place)
    shown = {
        name: text if isinstance(text, str) else _lines(text) for name, text in headers.items()
    }
    return _message(case.status, shown, "" if case.body is None else _lines(body))


def _came(response: Response | None) -> str:
    if response is None:
        return "No answer."
    return _message(response.status, response.headers, _pretty(body_text(response)))


def _message(status: int, headers: Mapping[str, object], body: str) -> str:
    head = "\n".join([f"HTTP {status}", *(f"{name}: {text}" for name, text in headers.items())])
    return visible(f"{head}\n\n{body}" if body else head, _SHOWN_BODY)


def _lines(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False)


def _pretty(body: str) -> str:
    """Show JSON with a line for each value, anything else as it came."""
    if len(body) > _SHOWN_BODY:
        return body
    try:
        return _lines(json.loads(body))
    except (ValueError, RecursionError):
        return body
