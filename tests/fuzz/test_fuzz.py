"""schemathesis asks every operation of the swagger files, in each mode, of each backend.

In this process; the same seed gives the same cases. mtango_ref.conformance.fuzz says how.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from string import digits
from typing import Any

import pytest

if sys.version_info < (3, 11):
    pytest.skip("schemathesis needs Python 3.11", allow_module_level=True)

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.conformance.asking.transport import IN_PROCESS
from mtango_ref.conformance.fuzz import document as documents
from mtango_ref.conformance.fuzz.findings import Findings
from mtango_ref.conformance.fuzz.names import WRITTEN
from mtango_ref.conformance.fuzz.schemathesis_run import fuzz
from mtango_ref.conformance.model import Fuzz, Place, Plan, Server
from mtango_ref.fixture.loading import load
from mtango_ref.http.app import create_app
from mtango_ref.interface import Backend
from mtango_ref.openapi import Operation, operations
from mtango_ref.openapi.addresses import is_off
from mtango_ref.openapi.extensions import AVAILABLE
from mtango_ref.settings.model import Settings
from openapi import MODES
from phases import PHASES, UNLINKED, only

SEED = 20261123
PLACE = Place(f"{IN_PROCESS}/tango/rest")
EXAMPLES = 3
"""Cases drawn at random for each operation without extensions: most are drawn with them, too."""

EXAMPLES_WITH_EXTENSIONS = {"strict": 2, "implementation": 1}
"""Cases drawn with all extensions, where writes are on, by mode: what is right is the same in both,
but for what failures and times look like. nightly.py draws for ten minutes."""

Record = Callable[[str, object], None]


def run(
    backend: Backend,
    mode: str,
    extensions: tuple[str, ...],
    examples: int,
    cut: Callable[[dict[str, Any]], dict[str, Any]] = lambda whole: whole,
) -> Findings:
    """Ask what `cut` leaves of the document."""
    settings = Settings.model_validate({"rc3_mode": mode, "extensions": extensions})
    server = Server(PLACE, app=create_app(settings, backend))
    plan = Plan(mode, extensions, writes=True, fuzz=Fuzz(SEED, examples=examples))
    return fuzz(server, plan, asked=cut(documents.document(server, plan)))


def enabled(backend: Backend, extensions: tuple[str, ...] = ()) -> list[Operation]:
    return operations(Settings(extensions=extensions), backend.capabilities)


@pytest.mark.usefixtures("_database_unchanged")
@pytest.mark.parametrize(
    ("backend", "mode"),
    [
        ("fake", "implementation"),
        *(pytest.param("tango", mode, marks=pytest.mark.tango) for mode in MODES),
    ],
    indirect=["backend"],
)
def test_every_operation_passes(backend: Backend, mode: str, record_property: Record) -> None:
    findings = run(backend, mode, (), EXAMPLES)
    record_property("fuzzed", row(type(backend).__name__, mode, (), findings))
    check(findings, enabled(backend))
    if isinstance(backend, FakeBackend):
        check_links(findings, Plan(mode, writes=True))


def test_what_is_off_passes_in_the_other_mode(record_property: Record) -> None:
    """Ask what is off, and what has its path.

    The fake's other answers are asked for in this mode with all extensions, and without them by
    the crawl in tests/swagger; of a facility all of it is asked above.
    """
    backend = FakeBackend(load("tango_test"))
    with only(*UNLINKED):  # no links lead to what is off
        findings = run(backend, "strict", (), 1, _switched)
    record_property("fuzzed", row("FakeBackend", "strict", (), findings))
    off = {one.path for one in enabled(backend) if one.status == 501}
    check(findings, [one for one in enabled(backend) if one.path in off])


def _switched(document: dict[str, Any]) -> dict[str, Any]:
    """Leave the paths with operations that are off."""
    document["paths"] = {
        path: item
        for path, item in document["paths"].items()
        if any(is_off(one) for method, one in item.items() if method != "parameters")
    }
    return document


@pytest.mark.parametrize("mode", MODES)
def test_every_operation_passes_with_all_extensions(mode: str, record_property: Record) -> None:
    """Ask the fake: nightly.py has the other seeds, and implementation without `status`."""
    backend = FakeBackend(load("tango_test"))
    findings = run(backend, mode, AVAILABLE, EXAMPLES_WITH_EXTENSIONS[mode])
    record_property("fuzzed", row("FakeBackend", mode, AVAILABLE, findings))
    check(findings, enabled(backend, AVAILABLE))
    check_links(findings, Plan(mode, AVAILABLE, writes=True))


def check(findings: Findings, expected: list[Operation]) -> None:
    assert [
        (each.request, each.differences) for each in findings.results() if each.differences
    ] == []
    check_statuses(findings, expected)
    check_names(findings, expected)


def row(
    backend: str, mode: str, extensions: tuple[str, ...], findings: Findings
) -> dict[str, object]:
    """Return a row of the table that pytest prints at its end."""
    return {
        "backend": backend,
        "mode": mode,
        "extensions": ",".join(extensions) or "none",
        "seed": SEED,
        **{phase: findings.phases[phase] for phase in PHASES},
        "cases": findings.phases.total(),
        "values": findings.values,
        "links": findings.links.total(),
    }


OTHERS = {201, 204, 206, 400, 403, 404, 405, 415, 416, 422, 500, 503, 504}
"""Statuses of an operation that is on, by what it was asked."""


def check_statuses(findings: Findings, expected: list[Operation]) -> None:
    """Check that each operation was asked; what is off was 501, or 404 at another's path."""
    assert findings.statuses.keys() == {one.operation_id for one in expected}
    for one in expected:
        usual, others = (501, {404}) if one.status == 501 else (one.status, OTHERS)
        statuses = findings.statuses[one.operation_id]
        if one.extension == "writes" and one.status != 501:
            # What is written is mostly wrong, as chance has it.
            assert statuses.keys() <= {200, *OTHERS}, one.operation_id
            assert statuses.keys() & {200, 201, 204}, one.operation_id
            continue
        assert statuses.keys() - (others - {usual}) == {usual}, one.operation_id
        wanted = statuses[usual] + statuses[206]
        assert wanted > statuses.total() / 4, one.operation_id


