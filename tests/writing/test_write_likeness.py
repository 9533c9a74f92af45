"""The effects of a write on both backends: alarms, polling, what is memorized, TangoTest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Rest, shared
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from rest_answers import D, P, error, failure
from tango_test_device import ATTRIBUTES, Row
from writing.conftest import Restartable
from writing.settable import DEVICE, path
from writing.test_write_refused import outer
from writing.values import put, read, written

if TYPE_CHECKING:
    from facility import Facility

STATE = f"{P}/devices/{DEVICE}/state"
RUN = f"{P}/devices/{DEVICE}/commands"


@pytest.mark.parametrize(
    ("text", "quality", "state", "said"),
    [
        ("7", "ATTR_ALARM", "ALARM", "Alarm : Value too high for limited"),
        ("5", "ATTR_ALARM", "ALARM", "Alarm : Value too high for limited"),
        ("3.5", "ATTR_WARNING", "ALARM", "Warning : Value too high for limited"),
        ("-10", "ATTR_ALARM", "ALARM", "Alarm : Value too low for limited"),
        ("-3", "ATTR_WARNING", "ALARM", "Warning : Value too low for limited"),
        ("1", "ATTR_VALID", "ON", ""),
    ],
)
def test_written_value_is_alarmed(
    strict: Rest, text: str, quality: str, state: str, said: str
) -> None:
    expected = written(strict, "limited", float(text), quality)
    assert put(strict, "limited", text).json == expected
    assert read(strict, "limited") == expected
    answer = strict.body(STATE)
    words = f"The device is in {state} state."
    assert (answer["state"], answer["status"]) == (state, f"{words}\n{said}" if said else words)
    put(strict, "limited", "0")


def test_one_element_alarms_a_spectrum(strict: Rest) -> None:
    assert put(strict, "limits", "1,5").json == written(strict, "limits", [1, 5], "ATTR_ALARM")
    assert put(strict, "limits", "").json == written(strict, "limits", [])


def test_quality_that_the_device_gives_stays(strict: Rest) -> None:
    expected = {**written(strict, "invalid", None), "quality": "ATTR_INVALID"}
    assert put(strict, "invalid", "5").json == expected
    assert put(strict, "changing", "5").json == written(strict, "changing", 5, "ATTR_CHANGING")


def test_value_that_cannot_be_read_back_is_a_failure(strict: Rest) -> None:
    said = error("Broken", "It is broken")
    assert put(strict, "broken", "5").json == failure(said, outer("broken"))


def test_polled_attribute_answers_with_what_was_written_and_then_with_what_was_polled(
    strict: Rest,
) -> None:
    """A client reads what was polled last; the answer to the write is read from the device."""
    # Chance decides when the next polling is; and a server that has just begun polls nothing yet.
    late, end, number = False, time.monotonic() + 20, 0
    while not late and time.monotonic() < end:
        number += 1
        answer = put(strict, "polled", str(number)).json
        assert answer == written(strict, "polled", float(number))
        late = read(strict, "polled")["value"] == number - 1
        deadline = time.monotonic() + 10
        while read(strict, "polled")["value"] != number and time.monotonic() < deadline:
            time.sleep(0.05)
        assert read(strict, "polled")["value"] == number
    assert late


MEMORIZED: list[tuple[str, str, Any, str]] = [
    ("kept_boolean", "true", True, "true"),
    ("kept_boolean", "0", False, "false"),
    ("kept_long64", str(2**62), 2**62, str(2**62)),
    ("kept_long64", "-7", -7, "-7"),
    ("kept_float", "0.1", 0.1, "0.100000001490116"),
    ("kept_float", "1e10", 1e10, "10000000000"),
    ("kept_double", "0.1", 0.1, "0.1"),
    ("kept_double", "1e22", 1e22, "1e+22"),
    ("kept_double", "-1e-7", -1e-7, "-1e-07"),
    ("kept_double", "123456.789", 123456.789, "123456.789"),
    ("kept_string", "a,b c", "a,b c", "a,b c"),
    ("kept_enum", "dark blue", "dark blue", "2"),
    ("kept_w", "8", 8, "8"),
    ("lost", "9", 9, "9"),
    ("lost_w", "10", 10, "10"),
]


@pytest.mark.parametrize(("name", "text", "value", "kept"), MEMORIZED)
def test_memorized_value_is_a_property(
    strict: Rest, name: str, text: str, value: Any, kept: str
) -> None:
    assert put(strict, name, text).json == written(strict, name, value)
    properties = strict.body(f"{P}{path(name)}/properties")
    assert properties == {"__value": [kept]}


def test_memorized_values_outlive_the_server(strict: Rest, restartable: Restartable) -> None:
    for name, text, value, _ in MEMORIZED:
        assert put(strict, name, text).json == written(strict, name, value)
    put(strict, "DevLong_scalar", "5")
    put(strict, "DevLong_scalar_w", "6")
    # Init restores what the device began with, but no set point, and writes what is memorized.
    assert strict.request("PUT", f"{RUN}/Init").status_code == 200
    final = {name: value for name, _, value, _ in MEMORIZED}
    expected = {**final, "lost": 0, "DevLong_scalar": 0}
    assert {name: read(strict, name)["value"] for name in expected} == expected
    assert read(strict, "DevLong_scalar_w")["value"] == 6
    restartable.restart()
    assert {name: read(strict, name)["value"] for name in expected} == expected
    assert read(strict, "DevLong_scalar_w")["value"] == 0


# TangoTest: these give what TangoTest makes of its own.
MOVING = {"double_scalar", "long64_scalar", "long_scalar", "short_scalar", "ulong64_scalar"}
MOVING |= {"ulong_scalar"}
ZERO = {"float_scalar", "uchar_scalar", "ushort_scalar"}
# TangoTest 9.3.4 ends when this one is written.
DEADLY = "long_image"
SAMPLES: dict[str, Any] = {"DevString": "a b", "DevBoolean": False, "DevUChar": 77}
SAMPLES |= {"DevState": "ON"}


def shaped(row: Row, one: Any) -> Any:
    return {"SCALAR": one, "SPECTRUM": [one] * 3, "IMAGE": [[one] * 2] * 3}[row.data_format]


@pytest.fixture(scope="module")
def written_to(backend: Backend, request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Yield a backend whose TangoTest is as at its start afterwards."""
    from mtango_ref.backends.fake.backend import FakeBackend

    if isinstance(backend, FakeBackend):
        yield backend
        backend.reset()
    else:
        facility: Facility = request.getfixturevalue("facility")
        yield backend
        facility.tango_test.restart()


