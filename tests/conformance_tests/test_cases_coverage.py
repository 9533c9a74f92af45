"""The cases are complete: every operation in each mode, every rule, every kind of failure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from mtango_ref import openapi
from mtango_ref.conformance.cases import loading
from mtango_ref.conformance.model import MODES, Case, Place, Plan, Server
from mtango_ref.settings.model import Settings


def whole(expected: Any) -> Any:
    """Return what is expected by all rules together: of each {$by: ..} the last."""
    if isinstance(expected, list):
        return [whole(child) for child in expected]
    if not isinstance(expected, dict):
        return expected
    if "$by" in expected:
        return whole([*expected["$by"].values()][-1])
    return {key: whole(child) for key, child in expected.items()}


CASES = [case._replace(body=whole(case.body)) for case in loading.load()]
OPERATIONS = [one.operation_id for one in openapi.operations(Settings())]

RULES = """\
JSON, compact.
hrefs absolute, built from the request (scheme, Host, X-Forwarded-* of a trusted proxy), \
or from the setting public_url.
One trailing slash more or less never matters
Tango names (devices, attributes, commands, pipes, properties) compare without regard to case; \
answers use the defined spelling.
{port} is an integer 1-65535, else 404.
{host}/{port} are otherwise ignored (extension hosts off): always the configured facility.
Headers on every answer, errors too: x-mtango: mtango-py <version>
CORS: the Origin echoed, credentials allowed.
Vary: Origin on every answer.
OPTIONS on every route answers the preflight (GET, PUT, POST, DELETE, OPTIONS; authorization, \
content-type).
Credentials in a request are ignored while the extension auth is off.
Timestamps: strict whole seconds since the epoch (int), implementation whole milliseconds.
Enumerations by name: ATTR_VALID, RUNNING, SCALAR, READ_WRITE, OPERATOR, DevDouble.
Values: spectrum -> list, image -> list of rows
DevState by name
NaN and infinities as the strings NaN, Infinity, -Infinity (JSON has no others).
64-bit integers as JSON integers
Tango said no (DevFailed): HTTP 200 and the Failure object
the whole stack, innermost first
HTTP says no (404, 405 with Allow, 400, 413, 415, 501, 500): the same object plus http_status: n, \
with that status; one entry in errors, reason a constant, description a sentence.
Unknown path 404.
Known path, method that rc3 does not define 405.
Known operation whose extension is off 501.
All general-purpose servers MUST support the methods GET and HEAD.
GET B:
GET B/rc3:
GET B/rc3/hosts:
GET P:
GET P/devices
as DbGetDeviceWideList(wildcard, default *)
GET D:
answers for a defined device that is not running too
GET D/state:
GET D/attributes:
GET D/attributes/{a}:
GET D/attributes/{a}/value:
GET D/attributes/value?attr=a&attr=b: list, in the order asked
a failed element is {name, errors, quality: FAILURE, timestamp}
no attr: []
implementation: error entries say desc, not description
GET D/attributes/{a}/info:
GET D/attributes/info?attr=a&attr=b:
GET D/attributes/{a}/history: list, oldest first
GET D/attributes/{a}/properties:
GET D/attributes/{a}/properties/{p}:
GET D/attributes/{a}/change, /periodic, /user ?timeout=ms
GET D/commands:
GET D/commands/{c}:
GET D/commands/{c}/history:
implementation: records without timestamp
GET D/properties:
GET D/properties/{p}:
GET D/pipes:
GET D/pipes/{pipe}:
A property or attribute property that is not defined is empty, not an error, as Tango itself has it.
B/sys:
B/sys/config: every setting in force
B/sys/cache/devices, B/sys/cache/attributes (and the linked B/sys/active/...):
B/sys/stats:
B/sys/clean/devices, B/sys/clean/attributes: 204, the cache is empty.
/swagger/main.yml, /swagger/rc3.yml, /swagger/sys.yml: OpenAPI 3.0.3
app_base in servers
501 only where it is what you get
What one segment of a path can hold is asked of Tango; an empty name, or a NUL, is 404.
An empty attr or wildcard, and more than one wildcard, are 400.
""".splitlines()

# Not to be seen of a TangoTest that is only read: tests/rest and tests/server have these.
UNSEEN = """\
DevEnum its label; DevEncoded {"format": .., "data": base64}.
DevVarLongStringArray {"lvalue", "svalue"}, DevVarDoubleStringArray {"dvalue", "svalue"}.
ATTR_INVALID: value null.
413, 415: only what is written has a body that is read; 500: a defect of ours.
An inner blob of a pipe is {"name", "data"} in value.
""".splitlines()


def in_mode(mode: str) -> list[Case]:
    return [case for case in CASES if mode in case.modes]


def test_names_are_unique() -> None:
    for mode in MODES:
        names = [case.name for case in in_mode(mode)]
        assert sorted(names) == sorted(set(names))


def test_there_are_many() -> None:
    assert len({case.name for case in CASES}) > 150


def test_every_case_has_a_rule() -> None:
    assert [case.name for case in CASES if not case.rule.strip()] == []


@pytest.mark.parametrize("mode", MODES)
def test_every_operation_has_a_case(mode: str) -> None:
    assert set(OPERATIONS) - {case.operation for case in in_mode(mode)} == set()


@pytest.mark.parametrize("mode", MODES)
def test_every_operation_that_is_off_has_a_case(mode: str) -> None:
    """Bare, with a query and with bodies."""
    for one in openapi.operations(Settings()):
        if one.status != 501:
            continue
        requests = [
            case.request
            for case in in_mode(mode)
            if case.operation == one.operation_id and case.status == 501
        ]
        kinds = {("?" in request.path, bool(request.body)) for request in requests}
        assert kinds == {(False, False), (True, False), (False, True)}, one.operation_id


def named(expected: Any) -> Iterator[str]:
    """Yield the names of the rules by which parts of an answer are judged."""
    if isinstance(expected, list):
        for child in expected:
            yield from named(child)
    elif isinstance(expected, dict):
        yield from expected.get("$by", ())
        yield from named([*expected.values()])


def rules_of(case: Case) -> set[str]:
    parts = {*named([case.headers, case.body])} - {"same"}
    return {case.rule, *(case.rules[name] for name in parts)}


USED = {
    mode: {rule for case in loading.load() if mode in case.modes for rule in rules_of(case)}
    for mode in MODES
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_case(rule: str, mode: str) -> None:
    assert any(rule in one for one in USED[mode])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "BAD_REQUEST"),
        (404, "NOT_FOUND"),
        (405, "METHOD_NOT_ALLOWED"),
        (501, "NOT_IMPLEMENTED"),
    ],
)
def test_every_refusal_has_a_case(mode: str, status: int, reason: str) -> None:
    """A case for all servers expects its shape, one for ours its reason."""
    found = [case for case in in_mode(mode) if case.status == status and case.body != "$anything"]
    reasons = {case.body["errors"][0]["reason"] for case in found if case.body}
    assert reasons <= {"$text", reason}
    assert reason in reasons
    assert all(
        "allow" in case.headers for case in found if status == 405 and "CORS" not in case.rule
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "reasons",
    [
        ["API_AttrNotFound"],
        ["API_AttrNotFound", "API_AttributeFailed"],
        ["API_AttrValueNotSet", "API_AttributeFailed"],
        ["exception test", "API_AttributeFailed"],
        ["API_AttributeFailed"],
        ["API_AttrNotPolled"],
        ["API_CmdNotPolled"],
        ["API_IncompatibleCmdArgumentType"],
        ["API_CommandNotFound"],
        ["DB_DeviceNotDefined", "API_CommandFailed"],
        ["DB_DeviceNotDefined", "API_CommandFailed", "API_DeviceNotDefined"],
        ["API_DeviceNotExported"],
        ["API_DeviceNotExported", "API_AttributeFailed"],
        ["API_DeviceNotExported", "API_PipeFailed"],
        ["API_PipeNotFound", "API_PipeFailed"],
    ],
)
def test_every_failure_has_a_case(mode: str, reasons: list[str]) -> None:
    if mode == "implementation" and "API_AttributeFailed" in reasons[1:]:
        reasons = ["ReadAttributeException"]
    stacks = [
        [error["reason"] for error in case.body["errors"]]
        for case in in_mode(mode)
        if case.status == 200 and isinstance(case.body, dict) and "errors" in case.body
    ]
    assert reasons in stacks


@pytest.mark.parametrize(
    "reason",
    [
        *("ReadAttributeException", "WriteAttributeException", "NoSuchAttributeException"),
        *("ExecuteCommandException", "NoSuchCommandException"),
    ],
)
def test_every_reason_of_the_original_has_a_case(reason: str) -> None:
    found = [case for case in in_mode("implementation") if f"'{reason}'" in str(case.body)]
    assert found
    assert all(case.reason is not None for case in found)


def test_what_is_a_decision_of_ours_is_marked() -> None:
    """Its sentences and headers fail no other server that is right."""
    told = re.compile(r"mtango-py|mtango-ref|/swagger/")
    found = [
        case
        for case in CASES
        if told.search(str(case.body) + str(case.headers))
        and not {"ours", "system"} & set(case.needs)
    ]
    assert found == []


def test_fitting_chooses_cases_by_mode_extension_and_facet() -> None:
    every = Plan(writes=True)
    strict = loading.fitting(every)
    assert {case.modes for case in strict} == {("strict",)}
    assert {case.extension for case in strict} >= {None, "-writes", "-events"}
    on = loading.fitting(every._replace(extensions=("writes",)))
    assert {case.extension for case in on} == (
        {case.extension for case in strict} - {"-writes"}
    ) | {"writes"}
    only = loading.fitting(Plan("implementation", only="pipes"))
    assert ({case.facet for case in only}, {case.modes for case in only}) == (
        {"pipes"},
        {("implementation",)},
    )
    foreign = loading.fitting(every, Server(Place("http://host"), has=()))
    assert foreign == [case for case in strict if not case.needs]
    assert len(foreign) > 100
