"""The report for programs, as JSON."""

from __future__ import annotations

import json
from typing import Any

from mtango_ref.conformance.model import Ended, Outcome, Request, Response, Result, Rule
from mtango_ref.conformance.reports.causes import Cause
from mtango_ref.conformance.reports.curl import curl
from mtango_ref.conformance.reports.report import Report, body_text, total, utc, visible


def as_json(report: Report) -> bytes:
    """Write the whole run; bodies are as long as they were kept."""
    found = total(report.results)
    document = {
        "url": report.server.place.base,
        "mode": report.plan.mode,
        "extensions": report.plan.extensions,
        "device": report.server.place.device,
        "facility": report.server.place.facility.replace("/", ":"),
        "seed": report.seed,
        "started": utc(report.started),
        "seconds": round(report.seconds, 3),
        "level": report.plan.level.value,
        **{outcome.name.lower(): found[outcome] for outcome in Outcome},
        "causes": [_cause_json(report, one) for one in report.causes],
        "stopped": report.stopped,
        "ended": report.ended and _ended_json(report, report.ended),
        "notes": report.notes,
        "results": [_result_json(report, one) for one in report.results],
    }
    return f"{json.dumps(document, indent=2)}\n".encode()


def _cause_json(report: Report, cause: Cause) -> dict[str, Any]:
    return {
        "outcome": cause.outcome.value,
        "difference": visible(cause.text),
        **_rule_json(cause.rule),
        "count": len(cause.results),
        "operations": cause.operations,
        "curl": next((line for line in map(report.curl, cause.results) if line), ""),
        "cases": [one.name for one in cause.results],
    }


def _rule_json(rule: Rule) -> dict[str, str]:
    return {"rule": rule, "level": rule.level.value, "source": rule.source}


def _result_json(report: Report, result: Result) -> dict[str, Any]:
    request, response = result.request, result.response
    return {
        "name": result.name,
        "facet": result.facet,
        "operation": result.operation,
        "outcome": result.outcome.value,
        **_rule_json(result.rule),
        "differences": [visible(text) for text in result.differences],
        "rules": [_rule_json(one.rule) for one in result.differences],
        "curl": report.curl(result),
        "request": request and _message(request, method=request.method, path=request.path),
        "response": response
        and _message(response, status=response.status, elapsed=round(response.elapsed, 6)),
    }


def _message(message: Request | Response, **first: object) -> dict[str, Any]:
    return {**first, "headers": dict(message.headers), "body": body_text(message)}


def _ended_json(report: Report, ended: Ended) -> dict[str, Any]:
    last = [
        {
            "method": request.method,
            "path": request.path,
            "curl": curl(request, report.server),
        }
        for request in ended.last
    ]
    numbers = {"unasked": ended.unasked, "cases": ended.cases}
    return {"why": ended.why, "came": visible(ended.came), **numbers, "last": last}