def check_names(findings: Findings, expected: list[Operation]) -> None:
    """Check that three quarters of the names that can be one are of something that is there, and
    most for every operation; others are unknown, or malformed."""
    named = {one.operation_id for one in expected if "{domain}" in one.path}
    assert findings.kinds.keys() == named
    for name, kinds in findings.kinds.items():
        assert kinds["known"] > kinds["unknown"], name
        assert kinds["malformed"] > 0, name
    total = sum(findings.kinds.values(), Counter[str]())
    assert total["known"] >= 3 * total["unknown"] > 0
    assert 0.6 < total["known"] / total.total() < 0.85


WALK = [
    "getEntryPoint.rc3",
    "getRc3.hosts",
    "getHosts.database",
    "getDatabase.devices",
    "getDevices.device",
    "getDevice.attributes",
    "getAttributes.attribute",
    "getAttribute.value",
    "readAttribute.history",
]


def check_links(findings: Findings, plan: Plan) -> None:
    """Check that links were followed as by a client: from the entry point to the history of an
    attribute, and all others."""
    document = documents.document(Server(PLACE), plan)
    declared = {
        f"{operation['operationId']}.{link}"
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
        for response in operation["responses"].values()
        for link in resolved(document, response).get("links", {})
    }
    assert [link for link in WALK if link not in declared] == []
    assert findings.links.keys() <= declared
    # Of the ways from the entry point many lead to writes then; the run without has the reads.
    wanted = {link for link in declared if is_of_write(link)} if plan.extensions else declared
    # Chance decides which way to go, so one in six may be left out.
    assert len(wanted - findings.links.keys()) <= len(wanted) / 6


def is_of_write(link: str) -> bool:
    """Say whether a link leads from a write to its read, or to a write."""
    operation, _, name = link.partition(".")
    return operation in WRITTEN or name.rstrip(digits) in WRITTEN


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    _, kind, name = node["$ref"].removeprefix("#/").split("/")
    return dict(document["components"][kind][name])


def test_the_same_seed_gives_the_same_cases() -> None:
    """Ask what is on the way from the devices to the value of an attribute, in each phase."""
    plan = Plan(fuzz=Fuzz(SEED, examples=1))
    runs = []
    for _ in range(2):
        server = Server(PLACE, app=create_app(Settings(), FakeBackend(load("tango_test"))))
        asked = _walked(documents.document(server, plan))
        runs.append(fuzz(server, plan, asked=asked))
    first, second = runs
    assert first.phases.keys() == {"examples", "coverage", "fuzzing", "stateful"}
    assert first.phases == second.phases
    assert first.digest == second.digest
    assert first.links.total() > 0


def _walked(document: dict[str, Any]) -> dict[str, Any]:
    """Leave the last operations of WALK, and the links between them."""
    walk = WALK[4:-1]
    kept = {link.partition(".")[0] for link in WALK[4:]}
    document["paths"] = {
        path: item
        for path, item in document["paths"].items()
        if item.get("get", {}).get("operationId") in kept
    }
    for _, operation in documents.operations(document):
        for response in operation["responses"].values():
            links = response.get("links", {})
            for name in [*links]:
                if f"{operation['operationId']}.{name}" not in walk:
                    del links[name]
    return document


def test_another_seed_gives_other_cases() -> None:
    app = create_app(Settings(), FakeBackend(load("tango_test")))
    digests = set()
    for seed in (1, 2):
        server, plan = Server(PLACE, app=app), Plan(fuzz=Fuzz(seed, examples=2))
        asked = documents.document(server, plan)
        asked["paths"] = {
            path: item for path, item in asked["paths"].items() if path.endswith("/devices")
        }
        with only("fuzzing"):  # where chance has most to say
            digests.add(fuzz(server, plan, asked=asked).digest)
    assert len(digests) == 2
