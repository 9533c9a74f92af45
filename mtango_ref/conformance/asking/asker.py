"""Asking the cases one after another, of a server that may do anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import monotonic

from mtango_ref.conformance.asking.watch import STOPPED, Watch
from mtango_ref.conformance.judging import judge, placing
from mtango_ref.conformance.model import (
    ANSWERED,
    Case,
    Difference,
    Ended,
    NoResponse,
    Outcome,
    Progress,
    Response,
    Result,
    Server,
)

PATIENCE = 600.0
"""s that all answers together may take."""


class Asker:
    """Asks cases until the server has shown that it will not answer."""

    def __init__(self, watch: Watch, server: Server) -> None:
        self._watch, self.server, self._left = watch, server, PATIENCE

    @property
    def why(self) -> str:
        """The reason why nothing more should be asked: a sentence, or empty."""
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
        return self._watch.ended(self.why, unasked, cases) if self.why else None

    def ask(self, case: Case) -> Result:
        """Ask one case, and judge the answer."""
        place = self.server.place
        case = case._replace(request=placing.addressed(case.request, place))
        begun = monotonic()
        try:
            for request in case.before:
                self._watch.send(placing.addressed(request, place))
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
            differences = judge.check(case, response, self.server.place)
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
    return Result(
        case.name,
        case.facet,
        case.operation,
        outcome,
        case.request,
        response and response.kept(),
        differences,
        case.rule,
    )