@pytest.fixture
def tango_test(written_to: Backend) -> Rest:
    """Return the app with this backend; others may have asked it."""
    return shared(Settings(extensions=("writes",)), written_to)


@pytest.mark.parametrize(
    "row", [row for row in ATTRIBUTES if row.name != DEADLY], ids=lambda row: row.name
)
def test_tango_test_is_written(tango_test: Rest, row: Row) -> None:
    asked = f"{D}/attributes/{row.name}/value"
    value = shaped(row, SAMPLES.get(row.data_type, 777))
    answer = tango_test.request("PUT", asked, json=value).json
    if row.writable not in ("WRITE", "READ_WRITE"):
        said = f"Failed to write_read_attribute on device sys/tg_test/1, attribute {row.name}"
        refused = error("API_AttrNotWritable", f"Attribute {row.name} is not writable")
        assert answer == failure(refused, error("API_AttributeFailed", said))
        return
    if row.name in MOVING:
        assert abs(answer["value"]) <= 256
        value = answer["value"]
    elif row.name in ZERO:
        value = 0
    assert answer == written(tango_test, row.name, value)
    if row.name not in MOVING:
        assert tango_test.body(asked)["value"] == value


def test_set_points_outlive_init(tango_test: Rest) -> None:
    values = {"double_scalar_w": 4.5, "boolean_scalar": False, "string_scalar": "written"}
    for name, value in values.items():
        tango_test.request("PUT", f"{D}/attributes/{name}/value", json=value)
    tango_test.request("PUT", f"{D}/commands/Init")
    after = {name: tango_test.body(f"{D}/attributes/{name}/value")["value"] for name in values}
    first = {"boolean_scalar": True, "string_scalar": "Default string"}
    assert after == {"double_scalar_w": 4.5, **first}
