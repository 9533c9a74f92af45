"""`mtango-ref conformance URL`: asks a server everything, and reports what came of it."""

from __future__ import annotations

import secrets
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from mtango_ref.conformance.asking import asker
from mtango_ref.conformance.asking.asker import Progress
from mtango_ref.conformance.asking.transport import Unreachable, entry_point, over_http
from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.cases.printing import printed
from mtango_ref.conformance.model import (
    Case,
    Ended,
    Level,
    NoResponse,
    Place,
    Request,
    Result,
    Send,
)
from mtango_ref.conformance.reports import baseline
from mtango_ref.conformance.reports.badge import as_badge, badge_note
from mtango_ref.conformance.reports.causes import Key, graded
from mtango_ref.conformance.reports.data import as_json
from mtango_ref.conformance.reports.html import as_html
from mtango_ref.conformance.reports.junit import as_junit
from mtango_ref.conformance.reports.report import Report
from mtango_ref.conformance.reports.text import as_text
from mtango_ref.files import write_file
from mtango_ref.messages import StartError, counted

if TYPE_CHECKING:
    from mtango_ref.conformance.fuzz.findings import Findings

TIMEOUT = 10.0
"""s for a whole answer."""
STDOUT = "-"
"""The name of no file: standard output."""


class Wanted(NamedTuple):
    """What the command line asks for.

    url: of the entry point. facility: host:port of the database in its paths; None: the first
    that the server names. auth: user:password. only: a facet; None: all. seed: None for one that
    nobody chose. seconds: for the fuzzing. writes: ask also what may change
    something. level: from which on a difference fails. print_cases: the file to write them to, and
    ask nothing. cases: the text has each of them. baseline: the file of known failures.
    write_baseline, junit, html, json, badge: files to write.
    """

    url: str
    mode: str
    extensions: tuple[str, ...]
    device: str
    facility: str | None
    auth: str | None
    only: str | None
    seed: int | None
    seconds: float
    writes: bool
    level: Level
    print_cases: Path | None
    cases: bool
    baseline: Path | None
    write_baseline: Path | None
    junit: Path | None
    html: Path | None
    json: Path | None
    badge: Path | None

    def outputs(self) -> Iterator[tuple[Path, Callable[[Report], bytes]]]:
        """List the files to write, and what writes each."""
        pairs = (
            (self.junit, as_junit),
            (self.html, as_html),
            (self.json, as_json),
            (self.badge, as_badge),
        )
        return ((path, write) for path, write in pairs if path is not None)


def conformance(wanted: Wanted) -> int:
    """Ask, write the reports, and print the one for a terminal; the exit code.

    Ctrl-C ends the asking, and what came until then is reported; the exit code is then 130.
    Raises StartError where nothing can be asked, or a report cannot be written.
    """
    send = over_http(wanted.url, wanted.auth, TIMEOUT)
    known = baseline.read(wanted.baseline, wanted.mode) if wanted.baseline else frozenset()
    check_reachable(send)
    for path, _ in wanted.outputs():
        _write(path, b"")  # not only when all has been asked
    report = _report(wanted, send, known)
    for path, content in wanted.outputs():
        _write(path, content(report))
    if wanted.write_baseline and report.is_whole:  # half a run knows half of the failures
        _write(wanted.write_baseline, baseline.written(report.results, wanted.mode, wanted.level))
    click.echo(as_text(report))
    if report.stopped:
        return 128 + signal.SIGINT
    return 1 if report.failures or report.ended else 0


def write_cases(wanted: Wanted, path: Path) -> None:
    """Write the cases that a run would ask, where the server has all that they need.

    Raises StartError for what is no URL, where there is no case, and for a file that cannot
    be written.
    """
    facility = (wanted.facility or "localhost:10000").replace(":", "/")
    place = Place(entry_point(wanted.url), wanted.device, facility)
    cases = _chosen(wanted, None, writes=wanted.writes)
    _check_chosen(cases)
    document = printed(cases, place, mode=wanted.mode, extensions=wanted.extensions)
    if str(path) == STDOUT:
        click.echo(document, nl=False)
    else:
        _write(path, document)


def check_reachable(send: Send) -> None:
    """Raise StartError where nobody listens."""
    try:
        send(Request("GET", ""))
    except Unreachable as error:
        raise StartError(str(error)) from error
    except NoResponse:
        pass  # the report will say so


def _write(path: Path, content: bytes) -> None:
    try:
        write_file(path, content)
    except OSError as error:
        raise StartError(f"{path} cannot be written: {error.strerror}.") from error


