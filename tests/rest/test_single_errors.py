"""The one error of the original, which has no place but in the answer, on both backends."""

from __future__ import annotations

import falcon.testing
import pytest

from conftest import Rest, shared
from mtango_ref.http.middleware import REASON
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from rest_answers import D, call_failure, error

A = f"{D}/attributes"
READ = "Failed to read_attribute on device sys/tg_test/1, attribute"
NOT_FOUND = error("API_AttrNotFound", "nope attribute not found")
NO_COMMAND = error("API_CommandNotFound", "Command nope not found")
READ_ONLY = error("API_AttrNotWritable", "Attribute double_spectrum_ro is not writable")
THROWN = error("exception test", "here is the exception you requested")

OF_THE_DEVICE = ("exception test", "API_AttrNotWritable")
"""Reasons that have no count of their own."""

# method, path, query -> its one error's reason, Tango's stack in strict mode
FAILING = {
    ("GET", f"{A}/nope/value", ""): (
        "ReadAttributeException",
        [NOT_FOUND, error("API_AttributeFailed", f"{READ} nope")],
    ),
    ("GET", f"{A}/throw_exception/value", ""): (
        "ReadAttributeException",
        [THROWN, error("API_AttributeFailed", f"{READ} throw_exception")],
    ),
    ("PUT", f"{A}/nope/value", "v=1"): ("NoSuchAttributeException", [NOT_FOUND]),
    ("PUT", f"{A}/double_spectrum_ro/value", "v=1"): (
        "WriteAttributeException",
        [
            READ_ONLY,
            error(
                "API_AttributeFailed",
                "Failed to write_read_attribute on device sys/tg_test/1, attribute"
                " double_spectrum_ro",
            ),
        ],
    ),
    ("PUT", f"{D}/commands/nope", ""): (
        "NoSuchCommandException",
        [
            NO_COMMAND,
            error(
                "API_CommandFailed",
                "Failed to execute command_inout on device sys/tg_test/1, command nope",
            ),
        ],
    ),
    ("PUT", f"{D}/commands/DevLong", "v=x"): (
        "ExecuteCommandException",
        [
            error(
                "API_IncompatibleCmdArgumentType",
                "Incompatible command argument type, expected type is : Tango::DevLong: 'x' is not"
                " valid; expected an integer in -2147483648..2147483647",
            ),
            error(
                "API_CommandFailed",
                "Failed to execute command_inout on device sys/tg_test/1, command DevLong",
            ),
        ],
    ),
}


@pytest.fixture(params=["strict", "implementation"])
def writing(request: pytest.FixtureRequest, backend: Backend) -> Rest:
    return shared(Settings(rc3_mode=request.param, extensions=("writes",)), backend)


@pytest.mark.parametrize("asked", FAILING, ids=lambda each: " ".join(each[:2])[-40:])
def test_value_or_command_fails_in_words_of_the_mode(
    writing: Rest, asked: tuple[str, str, str]
) -> None:
    method, path, query = asked
    reason, stack = FAILING[asked]
    result = writing.request(method, path, query_string=query)
    expected = call_failure(writing.settings.rc3_mode, reason, "sys/tg_test/1", *stack)
    assert (result.status_code, result.json) == (200, expected)


@pytest.mark.parametrize("asked", FAILING, ids=lambda each: " ".join(each[:2])[-40:])
def test_figures_and_logs_name_the_reason_of_tango(
    writing: Rest, asked: tuple[str, str, str]
) -> None:
    (method, path, query), (_, stack) = asked, FAILING[asked]
    given = stack[0]["reason"]
    label = given if given not in OF_THE_DEVICE else "other"
    before = counted(writing, label)
    target = writing.settings.app_base + path
    environ = falcon.testing.create_environ(target, method=method, query_string=query)
    answer = falcon.testing.StartResponseMock()
    writing.app(environ, answer)
    assert (answer.status, environ[REASON]) == ("200 OK", given)
    assert counted(writing, label) == before + 1


def counted(rest: Rest, reason: str) -> float:
    """Return how many failures there were of that reason."""
    begin = f'mtango_tango_failures_total{{reason="{reason}"}} '
    lines = rest.client.simulate_get("/metrics").text.splitlines()
    return sum(float(line.removeprefix(begin)) for line in lines if line.startswith(begin))


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", f"{A}/value", "attr=nope&attr=throw_exception"),
        ("PUT", f"{A}/value", "nope=1"),
        ("GET", f"{A}/nope/info", ""),
        ("GET", f"{A}/nope/history", ""),
        ("GET", f"{D}/commands/nope", ""),
        ("GET", f"{D}/commands/nope/history", ""),
    ],
)
def test_what_else_fails_has_the_errors_of_tango(
    writing: Rest, method: str, path: str, query: str
) -> None:
    answer = writing.request(method, path, query_string=query).json
    for each in answer if isinstance(answer, list) else [answer]:
        reasons = [error["reason"] for error in each["errors"]]
        assert not [reason for reason in reasons if reason.endswith("Exception")]
        assert reasons[0] in ("API_AttrNotFound", "API_CommandNotFound", "exception test")
