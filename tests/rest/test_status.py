"""The extension `status`: Tango's failures with an HTTP status, on both backends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Rest, shared
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.calls import timed_out
from mtango_ref.fixture.loading import load
from mtango_ref.interface import Backend
from mtango_ref.model import DevError, ErrSeverity
from mtango_ref.settings.model import Settings
from mtango_ref.statuses import STATUSES, status_of
from rest_answers import DEAD, UNKNOWN, D, P, reason_of

if TYPE_CHECKING:
    from facility import Facility

# path -> status, innermost reason
FAILING: dict[str, tuple[int, str]] = {
    f"{D}/attributes/nope/value": (404, "API_AttrNotFound"),
    f"{D}/attributes/nope/info": (404, "API_AttrNotFound"),
    f"{D}/attributes/nope": (404, "API_AttrNotFound"),
    f"{D}/attributes/long_scalar/history": (404, "API_AttrNotPolled"),
    f"{D}/commands/nope": (404, "API_CommandNotFound"),
    f"{D}/commands/Status/history": (404, "API_CmdNotPolled"),
    f"{UNKNOWN}": (404, "DB_DeviceNotDefined"),
    f"{UNKNOWN}/attributes": (404, "DB_DeviceNotDefined"),
    f"{UNKNOWN}/state": (404, "DB_DeviceNotDefined"),
    f"{UNKNOWN}/attributes/State/value": (404, "DB_DeviceNotDefined"),
    f"{DEAD}/state": (503, "API_DeviceNotExported"),
    f"{DEAD}/attributes/State/value": (503, "API_DeviceNotExported"),
    # The device server's own.
    f"{D}/attributes/throw_exception/value": (500, "exception test"),
    f"{D}/attributes/no_value/value": (500, "API_AttrValueNotSet"),
}


@pytest.fixture(params=["strict", "implementation"])
def with_status(request: pytest.FixtureRequest, backend: Backend) -> Rest:
    extensions = ("status", "writes")
    return shared(Settings(rc3_mode=request.param, extensions=extensions), backend)


def without(body: dict[str, Any]) -> dict[str, Any]:
    """Leave away the time of an answer."""
    return {key: value for key, value in body.items() if key != "timestamp"}


@pytest.mark.parametrize("path", FAILING)
def test_failure_has_the_status_of_its_reason(
    with_status: Rest, backend: Backend, path: str
) -> None:
    status, reason = FAILING[path]
    result = with_status.get(path, headers={"Origin": "https://a.org"})
    assert (result.status_code, reason_of(result.json)) == (status, reason)
    exposed = "x-mtango, retry-after" if status == 503 else "x-mtango"
    assert result.headers["access-control-expose-headers"] == exposed
    usual = shared(Settings(rc3_mode=with_status.settings.rc3_mode), backend).body(path)
    assert without(result.json) == without(usual)
    assert result.headers.get("retry-after") == ("1" if status == 503 else None)
    head = with_status.request("HEAD", path)
    assert (head.status_code, head.content) == (status, b"")


# path, body -> status, innermost reason
BLOB = {"name": "b", "data": [{"name": "x", "type": "DevLong", "value": 1}]}
CHANGES: list[tuple[str, Any, int, str]] = [
    (f"{D}/commands/DevDouble", "x", 422, "API_IncompatibleCmdArgumentType"),
    (f"{D}/commands/DevDouble", None, 422, "API_IncompatibleCmdArgumentType"),
    (f"{D}/commands/nope", None, 404, "API_CommandNotFound"),
    (f"{DEAD}/commands/State", None, 403, "API_ReadOnlyMode"),
    (f"{D}/attributes/nope/value", 1, 404, "API_AttrNotFound"),
    (f"{D}/attributes/double_scalar_w/value", "x", 422, "API_IncompatibleAttrDataType"),
    (f"{D}/attributes/double_scalar_w/value", "NaN", 422, "API_WAttrOutsideLimit"),
    (f"{D}/attributes/double_spectrum_ro/value", [1.0], 405, "API_AttrNotWritable"),
    (f"{D}/attributes/State/value", "ON", 405, "API_AttrNotWritable"),
    (f"{D}/attributes/nope/info", {}, 404, "API_AttrNotFound"),
    (f"{D}/attributes/double_scalar/info", {"nope": "1"}, 422, "API_AttrOptProp"),
    (f"{D}/attributes/double_scalar/info", {"name": "x"}, 403, "API_AttrNotAllowed"),
    (
        f"{D}/attributes/double_scalar/info",
        {"min_value": "2", "max_value": "1"},
        422,
        "API_IncoherentValues",
    ),
    (f"{D}/attributes/double_scalar/info", {"min_value": "a"}, 422, "API_AttrOptProp"),
    (f"{D}/properties/it's", "x", 422, "DB_IncorrectArguments"),
    (f"{UNKNOWN}/properties/p", "x", 404, "DB_DeviceNotDefined"),
    (f"{D}/pipes/string_long_short_ro", BLOB, 405, "API_PipeNotWritable"),
    (f"{D}/pipes/string_long_short_ro", {}, 422, "API_PipeWrongArg"),
]


@pytest.mark.parametrize(("path", "body", "status", "reason"), CHANGES)
def test_failed_change_has_the_status_of_its_reason(
    with_status: Rest, backend: Backend, path: str, body: Any, status: int, reason: str
) -> None:
    if "/pipes/" in path and not backend.capabilities.has_pipes:
        status, reason = 501, "NOT_IMPLEMENTED"
    given = {} if body is None else {"json": body}
    result = with_status.request("PUT", path, **given)
    assert (result.status_code, reason_of(result.json)) == (status, reason)
    assert result.headers.get("allow") == ("GET, HEAD, OPTIONS" if status == 405 else None)


def test_change_that_nobody_waits_for_has_the_status_of_what_is_known(with_status: Rest) -> None:
    for path, body, status, _ in (CHANGES[0], CHANGES[4], CHANGES[7]):
        result = with_status.request("PUT", path, query_string="async=true", json=body)
        assert result.status_code == status


def test_device_that_is_not_writable_is_403(backend: Backend) -> None:
    rest = Rest(Settings(extensions=("status", "writes"), writable=()), backend)
    result = rest.request("PUT", f"{D}/commands/DevVoid")
    assert (result.status_code, result.json["errors"][0]["reason"]) == (403, "API_ReadOnlyMode")


def test_failed_elements_leave_a_list_200(with_status: Rest) -> None:
    body = with_status.body(f"{D}/attributes/value", "attr=nope&attr=State")
    assert [each["quality"] for each in body] == ["FAILURE", "ATTR_VALID"]


@pytest.mark.parametrize("query", ["attr=State&attr=STATE", "long_scalar_w=1&LONG_scalar_w=2"])
def test_name_that_comes_twice_is_422(with_status: Rest, query: str) -> None:
    method = "GET" if query.startswith("attr") else "PUT"
    result = with_status.request(method, f"{D}/attributes/value", query_string=query)
    found = (result.status_code, result.json["errors"][0]["reason"])
    assert found == (422, "API_AttributeFailed")


def test_what_succeeds_is_as_ever(with_status: Rest, backend: Backend) -> None:
    usual = shared(Settings(rc3_mode=with_status.settings.rc3_mode), backend)
    for path in (D, f"{D}/commands", f"{P}/devices", f"{D}/attributes/double_scalar/info"):
        assert with_status.body(path) == usual.body(path)


def error(reason: str) -> DevError:
    return DevError(reason, "", ErrSeverity.ERR, "")


def test_innermost_error_decides() -> None:
    assert status_of([error("API_AttrNotFound"), error("API_DeviceTimedOut")]) == 404
    assert status_of([error("my own"), error("API_AttrNotFound")]) == 500
    assert status_of(timed_out("a/b/c", 3.0).errors) == 504
    assert status_of([error("API_AttrNotWritable"), error("API_AttributeFailed")]) == 405
    assert {*STATUSES} == {403, 404, 405, 422, 500, 503, 504}


@pytest.fixture
def impatient(request: pytest.FixtureRequest, backend: Backend) -> Iterator[Backend]:
    """Yield a backend that waits for a moment, while the server of sys/tg_test/1 hangs."""
    if "fake" in request.node.callspec.id.split("-"):
        fake = FakeBackend(load("tango_test"), timeout=0.3)
        fake.control.fail("sys/tg_test/1", {"fault": "hang"})
        yield fake
        return
    from mtango_ref.backends.pytango.backend import TangoBackend
    from mtango_ref.backends.pytango.environment import tango_hosts

    facility: Facility = request.getfixturevalue("facility")
    real = TangoBackend(tango_hosts(), 1.0)
    with facility.tango_test.suspended():
        yield real


@pytest.mark.parametrize("mode", ["strict", "implementation"])
def test_device_that_hangs_is_504(impatient: Backend, mode: str) -> None:
    rest = Rest(Settings.model_validate({"rc3_mode": mode, "extensions": ["status"]}), impatient)
    result = rest.get(f"{D}/attributes/double_scalar/value")
    assert (result.status_code, reason_of(result.json)) == (504, "API_DeviceTimedOut")
