"""The cases as tests of pytest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from mtango_ref.conformance.asking import asker
from mtango_ref.conformance.asking.asker import Asker
from mtango_ref.conformance.asking.transport import entry_point, over_http
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.command import TIMEOUT, check_reachable
from mtango_ref.conformance.model import LEVELS, Case, Level, Outcome
from mtango_ref.conformance.reports.causes import DIFFERING, Cause, causes, graded
from mtango_ref.conformance.reports.curl import curl
from mtango_ref.conformance.reports.report import visible
from mtango_ref.conformance.reports.text import ended_text, failure_text
from mtango_ref.messages import StartError, did_you_mean


class _Difference(Exception):
    """The text is what a reader of the failure needs."""


class _Suite(NamedTuple):
    """How to ask. user: whom the curl lines name. level: from which on a difference fails."""

    asker: Asker
    user: str | None
    level: Level


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


class Facet(pytest.Collector):
    """The cases of one facet."""

    def __init__(self, *, suite: _Suite, chosen: Sequence[Case], **named: Any) -> None:
        super().__init__(**named)
        self._suite, self._chosen = suite, chosen

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each case."""
        for case in self._chosen:
            yield CaseItem.from_parent(self, name=case.name, case=case, suite=self._suite)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, suite: _Suite, **named: Any) -> None:
        super().__init__(**named)
        self._case, self._suite = case, suite
        self.add_marker("mtango")

    def runtest(self) -> None:
        """Ask it, if the server has not been given up."""
        asker, user, level = self._suite
        if asker.why:
            pytest.skip(f"{asker.why} This case was not run.")
        [result] = graded([asker.ask(self._case)], level)
        if ended := asker.ended():
            raise _Difference(ended_text(ended, asker.place, user))
        if result.outcome is Outcome.NOT_IMPLEMENTED:
            pytest.skip("501 not implemented, which is allowed")
        if result.differences and result.request is not None:
            line = curl(result.request, asker.place.base, user)
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


def _level(config: pytest.Config) -> str:
    """Return the option's level, else the ini file's. Raises UsageError for another word."""
    text = str(config.option.mtango_level or config.getini("mtango_level") or Level.MUST.value)
    if text not in LEVELS:
        raise pytest.UsageError(
            f"mtango_level: expected {', '.join(LEVELS)}, got {text!r}{did_you_mean(text, LEVELS)}."
        )
    return text


def facets(session: pytest.Session) -> Iterator[Facet]:
    """Choose the cases that fit the options. Raises UsageError where none can be asked."""
    option = session.config.option
    try:
        base = entry_point(option.mtango_url)
        send = over_http(base, option.mtango_auth, TIMEOUT)
        check_reachable(send)
    except StartError as error:
        raise pytest.UsageError(f"--mtango-url: {error}") from error
    watch = Watch(send)
    place = asker.found_at(watch.send, base, option.mtango_device, option.mtango_facility)
    user = option.mtango_auth and option.mtango_auth.partition(":")[0]
    level = Level(_level(session.config))
    has = loading.needs().keys() - asker.lacking(watch, place, level).keys()
    suite = _Suite(Asker(watch, place), user, level)
    if ended := suite.asker.ended():
        raise pytest.UsageError(f"--mtango-url: {ended_text(ended, place, user)}")
    extensions = [name.strip() for name in option.mtango_extensions.split(",") if name.strip()]
    chosen = asker.fitting(
        option.mtango_mode, extensions, None, writes=option.mtango_writes, has=has
    )
    for facet in dict.fromkeys(case.facet for case in chosen):
        name = f"mtango-{facet}"
        its = [case for case in chosen if case.facet == facet]
        yield Facet.from_parent(session, name=name, nodeid=name, suite=suite, chosen=its)
