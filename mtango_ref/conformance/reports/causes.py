"""The causes of a run's differences, and how much each counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mtango_ref.conformance.model import Difference, Level, Outcome, Result, Rule

Key = tuple[str, str, str]
"""The identity of a failure in every run: names of its result and its rule, kind of difference."""
_OUTCOMES = {
    Level.MUST: Outcome.FAILED,
    Level.SHOULD: Outcome.WARNING,
    Level.MAY: Outcome.NOTE,
}
DIFFERING = (Outcome.FAILED, Outcome.KNOWN, Outcome.WARNING, Outcome.NOTE)
"""The outcomes of results that have differences, the most serious first."""


class Cause(NamedTuple):
    """Differences with one rule and one kind, of whatever requests.

    text: the difference, without what varies if several came. results: those that it touches.
    """

    rule: Rule
    kind: str
    text: str
    outcome: Outcome
    results: tuple[Result, ...]

    @property
    def operations(self) -> list[str]:
        """The operations that it touches, in the order of the results."""
        return [*dict.fromkeys(one.operation for one in self.results if one.operation)]


def keys(result: Result) -> dict[Key, Difference]:
    """Return the differences of a result by what they have in common in all runs."""
    return {(result.name, one.rule.name, one.kind): one for one in result.differences}


def graded(
    results: Iterable[Result], level: Level, known: frozenset[Key] = frozenset()
) -> list[Result]:
    """Return the results as they count at the level, where the known failures do not."""
    return [
        one._replace(outcome=_grade(one, level, known)) if one.differences else one
        for one in results
    ]


def _grade(result: Result, level: Level, known: frozenset[Key]) -> Outcome:
    found = {outcome_of(key, one, level, known) for key, one in keys(result).items()}
    return next(outcome for outcome in DIFFERING if outcome in found)


def outcome_of(key: Key, one: Difference, level: Level, known: frozenset[Key]) -> Outcome:
    """Return what a difference counts as at the level."""
    if not level.includes(one.rule.level):
        return _OUTCOMES[one.rule.level]
    return Outcome.KNOWN if key in known else Outcome.FAILED


def causes(
    results: Sequence[Result], level: Level, known: frozenset[Key] = frozenset()
) -> list[Cause]:
    """Return the causes of all differences: the most serious first, then the most frequent."""
    found: dict[tuple[Outcome, str, str], list[tuple[Difference, Result]]] = {}
    for result in results:
        for key, one in keys(result).items():
            outcome = outcome_of(key, one, level, known)
            found.setdefault((outcome, one.rule.name, one.kind), []).append((one, result))
    return sorted(
        (_cause(outcome, pairs) for (outcome, _, _), pairs in found.items()),
        key=lambda one: (DIFFERING.index(one.outcome), -len(one.results)),
    )


def _cause(outcome: Outcome, pairs: list[tuple[Difference, Result]]) -> Cause:
    first = pairs[0][0]
    text = str(first) if len({*map(str, next(zip(*pairs, strict=True)))}) == 1 else first.kind
    return Cause(first.rule, first.kind, text, outcome, tuple(result for _, result in pairs))
