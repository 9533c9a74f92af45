"""A run and what came of it: what all reports of it have in common."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from mtango_ref.conformance.model import (
    Case,
    Ended,
    Outcome,
    Plan,
    Request,
    Response,
    Result,
    Server,
)
from mtango_ref.conformance.reports.causes import DIFFERING, Cause, Key, causes
from mtango_ref.conformance.reports.curl import curl
from mtango_ref.messages import counted
from mtango_ref.openapi import operations

_SHOWN_DIFFERENCES = 12
_FACETS = ("tree", "attributes", "commands", "properties", "pipes", "events", "system")
"""The facets of the API in their order; all others come after them."""
_ALSO = {
    Outcome.KNOWN: "known failure",
    Outcome.WARNING: "warning",
    Outcome.NOTE: "note",
}
_NO_OPERATION = "(no operation)"


class Report(NamedTuple):
    """A run.

    plan: without fuzzing where there was none, whatever was asked for. started: s since the epoch.
    seconds: how long it took. notes: sentences on what was not done. cases: by their names, those
    that were asked. stopped: Ctrl-C ended it. ended: the server did. known: the failures that do
    not count. whole: the text has each case, not the causes alone.
    """

    server: Server
    plan: Plan
    started: float
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    results: Sequence[Result] = ()
    cases: Mapping[str, Case] = {}
    stopped: bool = False
    ended: Ended | None = None
    known: frozenset[Key] = frozenset()
    whole: bool = False

    @property
    def seed(self) -> int | None:
        """The seed of the fuzzing, None where there was none."""
        return self.plan.fuzz and self.plan.fuzz.seed

    @property
    def is_whole(self) -> bool:
        """Everything was asked."""
        return not self.stopped and self.ended is None

    @property
    def causes(self) -> list[Cause]:
        """The causes of the differences, the most serious first."""
        return causes(by_facet(self.results), self.plan.level, self.known)

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
        return curl(result.request, self.server)


def by_facet(results: Sequence[Result]) -> list[Result]:
    """Sort the results by facet, and within it by operation, as the swagger files have them."""
    facets = [*dict.fromkeys([*_FACETS, *(one.facet for one in results)])]
    order = {each.operation_id: n for n, each in enumerate(operations())}
    return sorted(
        results,
        key=lambda one: (facets.index(one.facet), order.get(one.operation or "", len(order))),
    )


Counts = dict[tuple[str, str], Counter[Outcome]]
"""The number of each outcome, by facet and operation."""


def counts(results: Sequence[Result]) -> Counts:
    """Count the outcomes of each operation, in the order of `by_facet`."""
    counted: Counts = {}
    for one in by_facet(results):
        key = one.facet, one.operation or _NO_OPERATION
        counted.setdefault(key, Counter())[one.outcome] += 1
    return counted


def total(results: Sequence[Result]) -> Counter[Outcome]:
    """Count the results of each outcome."""
    return Counter(one.outcome for one in results)


def verdict(report: Report) -> str:
    """Return one sentence, or two where the run was not finished."""
    begin = unfinished(report)
    if begin and not report.results:
        return begin
    return f"{begin} {_verdict(report)}".lstrip()


def unfinished(report: Report) -> str:
    """Say what ended the run before all was asked; nothing where it was."""
    if report.ended:
        return ended_sentence(report.ended)
    return "Interrupted by Ctrl-C." if report.stopped else ""


def ended_sentence(ended: Ended) -> str:
    """Say that a server ended the run, and how many cases that left out."""
    if not ended.unasked:
        return ended.why
    return f"{ended.why} Not run: {ended.unasked} of {counted(ended.cases, 'case')}."


def _verdict(report: Report) -> str:
    found = total(report.results)
    failed, all_of_them = found[Outcome.FAILED], found.total()
    also = "".join(
        f", {counted(found[outcome], noun)}" for outcome, noun in _ALSO.items() if found[outcome]
    )
    if not failed:
        off = found[Outcome.NOT_IMPLEMENTED]
        also += f", {off} of them with 501, which is allowed" if off else ""
        differ = any(found[outcome] for outcome in DIFFERING)
        words = f"None of {all_of_them} failed" if differ else f"All {all_of_them} passed"
        return f"{words}{also}."
    return f"{failed} of {all_of_them} failed{also}."


def visible(text: str, longest: int | None = None) -> str:
    """Escape in the text what no reader should be given as it is - control characters, the marks
    that turn the direction of writing, halves of characters - written as escapes, and its end
    cut off behind so many characters."""
    cut = longest is not None and len(text) > longest
    shown = text[:longest]
    if not shown.isprintable():
        shown = "".join(
            char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in shown
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


def utc(seconds: float) -> str:
    """Format s since the epoch as ISO 8601 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