def _report(wanted: Wanted, send: Send, known: frozenset[Key]) -> Report:
    started, begun = time.time(), time.monotonic()
    watch = Watch(send)
    place = asker.found_at(watch.send, entry_point(wanted.url), wanted.device, wanted.facility)
    lacking = asker.lacking(watch, place, wanted.level)
    has = loading.needs().keys() - lacking.keys()
    chosen = _chosen(wanted, has, writes=wanted.writes)
    _check_chosen(chosen)
    unasked = len(_chosen(wanted, has, writes=True)) - len(chosen)
    asked = _ask(wanted, watch, place, chosen)
    return Report(
        place=place,
        mode=wanted.mode,
        extensions=wanted.extensions,
        user=None if wanted.auth is None else wanted.auth.partition(":")[0],
        seed=asked.seed,
        started=started,
        seconds=time.monotonic() - begun,
        notes=(
            *_notes(lacking, unasked, asked.results),
            *asked.notes,
            *_no_baseline(wanted, asked),
            *baseline.notes(known, asked.results),
            *([badge_note(wanted.badge)] if wanted.badge else []),
        ),
        results=graded(asked.results, wanted.level, known),
        cases={case.name: case for case in chosen},
        stopped=asked.stopped,
        ended=asked.ended,
        level=wanted.level,
        known=known,
        whole=wanted.cases,
    )


def _check_chosen(cases: Collection[Case]) -> None:
    if not cases:
        facets = ", ".join(sorted({case.facet for case in loading.load()}))
        raise StartError(f"There is no case to run; --only takes one of {facets}.")


def _chosen(wanted: Wanted, has: Collection[str] | None, *, writes: bool) -> list[Case]:
    return asker.fitting(wanted.mode, wanted.extensions, wanted.only, writes=writes, has=has)


class _Asked(NamedTuple):
    """What came, and why no more; as in Report."""

    results: list[Result]
    seed: int | None
    notes: tuple[str, ...]
    stopped: bool
    ended: Ended | None


def _no_baseline(wanted: Wanted, asked: _Asked) -> Iterator[str]:
    if wanted.write_baseline and (asked.stopped or asked.ended):
        yield f"{wanted.write_baseline} was not written, because not every case was run."


def _ask(wanted: Wanted, watch: Watch, place: Place, chosen: Sequence[Case]) -> _Asked:
    stop, asking = _Stop(), asker.Asker(watch, place)
    results: list[Result] = []
    with suppress(KeyboardInterrupt), _bar("cases") as progress:
        results.extend(asking.ask_all(chosen, progress))
    ended = asking.ended(len(chosen) - len(results), len(chosen))
    why_not = _why_no_fuzzing(wanted, stopped=stop.asked, ended=ended is not None)
    seed, half = None, ""
    with suppress(KeyboardInterrupt):
        if not why_not:
            seed = secrets.randbelow(2**32) if wanted.seed is None else wanted.seed
            findings = _fuzzed(wanted, place, seed)
            results += findings.results()
            ended = findings.ended
            half = "The fuzzing was not finished." if ended else ""
    notes = tuple(filter(None, (why_not, half, stop.note())))
    return _Asked(results, seed, notes, stop.asked, ended)


class _Stop:
    """Whether Ctrl-C was pressed; pressed again, it ends the program at once."""

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise KeyboardInterrupt

    def note(self) -> str:
        """Yield a sentence for the report, or nothing."""
        return "Interrupted by Ctrl-C: not every case was run." if self.asked else ""


def _notes(lacking: dict[str, str], unasked: int, results: Sequence[Result]) -> Iterator[str]:
    statuses = {one.response.status for one in results if one.response is not None}
    if len(results) > 1 and len(statuses) == 1:
        [status] = statuses
        hint = "; give user and password with --auth" if status == 401 else ""
        yield f"Every answer had the status {status}{hint}."
    if lacking:
        yield (
            "Cases with needs that the server does not meet were not run. Not met: "
            + "; ".join(lacking.values())
            + "."
        )
    if unasked:
        yield f"Not run: {counted(unasked, 'case')} with PUT, POST or DELETE; --writes runs them."


def _why_no_fuzzing(wanted: Wanted, *, stopped: bool, ended: bool) -> str:
    """Say why it is left out; nothing where it is not."""
    if stopped:
        return "Not fuzzed."
    if ended:
        return "Not fuzzed, because the server stopped answering."
    if not wanted.seconds or wanted.only:
        return "Not fuzzed, as the options say."
    if sys.version_info < (3, 11) or find_spec("schemathesis") is None:
        return "Not fuzzed: fuzzing needs Python 3.11 and schemathesis."
    return ""


def _fuzzed(wanted: Wanted, place: Place, seed: int) -> Findings:
    from mtango_ref.conformance.fuzz.schemathesis_run import fuzz  # takes long to import

    with _bar(f"fuzzing, seed {seed}") as progress:
        return fuzz(
            place.base,
            place=place,
            mode=wanted.mode,
            extensions=wanted.extensions,
            auth=wanted.auth,
            seed=seed,
            seconds=wanted.seconds,
            writes=wanted.writes,
            progress=progress,
        )


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    """Show a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr) as bar:
        yield lambda share: bar.update(round(share * 1000) - bar.pos)
