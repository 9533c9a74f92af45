"""The extension `status`: Tango's failures with an HTTP status, on both backends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Rest, shared
from mtango_ref.calls import timed_out
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
    result = with_status.get(path)
    assert (result.status_code, reason_of(result.json)) == (status, reason)
    usual = shared(Settings(rc3_mode=with_status.settings.rc3_mode), backend).body(path)
    assert without(result.json) == without(usual)
    assert result.headers.get("retry-after") == ("1" if status == 503 else None)
    head = with_status.request("HEAD", path)
    assert (head.status_code, head.content) == (status, b"")


def test_failed_command_has_a_status(with_status: Rest) -> None:
    result = with_status.request("PUT", f"{D}/commands/DevDouble", json="x")
    assert result.status_code == 422
    assert reason_of(result.json) == "API_IncompatibleCmdArgumentType"


def test_device_that_is_not_writable_is_403(backend: Backend) -> None:
    rest = Rest(Settings(extensions=("status", "writes"), writable=()), backend)
    result = rest.request("PUT", f"{D}/commands/DevVoid")
    assert (result.status_code, result.json["errors"][0]["reason"]) == (403, "API_ReadOnlyMode")


def test_failed_elements_leave_a_list_200(with_status: Rest) -> None:
    body = with_status.body(f"{D}/attributes/value", "attr=nope&attr=State")
    assert [each["quality"] for each in body] == ["FAILURE", "ATTR_VALID"]


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
def hanging(request: pytest.FixtureRequest, backend: Backend) -> Iterator[None]:
    """Stop the server of sys/tg_test/1 for a while."""
    fake: Any = backend
    if "fake" in request.node.callspec.id.split("-"):
        fake.control.fail("sys/tg_test/1", {"fault": "hang"})
        yield
        fake.control.heal("sys/tg_test/1")
        return
    facility: Facility = request.getfixturevalue("facility")
    with facility.tango_test.suspended():
        yield


@pytest.mark.usefixtures("hanging")
def test_device_that_hangs_is_504(with_status: Rest) -> None:
    result = with_status.get(f"{D}/attributes/double_scalar/value")
    assert (result.status_code, reason_of(result.json)) == (504, "API_DeviceTimedOut")
