"""Every data type from JSON to a real device, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from facility.alike import plain, same
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.values import from_tango, to_tango
from mtango_ref.dev_float import LARGEST
from mtango_ref.json_text import to_json
from mtango_ref.json_values import JSON, PLAIN, WrongValue, value
from mtango_ref.model import CmdArgType, DevEncoded, DevState
from mtango_ref.tango_types import ARRAYS, ELEMENTS, PAIRS
from patient_backend import patient_backend

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

NAN, INF = float("nan"), float("inf")
LATIN = "Größe 5 µm"


@pytest.fixture(scope="module")
def backend(facility: Facility) -> TangoBackend:
    return patient_backend()


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
def test_command_returns_what_was_sent(facility: Facility, data_type: str, value: Any) -> None:
    """TangoTest has an echo of each type, by its name."""
    import tango

    kind = CmdArgType(data_type)
    echo = tango.DeviceProxy("sys/tg_test/1").command_inout(data_type, to_tango(kind, value))
    assert plain(from_tango(kind, echo)) == value


def test_command_returns_bytes_that_were_sent(facility: Facility) -> None:
    import tango

    kind = CmdArgType.DevEncoded
    sent = to_tango(kind, {"format": "raw", "data": "AAH/"})
    echo = tango.DeviceProxy("test/one_of_each/1").command_inout("echo_encoded", sent)
    assert from_tango(kind, echo) == DevEncoded("raw", b"\x00\x01\xff")


@pytest.mark.parametrize("format_", ["raw", LATIN, "日本", "Ã¼"])
def test_format_of_bytes_is_sent_as_it_is(format_: str) -> None:
    """PyTango writes it as UTF-8, and reads it as Latin-1."""
    import tango

    data = tango.DeviceData()
    kind = CmdArgType.DevEncoded
    data.insert(tango.CmdArgType.DevEncoded, to_tango(kind, {"format": format_, "data": ""}))
    assert from_tango(kind, data.extract()) == DevEncoded(format_, b"")


def test_command_returns_numbers_that_are_not_finite(facility: Facility) -> None:
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
def test_attribute_reads_what_was_written(
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


LONG = "an integer in -2147483648..2147483647"
STATES = f"a state: {', '.join(DevState.__members__)}"

REFUSED: list[tuple[str, int, Any, str]] = [
    ("DevShort", 0, 2**15, "32768 is not valid; expected an integer in -32768..32767"),
    ("DevUChar", 0, -1, "-1 is not valid; expected an integer in 0..255"),
    ("DevLong", 0, True, f"true is not valid; expected {LONG}"),
    ("DevLong", 0, 1.0, f"1.0 is not valid; expected {LONG}"),
    ("DevLong", 1, 1, "1 is not valid; expected a list"),
    ("DevLong", 1, [1, "2"], f"element 1: '2' is not valid; expected {LONG}"),
    ("DevLong", 2, [[1], [1, "2"]], f"element 1: element 1: '2' is not valid; expected {LONG}"),
    ("DevVarLongArray", 0, {}, "{} is not valid; expected a list"),
    ("DevVarLongArray", 0, [0, None], f"element 1: null is not valid; expected {LONG}"),
    ("DevDouble", 0, "nan", "'nan' is not valid; expected a number"),
    ("DevDouble", 0, None, "null is not valid; expected a number"),
    (
        *("DevDouble", 0, 10**309),
        f"1{'0' * 56}.. is not valid; expected a number in -1.79769e+308..1.79769e+308",
    ),
    (
        *("DevFloat", 0, 1e39),
        "1e+39 is not valid; expected a number in -3.40282e+38..3.40282e+38",
    ),
    ("DevBoolean", 0, 1, "1 is not valid; expected true or false"),
    ("DevString", 0, 1, "1 is not valid; expected text"),
    (
        *("DevString", 0, "a\0b"),
        r"'a\x00b' is not valid; expected text without NUL and lone surrogates",
    ),
    (
        *("DevString", 0, "\ud800"),
        r"'\ud800' is not valid; expected text without NUL and lone surrogates",
    ),
    ("DevState", 0, "on", f"'on' is not valid; expected {STATES}"),
    ("DevState", 0, [], f"[] is not valid; expected {STATES}"),
    ("DevEnum", 0, "PINK", "'PINK' is not valid; expected a label: RED, GREEN"),
    ("DevEnum", 0, 1, "1 is not valid; expected a label: RED, GREEN"),
    ("DevEncoded", 0, "AA==", "'AA==' is not valid; expected {format: text, data: base64}"),
    (
        *("DevEncoded", 0, {"format": "raw", "data": "?"}),
        "{'format': 'raw', 'data': '?'} is not valid; expected {format: text, data: base64}",
    ),
    ("DevEncoded", 0, {"format": 1, "data": "AA=="}, "1 is not valid; expected text"),
    ("DevVarLongStringArray", 0, [], "[] is not valid; expected {lvalue: [..], svalue: [..]}"),
    (
        *("DevVarLongStringArray", 0, {"lvalue": [1.0], "svalue": []}),
        f"lvalue: element 0: 1.0 is not valid; expected {LONG}",
    ),
    (
        *("DevVarDoubleStringArray", 0, {"dvalue": [], "svalue": None}),
        "svalue: null is not valid; expected a list",
    ),
    ("DevVoid", 0, 1, "1 is not valid; expected nothing"),
    ("DevPipeBlob", 0, {}, "PyTango cannot send a DevPipeBlob"),
]


@pytest.mark.parametrize(("data_type", "depth", "value", "expected"), REFUSED)
def test_wrong_values_are_refused(data_type: str, depth: int, value: Any, expected: str) -> None:
    with pytest.raises(WrongValue) as caught:
        to_tango(CmdArgType(data_type), value, depth, ("RED", "GREEN"))
    assert str(caught.value) == expected


def test_a_value_nested_too_deep_is_refused() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(WrongValue) as caught:
        to_tango(CmdArgType.DevVarDoubleArray, nested)
    told = f"element 0: {'[' * 57}.. is not valid; expected a number"
    assert str(caught.value) == told


def test_every_data_type_is_in_a_table() -> None:
    assert {*JSON, *ARRAYS, *PAIRS} == {*PLAIN, *ARRAYS, *PAIRS} == {*CmdArgType}
    assert {*ARRAYS.values(), *(number for number, _ in PAIRS.values())} <= {*ELEMENTS} <= {*JSON}


def test_enumeration_of_a_command_is_a_number() -> None:
    """A command's DevEnum has no labels."""
    assert to_tango(CmdArgType.DevEnum, 1) == 1
    with pytest.raises(WrongValue, match="'RED' is not valid; expected an integer"):
        to_tango(CmdArgType.DevEnum, "RED")


@pytest.mark.parametrize("order", ["<f4", ">f4"])
@pytest.mark.parametrize("numbers", [[0.1, 1e-45], [0.1, 1e-45, NAN, -INF]])
def test_json_of_singles_has_few_digits(numbers: list[float], order: str) -> None:
    """An array of DevFloat is written with few digits, be there what is not finite or not."""
    body = to_json(value(np.array(numbers, dtype=order)))
    assert body.startswith(b"[0.1,1e-45")
    doubles = [0.1, 1e-45, "NaN", "-Infinity"]
    assert json.loads(body) == doubles[: len(numbers)]


@pytest.mark.parametrize(
    ("extracted", "texts"),
    [
        ((), []),
        (("a", ""), ["a", ""]),
        (("a", "Ã¶", "\xb5"), ["a", "ö", "µ"]),
    ],
)
def test_list_of_texts_is_decoded_each_by_itself(
    extracted: tuple[str, ...], texts: list[str]
) -> None:
    assert from_tango(CmdArgType.DevString, extracted, 1) == texts
    assert from_tango(CmdArgType.DevVarStringArray, extracted) == texts
    assert from_tango(CmdArgType.DevString, (extracted, extracted), 2) == [texts, texts]
