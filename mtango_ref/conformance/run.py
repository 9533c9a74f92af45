"""A run: the look around, the cases, and the fuzzing."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from mtango_ref.conformance.asking.asker import Asker
from mtango_ref.conformance.asking.survey import surveyed
from mtango_ref.conformance.asking.transport import sender
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.model import Case, Plan, Progress, Result, Server
from mtango_ref.conformance.reports.report import Report
from mtango_ref.messages import StartError, counted

if TYPE_CHECKING:
    from mtango_ref.conformance.fuzz.findings import Findings


def run(server: Server, plan: Plan) -> Report:
    """Ask all of the plan, and report it; the results are not graded.

    Ctrl-C ends the asking, and what came until then is reported. Raises StartError where there is
    no case.
    """
    begun = time.monotonic()
    report = Report(server, plan, started=time.time())
    watch = Watch(sender(server))
    server = surveyed(watch, server, plan.level)
    cases, stop = chosen(plan, server), _Stop()
    report = _fuzzed(_asked(report, Asker(watch, server), cases), stop)
    return report._replace(
        seconds=time.monotonic() - begun,
        notes=(*_notes(report), *report.notes, *stop.notes()),
        stopped=stop.asked,
    )


def chosen(plan: Plan, server: Server | None = None) -> list[Case]:
    """List the cases to ask, as loading.fitting does. Raises StartError where there is none."""
    cases = loading.fitting(plan, server)
    if not cases:
        facets = ", ".join(sorted({case.facet for case in loading.load()}))
        raise StartError(f"There is no case to run; --only takes one of {facets}.")
    return cases


class _Stop:
    """Ctrl-C, which ends the asking; pressed again, it ends the program at once."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise KeyboardInterrupt

    def notes(self) -> Iterator[str]:
        """Yield a sentence for the report where it was pressed."""
        if self.asked:
            yield "Interrupted by Ctrl-C: not every case was run."


def _asked(report: Report, asker: Asker, cases: list[Case]) -> Report:
    """Return the report with what came of the cases."""
    results: list[Result] = []
    with suppress(KeyboardInterrupt), _bar("cases") as progress:
        results.extend(asker.ask_all(cases, progress))
    return report._replace(
        server=asker.server,
        results=results,
        cases={case.name: case for case in cases},
        ended=asker.ended(len(cases) - len(results), len(cases)),
    )


def _fuzzed(report: Report, stop: _Stop) -> Report:
    """Return the report with what came of the fuzzing, or why there was none."""
    why_not = _why_no_fuzzing(report, stopped=stop.asked)
    if why_not:
        return report._replace(plan=report.plan._replace(fuzz=None), notes=(why_not,))
    with suppress(KeyboardInterrupt):
        findings = _fuzz(report.server, report.plan)
        return report._replace(
            results=[*report.results, *findings.results()],
            ended=findings.ended,
            notes=("The fuzzing was not finished.",) if findings.ended else (),
        )
    return report


def _why_no_fuzzing(report: Report, *, stopped: bool) -> str:
    """Say why it is left out; nothing where it is not."""
    if stopped:
        return "Not fuzzed."
    if report.ended:
        return "Not fuzzed, because the server stopped answering."
    if report.plan.fuzz is None:
        return "Not fuzzed, as the options say."
    if sys.version_info < (3, 11) or find_spec("schemathesis") is None:
        return "Not fuzzed: fuzzing needs Python 3.11 and schemathesis."
    return ""


def _fuzz(server: Server, plan: Plan) -> Findings:
    from mtango_ref.conformance.fuzz.schemathesis_run import fuzz  # takes long to import

    with _bar(f"fuzzing, seed {plan.fuzz and plan.fuzz.seed}") as progress:
        return fuzz(server, plan, progress)


def _notes(report: Report) -> Iterator[str]:
    """Say what all answers have in common, and which cases were left out."""
    server, plan, results = report.server, report.plan, report.results
    statuses = {one.response.status for one in results if one.response is not None}
    if len(results) > 1 and len(statuses) == 1:
        [status] = statuses
        hint = "; give user and password with --auth" if status == 401 else ""
        yield f"Every answer had the status {status}{hint}."
    lacking = [case.name for word, case in loading.needs().items() if not server.is_fit([word])]
    if lacking:
        yield (
            "Cases with needs that the server does not meet were not run. Not met: "
            + "; ".join(lacking)
            + "."
        )
    unasked = len(loading.fitting(plan._replace(writes=True), server)) - len(report.cases)
    if unasked:
        yield f"Not run: {counted(unasked, 'case')} with PUT, POST or DELETE; --writes runs them."


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    """Show a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr) as bar:
        yield lambda share: bar.update(round(share * 1000) - bar.pos)
