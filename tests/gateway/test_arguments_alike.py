"""Both backends take the same arguments of commands, and refuse the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from arguments import arguments

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.pytango.device import HAS_PIPES
from mtango_ref.fixture.loading import parse
from mtango_ref.interface import Device
from mtango_ref.json_text import to_json
from mtango_ref.json_values import value
from mtango_ref.messages import shown
from mtango_ref.model import CmdArgType, DevFailed
from mtango_ref.tango_types import NOT_SENT
from patient_backend import patient_backend

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

NOT_MADE = {CmdArgType.ConstDevString, CmdArgType.DevInt, CmdArgType.DevVarEncodedArray}
"""The types of which PyTango makes no command."""
if not HAS_PIPES:
    NOT_MADE.add(CmdArgType.DevPipeBlob)  # PyTango 10.1 and later refuses to run such a command.
TYPES = [each for each in CmdArgType if each not in NOT_MADE]
DEVICE = "test/echo/1"

COMMANDS = "".join(
    f"      {each.value}: {{in_type: {each.value}, out_type: {each.value}, behaviour: echo}}\n"
    for each in TYPES
)
FIXTURE = parse(
    f"classes:\n  Echo:\n    commands:\n{COMMANDS}"
    f"devices:\n  {DEVICE}: {{class: Echo, server: Echo/test}}\n",
    "echo.yml",
    None,
)

Answer = bytes | list[tuple[str, str]]
"""JSON, or (reason, description) of each error."""


@pytest.fixture(scope="module")
def real(facility: Facility) -> Iterator[Device]:
    from facility.from_fixture import FromFixture

    with facility.from_fixture(FromFixture(FIXTURE, "Echo/test")):
        yield patient_backend().get_device_proxy(DEVICE)


@pytest.fixture(scope="module")
def fake() -> Device:
    return FakeBackend(FIXTURE).get_device_proxy(DEVICE)


def answer(device: Device, data_type: CmdArgType, argument: Any) -> Answer:
    try:
        return to_json(value(device.command_inout(data_type.value, argument)))
    except DevFailed as failed:
        return [(each.reason, _as_of_cpp(each.desc)) for each in failed.errors]


def _as_of_cpp(desc: str) -> str:
    """Add the word that a device server in Python has less than one in C++."""
    return desc.replace("Incompatible argument type", "Incompatible command argument type")


@pytest.mark.parametrize("data_type", TYPES, ids=lambda each: each.value)
def test_backends_answer_alike(real: Device, fake: Device, data_type: CmdArgType) -> None:
    asked = [
        (shown(each), answer(fake, data_type, each), answer(real, data_type, each))
        for each in arguments(data_type)
    ]
    assert [(what, here) for what, here, _ in asked] == [(what, there) for what, _, there in asked]
    taken = sum(type(here) is bytes for _, here, _ in asked)
    assert bool(taken) == (data_type not in NOT_SENT or data_type is CmdArgType.DevPipeBlob)
    assert taken < len(asked)


def test_the_table_has_hundreds_of_arguments() -> None:
    assert sum(len(arguments(each)) for each in TYPES) >= 2000
