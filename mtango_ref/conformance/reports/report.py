"""What came of a run, for a terminal, for programs (JSON), and for CI (JUnit)."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree as Xml

from mtango_ref.conformance.model import (
    Case,
    Level,
    Outcome,
    Place,
    Request,
    Response,
    Result,
    Rule,
)
from mtango_ref.conformance.reports.causes import DIFFERING, Cause, Key, causes
from mtango_ref.conformance.reports.curl import curl
from mtango_ref.openapi import operations

SHOWN_CAUSES = 50
"""Causes that a terminal is given."""
_SHOWN_BODY = 400  # characters of an answer on a terminal
_SHOWN_DIFFERENCES = 12
_FACETS = ("tree", "attributes", "commands", "properties", "pipes", "events", "system")
"""Those of the API; what else there is comes behind."""
_ALSO = {
    Outcome.KNOWN: "failed as the baseline says",
    Outcome.WARNING: "differ from what they should be",
    Outcome.NOTE: "from what mtango-ref does",
}
_SHOWN_OPERATIONS = 4
"""Operations that a cause's line names."""
_NO_OPERATION = "(no operation)"


class Report(NamedTuple):
    """A run.

    user: whom --auth names. seed: of the fuzzing, None where there was none. started: s since the
    epoch. seconds: how long it took. notes: sentences on what was not done. cases: by their names,
    those that were asked. stopped: Ctrl-C ended it. level: from which on a difference fails.
    known: the failures that do not count. whole: the text has each case, not the causes alone.
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
    level: Level = Level.MUST
    known: frozenset[Key] = frozenset()
    whole: bool = False

    @property
    def causes(self) -> list[Cause]:
        """What the differences come from, the most serious first."""
        return causes(by_facet(self.results), self.level, self.known)

    @property
    def failures(self) -> list[Result]:
        """The results that failed, in the order of the facets."""
        return [one for one in by_facet(self.results) if one.outcome is Outcome.FAILED]

    @property
    def differing(self) -> list[Result]:
        """The results with differences: those that failed first, then warnings, then notes."""
        found = [one for one in by_facet(self.results) if one.differences]
        return sorted(found, key=lambda one: DIFFERING.index(one.outcome))

    def curl(self, result: Result) -> str:
        """Write the line that asks again what failed; empty where nothing was asked."""
        if result.request is None:
            return ""
        return curl(result.request, self.place.base, self.user)


def by_facet(results: Sequence[Result]) -> list[Result]:
    """Sort the results by facet, and within it by operation, as the swagger files have them."""
    facets = [*dict.fromkeys([*_FACETS, *(one.facet for one in results)])]
    order = {each.operation_id: n for n, each in enumerate(operations())}
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
    """Return one sentence."""
    found = total(report.results)
    failed, all_of_them = found[Outcome.FAILED], found.total()
    also = "".join(
        f", {found[outcome]} {words}" for outcome, words in _ALSO.items() if found[outcome]
    )
    if not failed:
        off = found[Outcome.NOT_IMPLEMENTED]
        also += f", {off} of them with 501, as they may be" if off else ""
        differ = any(found[outcome] for outcome in DIFFERING)
        words = f"None of {all_of_them} failed" if differ else f"All {all_of_them} passed"
        return f"{words}{also}."
    return f"{failed} of {all_of_them} failed{also}."


def visible(text: str, longest: int | None = None) -> str:
    """Escape in the text what no reader should be given as it is - control characters, the marks
    that turn the direction of writing, halves of characters - written as escapes, and its end
    cut off behind so many characters."""
    cut = longest is not None and len(text) > longest
    shown = "".join(
        char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1]
        for char in text[:longest]
    )
    return f"{shown}... ({len(text)} characters)" if cut else shown


def body_text(response: Response | Request) -> str:
    """Decode the body as text."""
    return response.body.decode("utf-8", "backslashreplace")


def differences(result: Result, longest: int = 500) -> Iterator[str]:
    """Return the differences, safe to show, and not too many."""
    for text in result.differences[:_SHOWN_DIFFERENCES]:
        yield visible(text, longest)
    more = len(result.differences) - _SHOWN_DIFFERENCES
    if more > 0:
        yield f"and {more} more"


# ---- for a terminal ------------------------------------------------------------------------------


def as_text(report: Report) -> str:
    """Return the causes, the table facet x operation, and the verdict."""
    parts = [cause_text(report, one) for one in report.causes[:SHOWN_CAUSES]]
    if len(report.causes) > SHOWN_CAUSES:
        parts.append(f"and {len(report.causes) - SHOWN_CAUSES} causes more")
    if report.whole:
        parts += [failure_text(one, report.curl(one)) for one in report.differing]
    parts += [_table_text(report.results), *report.notes]
    if report.seed is not None:
        parts.append(f"The same again: --seed {report.seed}")
    parts.append(verdict(report))
    return "\n\n".join(parts)


def cause_text(report: Report, cause: Cause) -> str:
    """Return what a reader needs to understand a cause: a line, its source, and a request."""
    count = len(cause.results)
    asked = next((line for line in map(report.curl, cause.results) if line), "")
    lines = [
        f"{cause.outcome.value.upper()} {count}x {visible(cause.text, 500)}",
        f"  {cause.rule.level.value}: {cause.rule} ({cause.rule.source})",
        f"  {operations_text(cause)}".rstrip(),
        f"  {asked}".rstrip(),
    ]
    return visible("\n".join(line for line in lines if line))


def operations_text(cause: Cause) -> str:
    """Name the first operations of a cause, and how many more there are."""
    names = cause.operations
    more = len(names) - _SHOWN_OPERATIONS
    return ", ".join(names[:_SHOWN_OPERATIONS]) + (
        f" and {more} operations more" if more > 0 else ""
    )


def failure_text(result: Result, curl_line: str) -> str:
    """Write what a reader needs to understand a failure."""
    lines = [
        f"{result.outcome.value.upper()} {result.facet} {result.operation or ''}".rstrip()
        + f": {result.name}"
    ]
    lines += [f"  {one}" for one in differences(result)]
    lines.append(f"  rule: {result.rule} ({result.rule.source})")
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
    """Write the whole run; bodies are as long as they were kept."""
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
        "level": report.level.value,
        **{outcome.name.lower(): found[outcome] for outcome in Outcome},
        "causes": [_cause_json(report, one) for one in report.causes],
        "stopped": report.stopped,
        "notes": report.notes,
        "results": [_result_json(report, one) for one in report.results],
    }
    return f"{json.dumps(document, indent=2)}\n".encode()


def _cause_json(report: Report, cause: Cause) -> dict[str, Any]:
    return {
        "outcome": cause.outcome.value,
        "difference": visible(cause.text),
        **_rule_json(cause.rule),
        "count": len(cause.results),
        "operations": cause.operations,
        "curl": next((line for line in map(report.curl, cause.results) if line), ""),
        "cases": [one.name for one in cause.results],
    }


def _rule_json(rule: Rule) -> dict[str, str]:
    return {"rule": rule, "level": rule.level.value, "source": rule.source}


def _result_json(report: Report, result: Result) -> dict[str, Any]:
    request, response = result.request, result.response
    return {
        "name": result.name,
        "facet": result.facet,
        "operation": result.operation,
        "outcome": result.outcome.value,
        **_rule_json(result.rule),
        "differences": [visible(text) for text in result.differences],
        "rules": [_rule_json(one.rule) for one in result.differences],
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
    """Return a suite of the causes, and a suite a facet, with a test case a result."""
    root = Xml.Element("testsuites", name="mtango-ref conformance")
    if report.causes:
        _add_causes(root, report)
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


def _add_causes(root: Xml.Element, report: Report) -> None:
    failed = [one for one in report.causes if one.outcome is Outcome.FAILED]
    suite = Xml.SubElement(
        root,
        "testsuite",
        name="causes",
        tests=str(len(report.causes)),
        failures=str(len(failed)),
        errors="0",
        skipped="0",
        timestamp=utc(report.started),
        time="0.000",
    )
    for cause in report.causes:
        name = f"{len(cause.results)}x {visible(cause.text, 500)}"
        case = Xml.SubElement(suite, "testcase", classname="rc3.causes", name=name, time="0.000")
        text = cause_text(report, cause)
        if cause.outcome is Outcome.FAILED:
            failure = Xml.SubElement(case, "failure", message=visible(cause.text, 500))
            failure.text = text
        else:
            Xml.SubElement(case, "system-out").text = text


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
    elif result.differences:
        Xml.SubElement(case, "system-out").text = failure_text(result, report.curl(result))
    elif result.outcome is Outcome.NOT_IMPLEMENTED:
        Xml.SubElement(case, "skipped", message="501 not implemented, as it may be")


def _elapsed(result: Result) -> float:
    return 0.0 if result.response is None else result.response.elapsed
