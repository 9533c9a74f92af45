"""The configuration of schemathesis for a run."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from mtango_ref.conformance.fuzz.document import operations
from mtango_ref.conformance.model import Plan, Server

ORIGIN = "http://panel.example.org"
"""The page that every request says to come from."""

_HARMLESS = ["options", "trace"]
# Where 501 is not declared, status_code_conformance refuses it.
_NO_ERRORS = ["2xx", "3xx", "4xx", "501"]
_TANGO_SAYS_NO = ["2xx", "3xx", "403", "404", "405", "416", "422", "5xx"]
_NAMING = ("putProperties", "postProperties", "writeAttributes")
"""Operations that refuse a name which comes twice or is empty: no schema can say it."""
# As a file of schemathesis would say it.
_CONFIGURATION: dict[str, Any] = {
    "workers": 1,  # several take turns in another order each time
    "continue-on-failure": True,
    "cache": {"enabled": False},
    "output": {"truncation": {"max-recorded-payload-size": 0}},  # 0: bodies are kept whole
    "checks": {
        "max_response_time": 5.0,  # s
        "not_a_server_error": {"expected-statuses": _NO_ERRORS},
        # A property that is deleted is empty, not 404.
        "use_after_free": {"enabled": False},
    },
}


def configuration(server: Server, plan: Plan, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration, as a file of schemathesis would say it.

    asked: the document of the operations.
    """
    fuzz = plan.fuzz
    assert fuzz is not None
    # Bodies are checked as they are sent.
    writes = plan.writes and "writes" in plan.extensions
    headers = {"Origin": ORIGIN, "Accept-Encoding": "identity"}
    if server.auth is not None:
        headers["Authorization"] = "Basic " + b64encode(server.auth.encode()).decode()
    made = {
        **_CONFIGURATION,
        "base-url": server.place.base,
        "request-timeout": server.timeout,
        "seed": fuzz.seed,
        "headers": headers,
        "generation": {"database": "none", "max-examples": fuzz.examples},
        # What is off answers the same to everything.
        "operations": [
            _writing({"max-examples": ceil(fuzz.examples / 3)}),
            *_exceptions(asked),
        ],
        "phases": {
            "coverage": {} if plan.writes else {"unexpected-methods": _HARMLESS},
            "stateful": _walking({"max-examples": fuzz.examples * (3 if writes else 2)}),
        },
    }
    if fuzz.seconds is not None:
        made["max-time"] = max(1, round(fuzz.seconds))
        made["request-timeout"] = min(server.timeout, fuzz.seconds / 10)
    return made


def _writing(generation: dict[str, Any]) -> dict[str, Any]:
    return {"include-method": ["PUT", "POST", "DELETE"], "generation": generation}


def _exceptions(asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield which statuses some operations may answer with that are defects in others."""
    alike: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for _, one in operations(asked):
        name = one["operationId"]
        declared = tuple(code for code in ("500", "503", "504") if code in one["responses"])
        alike.setdefault((declared, name in _NAMING), []).append(name)
    for (declared, is_naming), names in alike.items():
        checks = {}
        if declared:
            checks["not_a_server_error"] = {"expected-statuses": [*_NO_ERRORS, *declared]}
        # With the extension `status` the facility refuses names and values, too.
        if "500" in declared or is_naming:
            statuses = [*_TANGO_SAYS_NO, *(["400"] if is_naming else [])]
            checks["positive_data_acceptance"] = {"expected-statuses": statuses}
        if checks:
            yield {"include-operation-id": names, "checks": checks}


def _walking(generation: dict[str, Any]) -> dict[str, Any]:
    # Links that are declared, none that are guessed; so many steps, because each walk begins near
    # the entry point, and what is furthest from it is ten steps down.
    return {"max-steps": 40, "inference": {"algorithms": []}, "generation": generation}
