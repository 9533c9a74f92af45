"""The report for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from mtango_ref.conformance.model import Ended, Outcome, Result, Server
from mtango_ref.conformance.reports.causes import Cause
from mtango_ref.conformance.reports.curl import curl
from mtango_ref.conformance.reports.report import (
    Report,
    body_text,
    counts,
    differences,
    ended_sentence,
    total,
    verdict,
    visible,
)
from mtango_ref.messages import counted

SHOWN_CAUSES = 50
"""Causes that a terminal is given."""
_SHOWN_BODY = 400  # characters of an answer on a terminal
_SHOWN_OPERATIONS = 4
"""Operations that a cause's line names."""


def as_text(report: Report) -> str:
    """Return the causes, the table facet x operation, and the verdict."""
    parts = [ended_text(report.ended, report.server)] if report.ended else []
    parts += [cause_text(report, one) for one in report.causes[:SHOWN_CAUSES]]
    if len(report.causes) > SHOWN_CAUSES:
        parts.append(f"and {counted(len(report.causes) - SHOWN_CAUSES, 'more cause')}")
    if report.whole:
        parts += [failure_text(one, report.curl(one)) for one in report.differing]
    parts += [_table_text(report.results), *report.notes]
    if report.seed is not None:
        parts.append(f"To repeat this run: --seed {report.seed}")
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
        f" and {counted(more, 'more operation')}" if more > 0 else ""
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
        lines.append(f"  got: {result.response.status} {body}".rstrip())
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


def ended_text(ended: Ended, server: Server) -> str:
    """Write that the server stopped answering, and what it was asked last."""
    lines = [f"ENDED {ended_sentence(ended)}"]
    for number, request in enumerate(ended.last):
        when = "before that" if number else "last request"
        lines.append(f"  {when}: {curl(request, server)}")
    if ended.came:
        lines.append(f"  result: {ended.came}")
    return visible("\n".join(lines))
