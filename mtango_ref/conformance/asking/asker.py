"""Asking the cases one after another, of a server that may do anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from time import monotonic, time

import orjson

from mtango_ref.conformance.asking.watch import STOPPED, Watch
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.judging import judge, placing
from mtango_ref.conformance.model import (
    ANSWERED,
    READING,
    Case,
    Difference,
    Ended,
    Level,
    NoResponse,
    Outcome,
    Place,
    Request,
    Response,
    Result,
    Send,
)

PATIENCE = 600.0
"""s that all answers together may take."""
KEPT_BODY = 20_000
"""Bytes of an answer that are kept in its result."""

LATEST = 10_000_000_000
"""s since the epoch at which the year 2286 is nearly over."""

Progress = Callable[[float], object]
"""Takes the share that is done, from 0 to 1."""


def fitting(
    mode: str,
    extensions: Collection[str],
    only: str | None,
    *,
    writes: bool,
    has: Collection[str] | None,
) -> list[Case]:
    """Choose the cases to ask."""
    found = loading.fitting(loading.load(), mode, extensions, only, has)
    return [case for case in found if writes or case.request.method in READING]


def found_at(send: Send, base: str, device: str, facility: str | None = None) -> Place:
    """Find out where to ask, and what time it is there.

    facility: host:port; None: the first that the server itself names. One that does not say it
    as rc3 has it is asked for localhost:10000.
    """
    place = Place(base, device, ahead=_ahead(send))
    if facility is not None:
        return place._replace(facility="/".join(facility.rsplit(":", 1)))
    try:
        hosts = orjson.loads(send(Request("GET", "/rc3/hosts")).body)
        [[host, port]] = re.findall(r"/rc3/hosts/([^/]+)/([0-9]+)/?$", next(iter(hosts.values())))
    except (NoResponse, ValueError, AttributeError, TypeError, StopIteration):
        return place
    return place._replace(facility=f"{host}/{port}")


def _ahead(send: Send) -> int:
    """Read from the server's figures how many s its clock is ahead of this machine's.

    0 where they have no time, or one of no year below 2287, which is one in another unit.
    """
    try:
        there = orjson.loads(send(Request("GET", "/sys/stats")).body)["time"]
        return round(there - time()) if 0 <= there < LATEST else 0
    except (NoResponse, ValueError, LookupError, TypeError):
        return 0


def lacking(watch: Watch, place: Place, level: Level) -> dict[str, str]:
    """Find what some cases need and the server lacks: the words for it, and what each means.

    A server that ends meanwhile lacks what was asked until then.
    """
    asker, waived = Asker(watch, place), loading.waived(level)
    wanted = {word: case for word, case in loading.needs().items() if word not in waived}
    results = zip(wanted, asker.ask_all([*wanted.values()]), strict=False)
    return {word: result.name for word, result in results if result.outcome is not Outcome.PASSED}


class Asker:
    """Asks cases until the server has shown that it will not answer."""

    def __init__(self, watch: Watch, place: Place) -> None:
        self._watch, self.place, self._left = watch, place, PATIENCE

    @property
    def why(self) -> str:
        """Why nothing more should be asked: a sentence, or empty."""
        if self._watch.has_ended:
            return STOPPED
        return f"The answers took more than {PATIENCE:g} s in all." if self._left < 0 else ""

    def ask_all(
        self, chosen: Sequence[Case], progress: Progress = lambda _: None
    ) -> Iterator[Result]:
        """Ask these cases, until the server has ended."""
        for number, case in enumerate(chosen, 1):
            if self.why:
                return
            yield self.ask(case)
            progress(number / len(chosen))

    def ended(self, unasked: int = 0, cases: int = 0) -> Ended | None:
        """Return what to report where so many of the cases were not asked; None where all were."""
        if not self.why:
            return None
        came = self._watch.came if self._watch.has_ended else ""
        return Ended(self.why, self._watch.last, unasked, cases, came)

    def ask(self, case: Case) -> Result:
        """Ask one case, and judge the answer."""
        case = case._replace(request=placing.addressed(case.request, self.place))
        begun = monotonic()
        try:
            for request in case.before:
                self._watch.send(placing.addressed(request, self.place))
            response = self._watch.send(case.request)
        except NoResponse as error:
            unanswered = Difference(str(error), str(error), ANSWERED)
            result = _result(case, Outcome.FAILED, None, (unanswered,))
        else:
            result = self._judged(case, response)
        self._left -= monotonic() - begun
        return result

    def _judged(self, case: Case, response: Response) -> Result:
        try:
            differences = judge.check(case, response, self.place)
        except Exception as error:  # noqa: BLE001 - of an answer made to confuse who reads it
            kind = f"The answer cannot be judged: {type(error).__name__}"
            differences = (Difference(f"{kind} {error}.", kind, ANSWERED),)
        outcome = Outcome.PASSED
        if differences:
            outcome = Outcome.FAILED
        elif response.status == 501:
            outcome = Outcome.NOT_IMPLEMENTED
        return _result(case, outcome, response, differences)


def _result(
    case: Case, outcome: Outcome, response: Response | None, differences: tuple[Difference, ...]
) -> Result:
    if response is not None:
        response = response._replace(body=response.body[:KEPT_BODY])
    return Result(
        case.name,
        case.facet,
        case.operation,
        outcome,
        case.request,
        response,
        differences,
        case.rule,
    )
