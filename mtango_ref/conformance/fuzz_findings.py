"""What came of fuzzing: counts, and what is wrong."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import Any, NamedTuple

from mtango_ref.conformance import fuzz_checks
from mtango_ref.conformance.fuzz_checks import Answer
from mtango_ref.conformance.fuzz_plan import Plan
from mtango_ref.conformance.model import Outcome, Request, Response, Result

_RULE = "The operation answers as the OpenAPI files say: "
_KEPT = 2000  # characters of a difference


class Exchange(NamedTuple):
    """A request and its answer, which may have been none."""

    request: Request | None
    response: Response | None


class Findings:
    """Of one run, whose recorders are given to `take` in their order."""

    def __init__(self, plan: Plan, url: str) -> None:
        self.phases: Counter[str] = Counter()
        """Requests of each phase."""
        self.links: Counter[str] = Counter()
        """How often each link was followed, by `operationId.link`."""
        self.kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """For each operation whose path has names: how many were known, unknown, malformed."""
        self.statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        """Answers of each operation to its own method."""
        self.values = 0
        """Answers that are 200 and no Failure."""
        self.unanswered = 0
        """Requests without an answer since the last answer."""
        self.wrong: dict[tuple[str, str], tuple[str, Exchange | None]] = {}
        """What is wrong first, and with which request, by operation (or "") and check."""
        self._plan = plan
        self._url = url
        self._operations = dict(plan.operations())
        self._checks = fuzz_checks.ALL + (fuzz_checks.OURS if plan.scope.ours else ())
        self._last: dict[str, Exchange] = {}
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """Of all requests, in their order."""
        return self._digest.hexdigest()

    def take(self, phase: str, recorder: Any) -> None:
        """Count and check what a recorder of schemathesis has."""
        for case_id, node in recorder.cases.items():
            interaction = recorder.interactions.get(case_id)
            if interaction is None:
                continue  # the server raised, or refused a connection: an error of its own
            case, name = node.value, self._name(node.value.operation.label)
            exchange = _exchange(interaction, self._url)
            self._last[name] = exchange
            self.phases[phase] += 1
            self._count(name, node, exchange)
            if exchange.response is not None:
                self._check(name, case, exchange.response, exchange)
            for check in recorder.checks.get(case_id, ()):
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    self._add(name, check.name, f"{failure.title}: {failure.message}", exchange)

    def take_error(self, label: str, error: Exception | None) -> None:
        """Of an operation, or of none; what kept schemathesis from an answer."""
        name = self._name(label)
        # The recorder with the request, if there is one, comes later.
        self._add(name, type(error).__name__, f"{type(error).__name__}: {error}", None)

    def results(self) -> list[Result]:
        """What is wrong, one by one, and the operations with nothing wrong."""
        self._add_part_time()
        if not self.statuses:
            self._add("", "no_answer", "No request was answered.", None)
        failed = {name for name, _ in self.wrong}
        results = [
            self._result(name, check, Outcome.FAILED, exchange, (text,))
            for (name, check), (text, exchange) in self.wrong.items()
        ]
        for name, exchange in self._last.items():
            if name not in failed:
                absent = 501 in self.statuses[name]
                outcome = Outcome.NOT_IMPLEMENTED if absent else Outcome.PASSED
                results.append(self._result(name, "", outcome, exchange, ()))
        return results

    def _name(self, label: str) -> str:
        operation = self._operations.get(label)
        return "" if operation is None else str(operation["operationId"])

    def _count(self, name: str, node: Any, exchange: Exchange) -> None:
        case, (request, response) = node.value, exchange
        if request is not None:
            self._digest.update(repr((request.method, request.path, request.body)).encode())
        kind = self._plan.kind(case)
        if kind is not None:
            self.kinds[name][kind] += 1
        if node.transition is not None and node.is_transition_applied:
            source, _, rest = node.transition.id.partition(" -> ")
            link = rest.partition("] ")[2].partition(" -> ")[0]
            self.links[f"{self._name(source)}.{link}"] += 1
        if response is None:
            self.unanswered += 1
            return
        self.unanswered = 0
        if case.method == case.operation.method.upper():  # other methods are tried, too
            self.statuses[name][response.status] += 1
        self.values += response.status == 200 and b'"errors"' not in response.body

    def _check(self, name: str, case: Any, response: Response, exchange: Exchange) -> None:
        label = case.operation.label
        request = exchange.request
        answer = Answer(
            case.method == case.operation.method.upper(),
            case.operation.path,
            self._operations[label],
            request.path,
            response,
        )
        for check in self._checks:
            for text in check(answer):
                self._add(name, check.__name__, text, exchange)

    def _add(self, name: str, check: str, text: str, exchange: Exchange | None) -> None:
        self.wrong.setdefault((name, check), (text[:_KEPT], exchange))

    def _add_part_time(self) -> None:
        """501 is for good: what answers at all is implemented."""
        for name, statuses in self.statuses.items():
            if 501 in statuses and statuses.keys() & {200, 204}:
                text = f"501 to {statuses[501]} requests, an answer to others."
                self._add(name, "part_time", text, self._last[name])

    def _result(
        self,
        name: str,
        check: str,
        outcome: Outcome,
        exchange: Exchange | None,
        differences: tuple[str, ...],
    ) -> Result:
        contents = {one["operationId"]: one for one in self._operations.values()}
        content = contents.get(name)
        exchange = exchange or self._last.get(name, Exchange(None, None))
        return Result(
            ": ".join(filter(None, ("fuzzing", name, check))),
            content["tags"][0] if content else "http",
            name or None,
            outcome,
            exchange.request,
            exchange.response,
            differences,
            _RULE + content["description"].strip() if content else "Each request has an answer.",
        )


def _exchange(interaction: Any, url: str) -> Exchange:
    asked, answer = interaction.request, interaction.response
    names = {name: texts[0] for name, texts in asked.headers.items()}
    request = Request(asked.method, asked.uri.removeprefix(url), names, asked.body or b"")
    if answer is None:
        return Exchange(request, None)
    headers = {name.lower(): ", ".join(texts) for name, texts in answer.headers.items()}
    body = answer.content or b""
    return Exchange(request, Response(answer.status_code, headers, body, answer.elapsed))
