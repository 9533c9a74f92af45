"""What came of a run, for a terminal, for programs (JSON), and for CI (JUnit)."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree as Xml

from mtango_ref.conformance.model import Case, Outcome, Place, Request, Response, Result
from mtango_ref.conformance.reports.curl import curl
from mtango_ref.openapi import operations
from mtango_ref.settings.model import Settings

SHOWN_FAILURES = 50
"""Failures that a terminal is given whole."""
_SHOWN_BODY = 400  # characters of an answer on a terminal
_SHOWN_DIFFERENCES = 12
_FACETS = ("tree", "attributes", "commands", "properties", "pipes", "events", "system")
"""Those of the API; what else there is comes behind."""
_NO_OPERATION = "(no operation)"


class Report(NamedTuple):
    """A run.

    user: whom --auth names. seed: of the fuzzing, None where there was none. started: s since the
    epoch. seconds: how long it took. notes: sentences on what was not done. cases: by their names,
    those that were asked. stopped: Ctrl-C ended it.
    """

    place: Place
    mode: str
    extensions: tuple[str, ...]
    user: str | None
    seed: int | None
    started: float
    seconds: float
    notes: tuple[str, ...]
    results: Sequence[Result]
    cases: Mapping[str, Case]
    stopped: bool = False

    @property
    def failures(self) -> list[Result]:
        """The results that failed, in the order of the facets."""
        return [one for one in by_facet(self.results) if one.outcome is Outcome.FAILED]

    def curl(self, result: Result) -> str:
        """The line that asks again what failed; empty where nothing was asked."""
        if result.request is None:
            return ""
        return curl(result.request, self.place.base, self.user)


def by_facet(results: Sequence[Result]) -> list[Result]:
    """The results sorted by facet, and within it by operation, as the swagger files have them."""
    facets = [*dict.fromkeys([*_FACETS, *(one.facet for one in results)])]
    order = {each.operation_id: n for n, each in enumerate(operations(Settings()))}
    return sorted(
        results,
        key=lambda one: (facets.index(one.facet), order.get(one.operation or "", len(order))),
    )


Counts = dict[tuple[str, str], Counter[Outcome]]
"""(facet, operation) -> how many of each outcome."""


def counts(results: Sequence[Result]) -> Counts:
    """In the order of `by_facet`."""
    counted: Counts = {}
    for one in by_facet(results):
        key = one.facet, one.operation or _NO_OPERATION
        counted.setdefault(key, Counter())[one.outcome] += 1
    return counted


def total(results: Sequence[Result]) -> Counter[Outcome]:
    """How many of each outcome."""
    return Counter(one.outcome for one in results)


def verdict(report: Report) -> str:
    """One sentence."""
    found = total(report.results)
    failed, all_of_them = found[Outcome.FAILED], found.total()
    off = found[Outcome.NOT_IMPLEMENTED]
    also = f", {off} of them with 501, as they may be" if off else ""
    if not failed:
        return f"All {all_of_them} passed{also}."
    return f"{failed} of {all_of_them} failed."


def visible(text: str, longest: int | None = None) -> str:
    """The text with what no reader should be given as it is - control characters, the marks
    that turn the direction of writing, halves of characters - written as escapes, and its end
    cut off behind so many characters."""
    cut = longest is not None and len(text) > longest
    shown = "".join(
        char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1]
        for char in text[:longest]
    )
    return f"{shown}... ({len(text)} characters)" if cut else shown


def body_text(response: Response | Request) -> str:
    """The body as text."""
    return response.body.decode("utf-8", "backslashreplace")


def differences(result: Result, longest: int = 500) -> Iterator[str]:
    """The differences, safe to show, and not too many."""
    for text in result.differences[:_SHOWN_DIFFERENCES]:
        yield visible(text, longest)
    more = len(result.differences) - _SHOWN_DIFFERENCES
    if more > 0:
        yield f"and {more} more"


# ---- for a terminal ------------------------------------------------------------------------------


def as_text(report: Report) -> str:
    """The failures, the table facet x operation, and the verdict."""
    failures = report.failures
    parts = [failure_text(one, report.curl(one)) for one in failures[:SHOWN_FAILURES]]
    if len(failures) > SHOWN_FAILURES:
        parts.append(f"and {len(failures) - SHOWN_FAILURES} failures more")
    parts += [_table_text(report.results), *report.notes]
    if report.seed is not None:
        parts.append(f"The same again: --seed {report.seed}")
    parts.append(verdict(report))
    return "\n\n".join(parts)


def failure_text(result: Result, curl_line: str) -> str:
    """What a reader needs to understand a failure."""
    lines = [f"FAILED {result.facet} {result.operation or ''}".rstrip() + f": {result.name}"]
    lines += [f"  {one}" for one in differences(result)]
    lines.append(f"  rule: {result.rule}")
    if result.response is not None:
        body = visible(body_text(result.response), _SHOWN_BODY).replace("\n", "\n    ")
        lines.append(f"  came: {result.response.status} {body}".rstrip())
    lines.append(f"  {curl_line}")
    return visible("\n".join(lines).rstrip())


def _table_text(results: Sequence[Result]) -> str:
    head = ("facet", "operation", *(outcome.value for outcome in Outcome))
    rows = [
        (*key, *(str(found[outcome]) for outcome in Outcome))
        for key, found in counts(results).items()
    ]
    found = total(results)
    rows.append(("all", "", *(str(found[outcome]) for outcome in Outcome)))
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *rows)
    )


# ---- for programs --------------------------------------------------------------------------------


def as_json(report: Report) -> bytes:
    """The whole run; bodies are as long as they were kept."""
    found = total(report.results)
    document = {
        "url": report.place.base,
        "mode": report.mode,
        "extensions": report.extensions,
        "device": report.place.device,
        "facility": report.place.facility.replace("/", ":"),
        "seed": report.seed,
        "started": utc(report.started),
        "seconds": round(report.seconds, 3),
        **{outcome.name.lower(): found[outcome] for outcome in Outcome},
        "stopped": report.stopped,
        "notes": report.notes,
        "results": [_result_json(report, one) for one in report.results],
    }
    return f"{json.dumps(document, indent=2)}\n".encode()


def _result_json(report: Report, result: Result) -> dict[str, Any]:
    request, response = result.request, result.response
    return {
        "name": result.name,
        "facet": result.facet,
        "operation": result.operation,
        "outcome": result.outcome.value,
        "rule": result.rule,
        "differences": [visible(text) for text in result.differences],
        "curl": report.curl(result),
        "request": request and _message(request, method=request.method, path=request.path),
        "response": response
        and _message(response, status=response.status, elapsed=round(response.elapsed, 6)),
    }


def _message(message: Request | Response, **first: object) -> dict[str, Any]:
    return {**first, "headers": dict(message.headers), "body": body_text(message)}


def utc(seconds: float) -> str:
    """s since the epoch, as ISO 8601 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def as_junit(report: Report) -> bytes:
    """A suite a facet, a test case a result."""
    root = Xml.Element("testsuites", name="mtango-ref conformance")
    for facet in dict.fromkeys(one.facet for one in report.results):
        results = [one for one in report.results if one.facet == facet]
        found = total(results)
        suite = Xml.SubElement(
            root,
            "testsuite",
            name=facet,
            tests=str(len(results)),
            failures=str(found[Outcome.FAILED]),
            errors="0",
            skipped=str(found[Outcome.NOT_IMPLEMENTED]),
            timestamp=utc(report.started),
            time=f"{sum(map(_elapsed, results)):.3f}",
        )
        for one in results:
            _add_junit(suite, report, one)
    Xml.indent(root)
    content: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _add_junit(suite: Xml.Element, report: Report, result: Result) -> None:
    case = Xml.SubElement(
        suite,
        "testcase",
        classname=f"rc3.{result.facet}.{result.operation or 'http'}",
        name=visible(result.name),
        time=f"{_elapsed(result):.3f}",
    )
    if result.outcome is Outcome.FAILED:
        first = next(differences(result), "")
        failure = Xml.SubElement(case, "failure", message=first)
        failure.text = failure_text(result, report.curl(result))
    elif result.outcome is Outcome.NOT_IMPLEMENTED:
        Xml.SubElement(case, "skipped", message="501 not implemented, as it may be")


def _elapsed(result: Result) -> float:
    return 0.0 if result.response is None else result.response.elapsed
