"""Every data type from JSON to a real device, and back."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from facility.alike import plain, same
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.values import ELEMENTS, TABLE, from_tango, to_tango
from mtango_ref.dev_float import LARGEST
from mtango_ref.model import CmdArgType, DevEncoded, DevState
from mtango_ref.values import to_json, value

if TYPE_CHECKING:
    from facility import Facility

pytestmark = [pytest.mark.tango, pytest.mark.any_database]

NAN, INF = float("nan"), float("inf")
LATIN = "Größe 5 µm"


@pytest.fixture(scope="module")
def backend(facility: Facility) -> TangoBackend:
    return TangoBackend(3.0)


ECHOED: dict[str, list[Any]] = {
    "DevBoolean": [True, False],
    "DevDouble": [0.1, -1.7e308, 7],
    "DevFloat": [0.5, -2.0, 0.1, LARGEST, -0.0, 1e-45, 16777216.0],
    "DevLong": [-(2**31), 2**31 - 1],
    "DevLong64": [-(2**63), 2**63 - 1],
    "DevShort": [-(2**15), 2**15 - 1],
    "DevString": ["", "a b", LATIN, "Ω ≠ 日本", "Ã¼ is two characters"],
    "DevULong": [0, 2**32 - 1],
    "DevULong64": [0, 2**64 - 1],
    "DevUShort": [0, 2**16 - 1],
    "DevVarCharArray": [[0, 255]],
    "DevVarDoubleArray": [[0.1, 7], []],
    "DevVarFloatArray": [[0.5, -2.0]],
    "DevVarLong64Array": [[-(2**63), 2**63 - 1]],
    "DevVarLongArray": [[-(2**31), 2**31 - 1], []],
    "DevVarShortArray": [[-(2**15), 2**15 - 1]],
    "DevVarStringArray": [["", LATIN, "日本"], []],
    "DevVarULong64Array": [[0, 2**64 - 1]],
    "DevVarULongArray": [[0, 2**32 - 1]],
    "DevVarUShortArray": [[0, 2**16 - 1]],
    "DevVarLongStringArray": [{"lvalue": [1, -2], "svalue": ["a", "日本"]}],
    "DevVarDoubleStringArray": [{"dvalue": [1.5, -2.0], "svalue": []}],
}


@pytest.mark.parametrize(
    ("data_type", "value"),
    [(data_type, value) for data_type, values in ECHOED.items() for value in values],
)
def test_round_trip_by_a_command(facility: Facility, data_type: str, value: Any) -> None:
    """TangoTest has an echo of each type, by its name."""
    import tango

    kind = CmdArgType(data_type)
    echo = tango.DeviceProxy("sys/tg_test/1").command_inout(data_type, to_tango(kind, value))
    assert plain(from_tango(kind, echo)) == value


def test_round_trip_of_bytes(facility: Facility) -> None:
    import tango

    kind = CmdArgType.DevEncoded
    sent = to_tango(kind, {"format": "raw", "data": "AAH/"})
    echo = tango.DeviceProxy("test/one_of_each/1").command_inout("echo_encoded", sent)
    assert from_tango(kind, echo) == DevEncoded("raw", b"\x00\x01\xff")


def test_round_trip_of_what_is_not_finite(facility: Facility) -> None:
    import tango

    kind = CmdArgType.DevVarDoubleArray
    sent = to_tango(kind, ["NaN", "Infinity", "-Infinity"])
    echo = tango.DeviceProxy("sys/tg_test/1").command_inout("DevVarDoubleArray", sent)
    assert same(from_tango(kind, echo), [NAN, INF, -INF])


WRITTEN: list[tuple[str, str, Any, Any]] = [
    ("sys/tg_test/1", "boolean_spectrum", [True, False], [True, False]),
    ("sys/tg_test/1", "long_spectrum", [1, -2], [1, -2]),
    ("sys/tg_test/1", "double_spectrum", [1.5, -2], [1.5, -2.0]),
    ("sys/tg_test/1", "string_spectrum", ["a", "日本"], ["a", "日本"]),
    ("sys/tg_test/1", "uchar_image", [[0, 255], [1, 2]], [[0, 255], [1, 2]]),
    ("sys/tg_test/1", "string_image", [["a", LATIN], ["", "d"]], [["a", LATIN], ["", "d"]]),
    ("sys/tg_test/1", "string_scalar", LATIN, LATIN),
    ("test/one_of_each/1", "enum_scalar", "DARK_BLUE", "DARK_BLUE"),
    (
        "test/one_of_each/1",
        "encoded_scalar",
        {"format": "raw", "data": "AAH/"},
        DevEncoded("raw", b"\x00\x01\xff"),
    ),
]


@pytest.mark.parametrize(("name", "attribute", "value", "expected"), WRITTEN)
def test_round_trip_by_an_attribute(
    backend: TangoBackend, name: str, attribute: str, value: Any, expected: Any
) -> None:
    import tango

    proxy = tango.DeviceProxy(name)
    before = proxy.read_attribute(attribute).value
    reader = backend.get_attribute_proxy(backend.get_device_proxy(name), attribute)
    config = reader.get_config()
    depth = {"SCALAR": 0, "SPECTRUM": 1, "IMAGE": 2}[config.data_format.value]
    proxy.write_attribute(attribute, to_tango(config.data_type, value, depth, config.enum_labels))
    try:
        assert same(reader.read().value, expected)
    finally:
        proxy.write_attribute(attribute, before)


DOUBLE, FLOAT = sys.float_info.max, LARGEST
NAMES = ', "NaN", "Infinity" or "-Infinity"'

REFUSED: list[tuple[str, int, Any, str]] = [
    ("DevShort", 0, 2**15, "an integer from -32768 to 32767"),
    ("DevUChar", 0, -1, "an integer from 0 to 255"),
    ("DevLong", 0, True, "an integer from -2147483648 to 2147483647"),
    ("DevLong", 0, 1.0, "an integer from -2147483648 to 2147483647"),
    ("DevLong", 1, 1, "a list"),
    ("DevVarLongArray", 0, {}, "a list"),
    ("DevDouble", 0, "nan", f"a number from {-DOUBLE} to {DOUBLE}{NAMES}"),
    ("DevDouble", 0, None, f"a number from {-DOUBLE} to {DOUBLE}{NAMES}"),
    ("DevDouble", 0, 10**309, f"a number from {-DOUBLE} to {DOUBLE}{NAMES}"),
    ("DevFloat", 0, 1e39, f"a number from {-FLOAT} to {FLOAT}{NAMES}"),
    ("DevBoolean", 0, 1, "true or false"),
    ("DevString", 0, 1, "a string without NUL"),
    ("DevString", 0, "a\0b", "a string without NUL"),
    ("DevString", 0, "\ud800", "a string without NUL"),
    ("DevState", 0, "on", f"a state ({', '.join(DevState.__members__)})"),
    ("DevState", 0, [], f"a state ({', '.join(DevState.__members__)})"),
    ("DevEnum", 0, "PINK", "one of RED, GREEN"),
    ("DevEnum", 0, 1, "one of RED, GREEN"),
    ("DevEncoded", 0, "AA==", '{"format": .., "data": base64}'),
    ("DevEncoded", 0, {"format": "raw", "data": "?"}, '{"format": .., "data": base64}'),
    ("DevEncoded", 0, {"format": 1, "data": "AA=="}, '{"format": .., "data": base64}'),
    ("DevVarLongStringArray", 0, [], '{"lvalue": [..], "svalue": [..]}'),
    ("DevVarLongStringArray", 0, {"lvalue": []}, '{"lvalue": [..], "svalue": [..]}'),
    ("DevVoid", 0, 1, "null"),
    ("DevPipeBlob", 0, {}, "another data type, which PyTango can send"),
]


@pytest.mark.parametrize(("data_type", "depth", "value", "expected"), REFUSED)
def test_values_that_are_refused(data_type: str, depth: int, value: Any, expected: str) -> None:
    with pytest.raises(ValueError, match=r"^expected ") as caught:
        to_tango(CmdArgType(data_type), value, depth, ("RED", "GREEN"))
    assert str(caught.value) == f"expected {expected}, not {repr(value)[:100]}"


def test_every_data_type_is_in_the_table() -> None:
    assert {*TABLE, *ELEMENTS} == {*CmdArgType}
    assert {element for element, _ in ELEMENTS.values()} <= {*TABLE}


def test_a_number_of_an_enumeration() -> None:
    """A command's DevEnum has no labels."""
    assert to_tango(CmdArgType.DevEnum, 1) == 1
    with pytest.raises(ValueError, match="expected an integer from 0 to 32767, not 'RED'"):
        to_tango(CmdArgType.DevEnum, "RED")


@pytest.mark.parametrize("order", ["<f4", ">f4"])
@pytest.mark.parametrize("numbers", [[0.1, 1e-45], [0.1, 1e-45, NAN, -INF]])
def test_json_of_singles(numbers: list[float], order: str) -> None:
    """An array of DevFloat is written with few digits, be there what is not finite or not."""
    body = to_json(value(np.array(numbers, dtype=order)))
    assert body.startswith(b"[0.1,1e-45")
    doubles = [0.1, 1e-45, "NaN", "-Infinity"]
    assert json.loads(body) == doubles[: len(numbers)]
