"""The cases as tests of pytest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from mtango_ref.conformance.asking.asker import Asker
from mtango_ref.conformance.asking.survey import check_reachable, surveyed
from mtango_ref.conformance.asking.transport import entry_point, sender
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.model import LEVELS, Case, Level, Outcome, Place, Plan, Server
from mtango_ref.conformance.reports.causes import DIFFERING, Cause, causes, graded
from mtango_ref.conformance.reports.curl import curl
from mtango_ref.conformance.reports.report import visible
from mtango_ref.conformance.reports.text import ended_text, failure_text
from mtango_ref.messages import StartError, did_you_mean
from mtango_ref.openapi import extensions


class _Difference(Exception):
    """The text is what a reader of the failure needs."""


_CAUSE = "mtango cause"
"""The user property of a test that has a difference; pytest-xdist carries it, too."""


def _properties(cause: Cause, line: str) -> list[str]:
    """Return what the summary needs of a cause: as JSON can have it."""
    rule = f"{cause.rule.level.value}: {cause.rule} ({cause.rule.source})"
    return [cause.outcome.value, cause.rule.name, cause.kind, cause.text, rule, line]


def summary(reports: Iterable[Any]) -> list[str]:
    """Return the lines of a terminal for the causes in these tests' reports."""
    found: dict[tuple[str, ...], list[list[str]]] = {}
    for report in reports:
        for name, noted in getattr(report, "user_properties", ()):
            if name == _CAUSE:
                found.setdefault(tuple(noted[:3]), []).append(noted)
    order = [outcome.value for outcome in DIFFERING]
    lines = []
    for outcome, _, kind in sorted(found, key=lambda key: (order.index(key[0]), -len(found[key]))):
        noted = found[outcome, _, kind]
        *_, rule, line = noted[0]
        text = noted[0][3] if len({one[3] for one in noted}) == 1 else kind
        lines += [f"{outcome.upper()} {len(noted)}x {visible(text, 500)}", f"  {visible(rule)}"]
        lines.append(f"  {visible(line)}")
    return lines


class Resource(pytest.Collector):
    """The cases of one facet."""

    def __init__(self, *, asker: Asker, plan: Plan, cases: Sequence[Case], **named: Any) -> None:
        super().__init__(**named)
        self._asker, self._plan, self._cases = asker, plan, cases

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each case."""
        asked = {"asker": self._asker, "plan": self._plan}
        for case in self._cases:
            yield CaseItem.from_parent(self, name=case.name, case=case, **asked)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, asker: Asker, plan: Plan, **named: Any) -> None:
        super().__init__(**named)
        self._case, self._asker, self._plan = case, asker, plan
        self.add_marker("mtango")

    def runtest(self) -> None:
        """Ask it, if the server has not been given up."""
        asker, level = self._asker, self._plan.level
        if asker.why:
            pytest.skip(f"{asker.why} This case was not run.")
        [result] = graded([asker.ask(self._case)], level)
        if ended := asker.ended():
            raise _Difference(ended_text(ended, asker.server))
        if result.outcome is Outcome.NOT_IMPLEMENTED:
            pytest.skip("501 not implemented, which is allowed")
        if result.differences and result.request is not None:
            line = curl(result.request, asker.server)
            for cause in causes([result], level):
                self.user_properties.append((_CAUSE, _properties(cause, line)))
            if result.outcome is Outcome.FAILED:
                raise _Difference(failure_text(result, line))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say what is different; not where in this package that was noticed."""
        if isinstance(excinfo.value, _Difference):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return the place: none in the project's files."""
        return self.path, None, f"{self._case.facet}: {self.name}"


def _level(config: pytest.Config) -> Level:
    """Return the option's level, else the ini file's. Raises UsageError for another word."""
    text = str(config.option.mtango_level or config.getini("mtango_level") or Level.MUST.value)
    if text not in LEVELS:
        raise pytest.UsageError(
            f"mtango_level: expected {', '.join(LEVELS)}, got {text!r}{did_you_mean(text, LEVELS)}."
        )
    return Level(text)


def _server(option: Any) -> Server:
    """Return the server that the options name. Raises UsageError where nobody listens."""
    facility = "/".join((option.mtango_facility or "").rsplit(":", 1))
    try:
        place = Place(entry_point(option.mtango_url), option.mtango_device, facility)
        server = Server(place, option.mtango_auth)
        check_reachable(sender(server))
    except StartError as error:
        raise pytest.UsageError(f"--mtango-url: {error}") from error
    return server


def _plan(config: pytest.Config) -> Plan:
    option = config.option
    return Plan(
        mode=option.mtango_mode,
        extensions=_extensions(option.mtango_extensions),
        writes=option.mtango_writes,
        level=_level(config),
    )


def _extensions(text: str) -> tuple[str, ...]:
    """Return those that the option lists. Raises UsageError for what is none."""
    try:
        return extensions.listed(text)
    except extensions.ExtensionError as error:
        raise pytest.UsageError(f"--mtango-extensions: {error}.") from error


def facets(session: pytest.Session) -> Iterator[Resource]:
    """Choose the cases that fit the options. Raises UsageError where none can be asked."""
    server = _server(session.config.option)
    plan, watch = _plan(session.config), Watch(sender(server))
    asker = Asker(watch, surveyed(watch, server, plan.level))
    if ended := asker.ended():
        raise pytest.UsageError(f"--mtango-url: {ended_text(ended, asker.server)}")
    cases = loading.fitting(plan, asker.server)
    for facet in dict.fromkeys(case.facet for case in cases):
        name = f"mtango-{facet}"
        its = [case for case in cases if case.facet == facet]
        yield Resource.from_parent(
            session, name=name, nodeid=name, asker=asker, plan=plan, cases=its
        )
