"""The failures of PyTango that are those of the connection to the device that was called."""

from __future__ import annotations

import pytest
import tango

from mtango_ref.backends.pytango import convert

CORBA = ("API_CorbaException", "TRANSIENT CORBA system exception: TRANSIENT_ConnectFailed")
LATE = ("API_CorbaException", "TRANSIENT CORBA system exception: TRANSIENT_CallTimedout")
FAILED = ("API_AttributeFailed", "Failed to read_attribute on device a/b/c, attribute x")

Levels = tuple[tuple[str, str], ...]

STACKS: list[tuple[str, Levels]] = [
    (
        "broken",
        (CORBA, ("API_CommunicationFailed", "Failed to execute read_attribute on device a/b/c")),
    ),
    ("broken", (("API_CantConnectToDevice", "Failed to connect to device a/b/c\nThe request .."),)),
    ("broken", (("API_DeviceNotExported", "Device a/b/c is not exported (hint: ..)"), FAILED)),
    (
        "late",
        (LATE, ("API_DeviceTimedOut", "Timeout (1000 mS) exceeded on device a/b/c, command C")),
    ),
    (
        "late",
        (LATE, ("API_CommunicationFailed", "Failed to execute read_attribute on device a/b/c")),
    ),
    ("late", (LATE, ("API_CantConnectToDevice", "Failed to connect to device a/b/c"), FAILED)),
    # Of devices that the device is itself a client of.
    ("", (LATE, ("API_DeviceTimedOut", "Timeout (1000 mS) exceeded on device a/b/cc"), FAILED)),
    ("", (CORBA, ("API_CantConnectToDevice", "Failed to connect to device x/y/z"), FAILED)),
    ("", (("API_AttrNotFound", "x attribute not found"), FAILED)),
]


def _error(level: tuple[str, str]) -> tango.DevError:
    error = tango.DevError()
    error.reason, error.desc = level
    return error


@pytest.mark.parametrize(("kind", "levels"), STACKS)
def test_failure_has_its_kind(kind: str, levels: Levels) -> None:
    error = tango.DevFailed(*map(_error, levels))
    assert convert.is_broken(error, "A/B/C") == (kind == "broken")
    assert convert.is_timeout(error, "A/B/C") == (kind == "late")
