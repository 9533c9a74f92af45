"""Refusals of the fake: the stacks are those of the real facility."""

from __future__ import annotations

from typing import Any

import pytest
from fake_facilities import NOON, attribute, backend, one_device, reasons

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.model import (
    AttrQuality,
    ConnectionFailed,
    DevError,
    DevFailed,
    DeviceAttribute,
    DeviceDataHistory,
    DevState,
    ErrSeverity,
)

RAISES = "raises: {reason: R, description: D, severity: WARN, origin: O}"


def test_raising_attribute_fails_with_its_error() -> None:
    facility = one_device(f"{{x: {{data_type: DevLong, polling_period: 1000, {RAISES}}}}}")
    error = DevError("R", "D", ErrSeverity.WARN, "O")
    with pytest.raises(DevFailed) as failed:
        attribute(facility, "X").read()
    assert failed.value.errors[0] == error
    assert reasons(failed)[1:] == [
        ("API_AttributeFailed", "Failed to read_attribute on device a/b/c, attribute X")
    ]
    [element, state] = facility.get_device_proxy("a/b/c").read_attributes(["X", "State"])
    assert (element.name, element.value, element.time) == ("X", None, None)
    assert [each.reason for each in element.err_stack] == ["R", "API_AttributeFailed"]
    assert element.err_stack[1].desc == ("Failed to read_attributes on device a/b/c, attribute X")
    assert state.value is DevState.ON
    invalid = AttrQuality.ATTR_INVALID
    assert attribute(facility, "x").history() == [
        DeviceAttribute("x", None, invalid, NOON, (error,))
    ]


def test_raising_state_fails_with_its_error() -> None:
    facility = backend(
        f"""\
        classes: {{A: }}
        devices:
          a/b/c:
            class: A
            attributes: {{State: {{{RAISES}}}}}
            commands: {{State: {{polling_period: 1000}}}}
        """
    )
    device = facility.get_device_proxy("a/b/c")
    error = DevError("R", "D", ErrSeverity.WARN, "O")
    with pytest.raises(ConnectionFailed) as failed:
        device.state()
    assert reasons(failed) == [
        ("API_CorbaException", "IMP_LIMIT CORBA system exception: Unknown minor code: b"),
        ("API_CommunicationFailed", "Failed to execute state() on device a/b/c"),
    ]
    assert device.command_history("State") == [DeviceDataHistory(None, NOON, (error,))]


def dead() -> FakeBackend:
    return backend(
        "classes: {A: {attributes: {x: {data_type: DevLong}}}}\n"
        "devices: {a/b/c: {class: A, server: A/1, exported: false}}"
    )


NOT_EXPORTED = (
    "API_DeviceNotExported",
    "Device a/b/c is not exported (hint: try starting the device server)",
)


@pytest.mark.parametrize(
    ("call", "outer"),
    [
        (lambda device, _: device.state(), []),
        (lambda device, _: device.status(), []),
        (lambda device, _: device.get_attribute_list(), []),
        (lambda device, _: device.get_attribute_config(["x"]), []),
        (
            lambda device, _: device.read_attributes(["X", "y"]),
            [
                (
                    "API_AttributeFailed",
                    "Failed to read_attributes on device a/b/c, attributes X, y",
                )
            ],
        ),
        (lambda device, _: device.command_list_query(), []),
        (lambda device, _: device.command_query("x"), []),
        (lambda device, _: device.command_history("x"), []),
        (lambda device, _: device.get_pipe_list(), []),
        (
            lambda device, _: device.read_pipe("p"),
            [("API_PipeFailed", "Failed to read_pipe on device a/b/c, pipe p")],
        ),
        (
            lambda _, attribute: attribute.read(),
            [("API_AttributeFailed", "Failed to read_attribute on device a/b/c, attribute X")],
        ),
        (lambda _, attribute: attribute.get_config(), []),
        (lambda _, attribute: attribute.history(), []),
    ],
)
def test_stopped_device_is_not_exported(call: Any, outer: list[tuple[str, str]]) -> None:
    facility = dead()
    device = facility.get_device_proxy("A/b/c")
    with pytest.raises(ConnectionFailed) as failed:
        call(device, facility.get_attribute_proxy(device, "X"))
    assert reasons(failed) == [NOT_EXPORTED, *outer]


def test_attribute_asked_twice_fails() -> None:
    told = (
        "API_AttributeFailed",
        "Several times the same attribute in required attributes list: x",
    )
    for facility in (dead(), one_device()):
        with pytest.raises(DevFailed) as failed:
            facility.get_device_proxy("a/b/c").read_attributes(["X", "y", "x"])
        assert reasons(failed) == [told]


def not_found(name: str) -> tuple[str, str]:
    return "API_AttrNotFound", f"{name} attribute not found"


