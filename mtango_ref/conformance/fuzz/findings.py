"""The outcome of fuzzing: counts, and what is wrong."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from requests import RequestException

from mtango_ref.conformance.asking.watch import Watch
from mtango_ref.conformance.fuzz import checks
from mtango_ref.conformance.fuzz.checks import Answer
from mtango_ref.conformance.fuzz.document import operations
from mtango_ref.conformance.fuzz.names import Names
from mtango_ref.conformance.fuzz.written import Written
from mtango_ref.conformance.model import (
    ANSWERED,
    FUZZING,
    Difference,
    Ended,
    Level,
    Outcome,
    Request,
    Response,
    Result,
    Rule,
    Server,
)
from mtango_ref.messages import counted
from mtango_ref.openapi import addresses

_SAYS = "The operation answers as the OpenAPI files say."
_BY_SCHEMA = Rule(_SAYS, "openapi", Level.MUST, "rc3, as the OpenAPI files have it")
_OF_SYSTEM = Rule(_SAYS, "openapi", Level.MAY, "mtango-ref: rc3 has no /sys")
_DEFECT = Rule(
    "A 500 is a defect of the server, whatever the request.", "defect", Level.MUST,
    "RFC 9110, 15.6.1",
)  # fmt: skip
_OURS = Rule("mtango-ref answers so, also with every error.", "ours", Level.MAY, "mtango-ref")
_STATUS = Rule("The OpenAPI files list every status.", "status", Level.SHOULD, "mtango-ref")
RULES = {
    "not_a_server_error": _DEFECT,
    "status_code_conformance": _STATUS,
    "off_is_501": Rule(
        "Known operation whose extension is off 501.", "switched_off", Level.SHOULD,
        "RFC 9110, 15.6.2",
    ),
    "written": Rule(
        "What was written is what is read.", "written", Level.MUST,
        "Writes new value for the property; returns value after it is being written",
    ),
    "headers": _OURS,
    "http_failure": _OURS,
}  # fmt: skip
"""The rules of checks that rest on another than the OpenAPI files."""
_KEPT = 2000  # characters of a difference


class Exchange(NamedTuple):
    """A request and its answer, if there was one."""

    request: Request
    response: Response | None


class Findings:
    """The outcome of one run, whose recorders are given to `take` in their order."""

    def __init__(
        self, server: Server, asked: Mapping[str, Any], names: Names, watch: Watch
    ) -> None:
        """asked: the document of the operations. watch: notes the requests."""
        self.phases: Counter[str] = Counter()
        """Requests of each phase."""
        self.links: Counter[str] = Counter()
        """The times that each link was followed, by `operationId.link`."""
        self.kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """The known, unknown and malformed names, by operation whose path has names."""
        self.statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        """Answers of each operation to its own method."""
        self.values = 0
        """Answers that are 200 and no Failure."""
        self.ended: Ended | None = None
        self.wrong: dict[tuple[str, str], tuple[str, Exchange | None]] = {}
        """The first thing wrong, and the request that showed it, by operation (or "") and check."""
        self._names, self._watch, self._written = names, watch, Written()
        self._url = server.place.base
        self._has_failures = addresses.are_failures(asked)
        """An unknown path or method is a Failure with 200."""
        self._operations = dict(operations(asked))
        self._facets = {
            str(one["operationId"]): str(one["tags"][0]) for one in self._operations.values()
        }
        self._checks = checks.ALL + (checks.OURS if server.is_fit(["ours"]) else ())
        self._last: dict[str, Exchange] = {}
        self._lost: set[tuple[str, str]] = set()
        """Keys of `wrong` that say that an answer was missing."""
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """The digest of all requests, in their order."""
        return self._digest.hexdigest()

    def take(self, phase: str, recorder: Any) -> None:
        """Count and check what a recorder of schemathesis has."""
        self._written.begin()
        for case_id, node in recorder.cases.items():
            interaction = recorder.interactions.get(case_id)
            if interaction is None:
                continue  # the server raised, or refused a connection: an error of its own
            case, name = node.value, self._name(node.value.operation.label)
            exchange = _exchange(interaction, self._url)
            self._last[name] = exchange
            self.phases[phase] += 1
            self._count(name, node, exchange)
            self._check(name, case, exchange)
            for check in recorder.checks.get(case_id, ()):
                if check.failure_info is not None and not self._is_allowed(check, exchange):
                    failure = check.failure_info.failure
                    self._add(name, check.name, f"{failure.title}: {failure.message}", exchange)

    def _is_allowed(self, check: Any, exchange: Exchange) -> bool:
        return self._has_failures and checks.is_refused(check.name, exchange.response)

    def take_error(self, label: str, error: Exception | None) -> None:
        """Take what kept schemathesis from an answer, of an operation or of none."""
        name = self._name(label)
        if isinstance(error, RequestException):
            self._lost.add((name, type(error).__name__))
        # The recorder with the request, if there is one, comes later.
        self._add(name, type(error).__name__, f"{type(error).__name__}: {error}", None)

    def end(self) -> None:
        """Forget what went wrong because nobody answered any more."""
        self.ended = self._watch.ended()
        self.wrong = {key: one for key, one in self.wrong.items() if key not in self._lost}

    def results(self) -> list[Result]:
        """List what is wrong, one by one, and the operations with nothing wrong."""
        self._add_part_time()
        if not self.statuses and self.ended is None:
            self._add("", "no_answer", "No request was answered.", None)
        failed = {name for name, _ in self.wrong}
        results = [
            self._result(name, check, Outcome.FAILED, exchange, text)
            for (name, check), (text, exchange) in self.wrong.items()
        ]
        for name, exchange in self._last.items():
            # Where the server has ended, the last request of an operation has no answer to judge.
            if name not in failed and exchange.response is not None:
                absent = 501 in self.statuses[name]
                outcome = Outcome.NOT_IMPLEMENTED if absent else Outcome.PASSED
                results.append(self._result(name, "", outcome, exchange, ""))
        return results

    def _name(self, label: str) -> str:
        operation = self._operations.get(label)
        return "" if operation is None else str(operation["operationId"])

    def _count(self, name: str, node: Any, exchange: Exchange) -> None:
        case, (request, response) = node.value, exchange
        self._digest.update(repr((request.method, request.path, request.body)).encode())
        kind = self._names.kind(case)
        if kind is not None:
            self.kinds[name][kind] += 1
        if node.transition is not None and node.is_transition_applied:
            # SOURCE -> [STATUS] LINK -> TARGET
            source, link, _ = node.transition.id.split(" -> ")
            self.links[f"{self._name(source)}.{link.partition(' ')[2]}"] += 1
        self._watch.note(request, answered=response is not None)
        if response is not None and _is_defined(case):
            self.statuses[name][response.status] += 1
            self.values += response.status == 200 and b'"errors"' not in response.body

    def _check(self, name: str, case: Any, exchange: Exchange) -> None:
        if exchange.response is None:
            return  # schemathesis reports it
        operation = case.operation
        content = self._operations[operation.label]
        answer = Answer(
            _is_defined(case), operation.path, content, exchange.request.path, exchange.response
        )
        for check in self._checks:
            for text in check(answer):
                self._add(name, check.__name__, text, exchange)
        for text in self._written.see(answer, exchange.request.method, exchange.request.body):
            self._add(name, "written", text, exchange)

    def _add(self, name: str, check: str, text: str, exchange: Exchange | None) -> None:
        self.wrong.setdefault((name, check), (text[:_KEPT], exchange))

    def _add_part_time(self) -> None:
        """Report 501 from an operation that also answers: 501 is for good."""
        for name, statuses in self.statuses.items():
            if 501 in statuses and statuses.keys() & {200, 204}:
                text = f"501 to {counted(statuses[501], 'request')}, another answer to others."
                self._add(name, "part_time", text, self._last[name])

    def _result(
        self,
        name: str,
        check: str,
        outcome: Outcome,
        exchange: Exchange | None,
        text: str,
    ) -> Result:
        facet = self._facets.get(name, "http")
        by_schema = _OF_SYSTEM if facet == "system" else _BY_SCHEMA
        rule = RULES.get(check, by_schema) if name else ANSWERED
        kind = f"fuzzing: {check}"
        differences = (Difference(text, kind, rule),) if text else ()
        request, response = exchange or self._last.get(name) or (None, None)
        response = response and response.kept()
        title = ": ".join(filter(None, (FUZZING, name, check)))
        return Result(title, facet, name or None, outcome, request, response, differences, rule)


def _is_defined(case: Any) -> bool:
    """Return True for the operation's own method; others are tried, too."""
    return bool(case.method == case.operation.method.upper())


def _exchange(interaction: Any, url: str) -> Exchange:
    asked, answer = interaction.request, interaction.response
    names = {name: texts[0] for name, texts in asked.headers.items()}
    request = Request(asked.method, asked.uri.removeprefix(url), names, asked.body or b"")
    if answer is None:
        return Exchange(request, None)
    headers = {name.lower(): ", ".join(texts) for name, texts in answer.headers.items()}
    body = answer.content or b""
    return Exchange(request, Response(answer.status_code, headers, body, answer.elapsed))
