"""`mtango-ref conformance URL`: asks a server everything, and reports what came of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

from mtango_ref.conformance.asking.survey import check_reachable
from mtango_ref.conformance.asking.transport import sender
from mtango_ref.conformance.cases.printing import printed
from mtango_ref.conformance.model import FACILITY, Plan, Server
from mtango_ref.conformance.reports import baseline
from mtango_ref.conformance.reports.badge import as_badge, badge_note
from mtango_ref.conformance.reports.causes import Key, graded
from mtango_ref.conformance.reports.data import as_json
from mtango_ref.conformance.reports.html import as_html
from mtango_ref.conformance.reports.junit import as_junit
from mtango_ref.conformance.reports.report import Report
from mtango_ref.conformance.reports.text import as_text
from mtango_ref.conformance.run import chosen, run
from mtango_ref.files import write_file
from mtango_ref.messages import StartError

STDOUT = "-"
"""The name of no file: standard output."""


class Reporting(NamedTuple):
    """The reports of a run.

    cases: the text has each of them. baseline: the file of known failures. write_baseline, junit,
    html, json, badge: files to write.
    """

    cases: bool = False
    baseline: Path | None = None
    write_baseline: Path | None = None
    junit: Path | None = None
    html: Path | None = None
    json: Path | None = None
    badge: Path | None = None

    def files(self) -> Iterator[tuple[Path, Callable[[Report], bytes]]]:
        """List the files to write, and what writes each."""
        pairs = (
            (self.junit, as_junit),
            (self.html, as_html),
            (self.json, as_json),
            (self.badge, as_badge),
        )
        return ((path, write) for path, write in pairs if path is not None)


def conformance(server: Server, plan: Plan, reporting: Reporting) -> int:
    """Ask, write the reports, and print the one for a terminal; the exit code.

    After Ctrl-C the exit code is 130. Raises StartError where nothing can be asked, or a report
    cannot be written.
    """
    send = sender(server)
    known = baseline.read(reporting.baseline, plan.mode) if reporting.baseline else frozenset()
    check_reachable(send)
    for path, _ in reporting.files():
        _write(path, b"")  # not only when all has been asked
    report = _reported(run(server, plan), reporting, known)
    for path, content in reporting.files():
        _write(path, content(report))
    if reporting.write_baseline and report.is_whole:  # half a run knows half of the failures
        _write(reporting.write_baseline, baseline.written(report.results, plan))
    click.echo(as_text(report))
    if report.stopped:
        return 128 + signal.SIGINT
    return 1 if report.failures or report.ended else 0


def write_cases(server: Server, plan: Plan, path: Path) -> None:
    """Write the cases that a run would ask, where the server has all that they need.

    Raises StartError where there is no case, and for a file that cannot be written.
    """
    place = server.place._replace(facility=server.place.facility or FACILITY)
    document = printed(chosen(plan), place, plan)
    if str(path) == STDOUT:
        click.echo(document, nl=False)
    else:
        _write(path, document)


def _reported(report: Report, reporting: Reporting, known: frozenset[Key]) -> Report:
    """Return the report with its results graded, and with notes on baseline and badge."""
    notes = [*report.notes]
    if reporting.write_baseline and not report.is_whole:
        notes.append(f"{reporting.write_baseline} was not written, because not every case was run.")
    notes += baseline.notes(known, report.results)
    if reporting.badge:
        notes.append(badge_note(reporting.badge))
    return report._replace(
        notes=tuple(notes),
        results=graded(report.results, report.plan.level, known),
        known=known,
        whole=reporting.cases,
    )


def _write(path: Path, content: bytes) -> None:
    try:
        write_file(path, content)
    except OSError as error:
        raise StartError(f"{path} cannot be written: {error.strerror}.") from error