@pytest.mark.parametrize(
    ("call", "stack"),
    [
        (lambda device, _: device.get_attribute_config(["State", "Nope"]), [not_found("Nope")]),
        (
            lambda device, _: device.command_query("Nope"),
            [("API_CommandNotFound", "Command Nope not found")],
        ),
        (
            lambda device, _: device.read_pipe("Nope"),
            [
                ("API_PipeNotFound", "Nope pipe not found"),
                ("API_PipeFailed", "Failed to read_pipe on device a/b/c, pipe Nope"),
            ],
        ),
        (
            lambda _, attribute: attribute.read(),
            [
                not_found("Nope"),
                (
                    "API_AttributeFailed",
                    "Failed to read_attribute on device a/b/c, attribute Nope",
                ),
            ],
        ),
        (lambda _, attribute: attribute.get_config(), [not_found("Nope")]),
        (lambda _, attribute: attribute.history(), [not_found("Nope")]),
    ],
)
def test_unknown_names_fail(call: Any, stack: list[tuple[str, str]]) -> None:
    facility = one_device()
    with pytest.raises(DevFailed) as failed:
        call(facility.get_device_proxy("a/b/c"), attribute(facility, "Nope"))
    assert reasons(failed) == stack


def test_unknown_attribute_fails_alone() -> None:
    [state, nope] = one_device().get_device_proxy("a/b/c").read_attributes(["State", "Nope"])
    assert (state.value, nope.name, nope.value, nope.time) == (DevState.ON, "Nope", None, None)
    assert [(error.reason, error.desc) for error in nope.err_stack] == [
        not_found("Nope"),
        ("API_AttributeFailed", "Failed to read_attributes on device a/b/c, attribute Nope"),
    ]


def test_unknown_device_is_not_defined() -> None:
    facility = dead()
    with pytest.raises(DevFailed) as failed:
        facility.get_device_proxy("X/y/z")
    assert reasons(failed) == [
        ("DB_DeviceNotDefined", "device x/y/z not defined in the database !"),
        (
            "API_CommandFailed",
            "Failed to execute command_inout on device sys/database/2, command DbImportDevice",
        ),
        ("API_DeviceNotDefined", "Can't connect to device x/y/z"),
    ]


def test_errors_name_devices_in_lower_case() -> None:
    facility = backend(
        "classes: {A: }\n"
        "devices: {A/b/C: {class: A, server: A/1}, A/b/D: {class: A, server: A/2, exported: false}}"
    )
    with pytest.raises(DevFailed) as failed:
        attribute(facility, "Nope", "a/B/c").read()
    assert reasons(failed) == [
        ("API_AttrNotFound", "Nope attribute not found"),
        ("API_AttributeFailed", "Failed to read_attribute on device a/b/c, attribute Nope"),
    ]
    with pytest.raises(ConnectionFailed) as failed:
        facility.get_device_proxy("A/b/D").state()
    told = "Device a/b/d is not exported (hint: try starting the device server)"
    assert reasons(failed) == [("API_DeviceNotExported", told)]


@pytest.mark.parametrize("version", ["5", "6"])
def test_servers_of_tango_10_have_version_6(version: str) -> None:
    """Their version is 6; they do not give the history of some commands."""
    facility = backend(
        "classes:\n"
        "  A:\n"
        "    attributes: {Xy: {data_type: DevLong}}\n"
        "    commands: {Void: {polling_period: 500}, Give: {out_type: DevState, value: ON}}\n"
        "devices:\n"
        "  a/b/c:\n"
        "    class: A\n"
        f"    version: {version}\n"
        "    commands: {State: {polling_period: 500}, Give: {polling_period: 500}}\n"
    )
    device = facility.get_device_proxy("a/b/c")
    with pytest.raises(DevFailed) as failed:
        attribute(facility, "XY").history()
    assert reasons(failed) == [("API_AttrNotPolled", "Attribute xy not polled")]
    assert len(device.command_history("State")) == 1
    for command, out_type in (("void", "DevVoid"), ("give", "DevState")):
        if version == "5":
            assert len(device.command_history(command)) == 1
            continue
        with pytest.raises(DevFailed) as failed:
            device.command_history(command)
        told = f"Unhandled command argument type {out_type}"
        assert reasons(failed) == [("API_CmdArgumentTypeNotSupported", told)]


@pytest.mark.parametrize("version", ["5", "6"])
@pytest.mark.parametrize(
    ("out_type", "is_told"),
    [("DevVoid", True), ("DevLong", True), ("DevState", False), ("DevEnum", False)],
)
def test_history_has_failures(version: str, out_type: str, is_told: bool) -> None:
    """Servers of Tango 10 give a DevVoid if all of it failed."""
    raises = "{raises: {reason: No, description: On purpose}}"
    failing = f"{{out_type: {out_type}, polling_period: 500, behaviour: {raises}}}"
    facility = backend(
        f"classes: {{A: {{commands: {{Fail: {failing}}}}}}}\n"
        f"devices: {{a/b/c: {{class: A, version: {version}}}}}\n"
    )
    device = facility.get_device_proxy("a/b/c")
    if is_told or version == "5":
        [record] = device.command_history("fail")
        assert [error.reason for error in record.err_stack] == ["No"]
        return
    with pytest.raises(DevFailed) as failed:
        device.command_history("fail")
    told = f"Unhandled command argument type {out_type}"
    assert reasons(failed) == [("API_CmdArgumentTypeNotSupported", told)]
