"""Asking the cases one after another, of a server that may do anything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from time import monotonic

from mtango_ref.conformance import cases, matching
from mtango_ref.conformance.model import Case, NoResponse, Outcome, Response, Result, Send

UNANSWERED = 5
"""Requests in a row without an answer, after which nothing more is asked."""
PATIENCE = 600.0
"""s that all answers together may take."""
KEPT_BODY = 20_000
"""Bytes of an answer that are kept in its result."""

READING = ("GET", "HEAD", "OPTIONS")
"""The methods that change nothing."""

Progress = Callable[[float], object]
"""Is told which share is done, from 0 to 1."""


def run(
    send: Send,
    base: str,
    *,
    mode: str,
    extensions: Collection[str] = (),
    device: str = "sys/tg_test/1",
    only: str | None = None,
    writes: bool = False,
    has: Collection[str] | None = None,
    progress: Progress = lambda _: None,
) -> list[Result]:
    """Ask all cases for the mode and extensions, in their order.

    base: URL of the entry point, as hrefs begin. device: where TangoTest is. only: a facet; None:
    all. writes: ask also what changes something, with any method but READING. has: the words for
    what the server has beyond a TangoTest (see lacking); None: everything.
    """
    chosen = fitting(mode, extensions, only, writes=writes, has=has)
    return ask_all(chosen, send, base, device, progress)


def ask_all(
    chosen: Sequence[Case], send: Send, base: str, device: str, progress: Progress
) -> list[Result]:
    """Ask these cases.

    Where the server has been given up, the last result, which has no request, says so, and the
    rest was not asked.
    """
    asker = Asker(send, base, device)
    results = []
    for number, case in enumerate(chosen, 1):
        results.append(asker.ask(case))
        progress(number / len(chosen))
        if asker.given_up:
            results.append(given_up(asker.given_up, len(chosen) - number))
            break
    return results


def fitting(
    mode: str,
    extensions: Collection[str],
    only: str | None,
    *,
    writes: bool,
    has: Collection[str] | None,
) -> list[Case]:
    """The cases to ask."""
    found = cases.fitting(cases.load(), mode, extensions, only, has)
    return [case for case in found if writes or case.request.method in READING]


def lacking(send: Send, base: str, device: str) -> dict[str, str]:
    """What the server has not that some cases need: the words for it, and what each means."""
    asker = Asker(send, base, device, most=1)
    found = {}
    for word, case in cases.needs().items():
        if asker.given_up or asker.ask(case).outcome is not Outcome.PASSED:
            found[word] = case.name
    return found


class Asker:
    """Asks cases until the server has shown that it will not answer.

    most: requests in a row without an answer that show it.
    """

    def __init__(self, send: Send, base: str, device: str, most: int = UNANSWERED) -> None:
        self._send, self._base, self._device = send, base, device
        self._most, self._unanswered, self._left = most, 0, PATIENCE
        self.given_up = ""
        """Why nothing more should be asked: a sentence, or empty."""

    def ask(self, case: Case) -> Result:
        """What comes of one case."""
        case = case._replace(request=matching.addressed(case.request, self._device))
        begun = monotonic()
        try:
            for request in case.before:
                self._send(matching.addressed(request, self._device))
            response = self._send(case.request)
        except NoResponse as error:
            self._unanswered += 1
            result = _result(case, Outcome.FAILED, None, (str(error),))
        else:
            self._unanswered = 0
            result = self._judged(case, response)
        self._left -= monotonic() - begun
        if self._unanswered == self._most:
            self.given_up = f"{self._most} requests in a row had no answer."
        elif self._left < 0:
            self.given_up = f"The answers took more than {PATIENCE:g} s together."
        return result

    def _judged(self, case: Case, response: Response) -> Result:
        try:
            differences = matching.check(case, response, self._base, self._device)
        except Exception as error:  # noqa: BLE001 - of an answer made to confuse who reads it
            differences = (f"The answer cannot be judged: {type(error).__name__} {error}.",)
        outcome = Outcome.PASSED
        if differences:
            outcome = Outcome.FAILED
        elif response.status == 501:
            outcome = Outcome.NOT_IMPLEMENTED
        return _result(case, outcome, response, differences)


def _result(
    case: Case, outcome: Outcome, response: Response | None, differences: tuple[str, ...]
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


def given_up(why: str, unasked: int) -> Result:
    """The result that stands for the cases that were not asked."""
    return Result(
        name="the server goes on answering",
        facet="http",
        operation=None,
        outcome=Outcome.FAILED,
        request=None,
        response=None,
        differences=(f"{why} {unasked} cases were not asked.",),
        rule="Each request has an answer.",
    )
