"""Configurations of attributes, changed on both backends in both modes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conftest import Rest
from mtango_ref.interface import Backend
from rest_answers import DEAD, UNKNOWN, D, error, failure, http_failure, info_of, reason_of

ATTRIBUTES = {
    "d": "double_scalar",
    "l": "long_scalar",
    "s": "string_scalar",
    "b": "boolean_scalar",
    "u": "uchar_scalar",
    "r": "double_spectrum_ro",
    "state": "State",
}
N = "Not specified"
OPTION, RANGE = "API_AttrOptProp", "API_IncoherentValues"
ODD = 'it\'s "é";\n--'
Info = dict[str, Any]


def path(attribute: str) -> str:
    return f"{D}/attributes/{ATTRIBUTES.get(attribute, attribute)}/info"


def put(rest: Rest, attribute: str, info: Any) -> Any:
    result = rest.request("PUT", path(attribute), json=info)
    assert result.status_code == 200
    return result.json


@pytest.fixture(scope="module")
def found(backend: Backend) -> list[object]:
    """Return the configurations before the tests."""
    return configurations(backend)


def configurations(backend: Backend) -> list[object]:
    """Return of each attribute the configuration, and what the database keeps of it."""
    names, database = [*ATTRIBUTES.values()], backend.database
    kept = (database.get_device_attribute_property("sys/tg_test/1", name) for name in names)
    read = backend.get_device_proxy("sys/tg_test/1").get_attribute_config(names)
    return [*zip(read, kept, strict=True)]


@pytest.fixture(autouse=True)
def _unchanged(backend: Backend, found: list[object]) -> Iterator[None]:
    """Leave the configurations as they were."""
    yield
    after = configurations(backend)
    alarms = ("min_alarm", "max_alarm", "min_warning", "max_warning", "delta_t", "delta_val")
    events = ("ch_event.rel_change", "ch_event.abs_change", "per_event.period")
    places = ["description", "label", "unit", "standard_unit", "display_unit", "format"]
    places += ["min_value", "max_value", *(f"alarms.{each}" for each in alarms)]
    places += [f"events.{each}" for each in events]
    places += [f"events.arch_event.archive_{each.rpartition('.')[2]}" for each in events]
    if after != found:
        device = backend.get_device_proxy("sys/tg_test/1")
        for name, now, before in zip(ATTRIBUTES.values(), after, found, strict=True):
            if now != before:
                device.set_attribute_config(name, dict.fromkeys(places, ""))
        assert configurations(backend) == found


def nested(place: str, value: Any) -> Info:
    """Make {a: {b: value}} of a.b."""
    for key in reversed(place.split(".")):
        value = {key: value}
    return value  # type: ignore[no-any-return]  # JSON is Any


def element(info: Info, place: str) -> Any:
    found: Any = info
    for key in place.split("."):
        found = found[key]
    return found


# attribute, place, what is given, what it is then, and what the database keeps of it
CHANGES: list[tuple[str, str, Any, str, dict[str, list[str]]]] = [
    ("d", "label", "a b", "a b", {"label": ["a b"]}),
    ("d", "label", "", "double_scalar", {}),
    ("d", "label", "NaN", "double_scalar", {}),
    ("d", "unit", "mm", "mm", {"unit": ["mm"]}),
    ("d", "unit", "No unit", "No unit", {"unit": ["No unit"]}),
    ("d", "standard_unit", "10", "10", {"standard_unit": ["10"]}),
    ("d", "display_unit", "No display unit", "No display unit", {}),
    ("d", "format", "%5.1f", "%5.1f", {"format": ["%5.1f"]}),
    ("l", "format", "%d", "%d", {}),
    ("d", "description", 'it\'s "é";\n--', 'it\'s "é";\n--', {"description": ['it\'s "é";\n--']}),
    ("d", "min_value", "-5.50", "-5.50", {"min_value": ["-5.50"]}),
    ("d", "min_value", -5.5, "-5.5", {"min_value": ["-5.5"]}),
    ("d", "max_value", " 3", " 3", {"max_value": [" 3"]}),
    ("d", "max_value", "nan", N, {}),
    ("l", "max_value", "1e2", "100", {"max_value": ["100"]}),
    ("l", "max_value", "5.5", "5", {"max_value": ["5"]}),
    ("u", "max_value", 255, "255", {"max_value": ["255"]}),
    ("r", "min_alarm", "1", "1", {"min_alarm": ["1"]}),
    ("l", "max_alarm", "10", "10", {"max_alarm": ["10"]}),
    ("l", "alarms.max_alarm", "10", "10", {"max_alarm": ["10"]}),
    ("l", "alarms.max_warning", "9", "9", {"max_warning": ["9"]}),
    ("l", "alarms.delta_val", "2", "2", {}),
    ("d", "alarms.delta_t", "5.5", "5", {}),
    ("d", "events.ch_event.rel_change", "5", "5", {"rel_change": ["-5", "5"]}),
    ("d", "events.ch_event.rel_change", "-1,2", "1,2", {"rel_change": ["-1", "2"]}),
    ("d", "events.ch_event.abs_change", "1e-3", "0.001", {"abs_change": ["-0.001", "0.001"]}),
    ("d", "events.ch_event.abs_change", "0", N, {}),
    ("s", "events.ch_event.abs_change", "1", N, {}),
    ("d", "events.per_event.period", "500.7", "500", {"event_period": ["500"]}),
    ("s", "events.per_event.period", 50, "50", {"event_period": ["50"]}),
    ("d", "events.per_event.period", "", "1000", {}),
    ("d", "events.arch_event.rel_change", "5", "5", {"archive_rel_change": ["-5", "5"]}),
    ("d", "events.arch_event.abs_change", "6", "6", {"archive_abs_change": ["-6", "6"]}),
    ("d", "events.arch_event.period", "300", "300", {"archive_period": ["300"]}),
    ("b", "alarms.max_warning", "1", N, {}),
    ("s", "alarms.min_warning", "1", N, {}),
    ("b", "description", "", "A boolean scalar attribute", {}),
    ("state", "label", "other", "State", {}),
    ("state", "min_value", "1", N, {}),
    ("state", "events.per_event.period", "50", "50", {"event_period": ["50"]}),
]


@pytest.mark.parametrize(("attribute", "place", "given", "then", "kept"), CHANGES)
def test_only_what_is_given_changes(
    writing: Rest, attribute: str, place: str, given: Any, then: str, kept: dict[str, list[str]]
) -> None:
    before = writing.body(path(attribute))
    others = writing.body(f"{D}/attributes/info", "attr=float_scalar&attr=ushort_scalar")
    after = put(writing, attribute, nested(place, given))
    assert element(after, place) == then
    if place in ("min_alarm", "max_alarm", "alarms.min_alarm", "alarms.max_alarm"):
        limit = place.rpartition(".")[2]
        assert (after[limit], after["alarms"][limit]) == (then, then)
        before[limit] = before["alarms"][limit] = then
    else:
        key = place.rpartition(".")[2]
        (element(before, place.rpartition(".")[0]) if "." in place else before)[key] = then
    before = info_of(writing.settings.rc3_mode, before)
    assert after == before
    assert writing.body(path(attribute)) == before
    assert writing.body(f"{D}/attributes/info", "attr=float_scalar&attr=ushort_scalar") == others
    name = ATTRIBUTES[attribute]
    properties = writing.body(f"{D}/attributes/{name}/properties")
    if writing.settings.rc3_mode == "strict":
        own = {"my_attribute_property": ["hello"]} if name == "double_scalar" else {}
        assert properties == dict(sorted({**own, **kept}.items()))


def test_delta_t_and_delta_val_are_kept_together(writing: Rest) -> None:
    put(writing, "d", {"alarms": {"delta_t": "5", "delta_val": "1"}})
    folder = f"{D}/attributes/double_scalar/properties"
    assert writing.body(f"{folder}/delta_t") == {"delta_t": ["5"]}
    assert writing.body(f"{folder}/delta_val") == {"delta_val": ["1"]}
    put(writing, "d", {"alarms": {"delta_val": N}})
    assert writing.body(path("d"))["alarms"]["delta_val"] == N


def test_whole_info_with_a_change_at_one_of_two_places_is_written(writing: Rest) -> None:
    """Clients read it all, change an element, and write it all."""
    for change in ({"max_alarm": "77"}, {"alarms": {"max_alarm": "78"}}):
        info = writing.body(path("d"))
        whole = {**info, **change}
        if "alarms" in change:
            whole["alarms"] = {**info["alarms"], **change["alarms"]}  # type: ignore[dict-item]  # a nested mapping
        after = put(writing, "d", whole)
        then = change.get("max_alarm") or "78"
        assert after["max_alarm"] == after["alarms"]["max_alarm"] == then


def test_info_as_it_is_changes_nothing(writing: Rest) -> None:
    info = writing.body(path("d"))
    assert put(writing, "d", info) == info
    assert put(writing, "d", {}) == info
    assert put(writing, "DOUBLE_scalar", {"name": "double_scalar"}) == info


def outer(attribute: str, sentence: str) -> str:
    return f"Device sys/tg_test/1-> Attribute : {ATTRIBUTES[attribute]}\n{sentence}"


def own(attribute: str, sentence: str) -> str:
    return f"Configuration of {ATTRIBUTES[attribute]}: {sentence}"


FORMAT = "The property {} is defined in an unsupported format"
SETTABLE = "The property {} is not settable for the attribute data type"
LARGER = "is greater than or equal to"
# attribute, info, reason and description
REFUSED: list[tuple[str, Any, str, str]] = [
    # What Tango refuses, in its words.
    ("d", {"min_value": "1", "max_value": "1"}, RANGE, "min_value {} max_value"),
    ("d", {"min_value": "5", "max_value": "1"}, RANGE, "min_value {} max_value"),
    ("l", {"alarms": {"min_alarm": "2", "max_alarm": "1"}}, RANGE, "min_alarm {} max_alarm"),
    (
        "l",
        {"alarms": {"min_warning": "2", "max_warning": "1"}},
        RANGE,
        "min_warning {} max_warning",
    ),
    ("d", {"min_value": "abc"}, OPTION, FORMAT.format("min_value")),
    ("d", {"label": "x", "min_value": "3x"}, OPTION, FORMAT.format("min_value")),
    ("l", {"max_alarm": "0x10"}, OPTION, FORMAT.format("max_alarm")),
    ("d", {"min_value": "inf"}, OPTION, FORMAT.format("min_value")),
    ("d", {"alarms": {"delta_t": "x"}}, OPTION, FORMAT.format("delta_t")),
    ("d", {"events": {"ch_event": {"rel_change": "1,2,3"}}}, OPTION, FORMAT.format("rel_change")),
    ("d", {"events": {"per_event": {"period": "x"}}}, OPTION, FORMAT.format("event_period")),
    ("d", {"events": {"arch_event": {"period": "x"}}}, OPTION, FORMAT.format("archive_period")),
    ("s", {"min_value": "1"}, OPTION, SETTABLE.format("min_value")),
    ("b", {"max_alarm": "1"}, OPTION, SETTABLE.format("max_alarm")),
]


@pytest.mark.parametrize(("attribute", "info", "reason", "sentence"), REFUSED)
def test_what_tango_refuses_changes_nothing(
    writing: Rest, attribute: str, info: Any, reason: str, sentence: str
) -> None:
    before = writing.body(path(attribute))
    sentence = f"Value of {sentence}".format(LARGER) if "{}" in sentence else sentence
    expected = failure(error(reason, outer(attribute, sentence)), ticks=writing.ticks)
    assert put(writing, attribute, info) == expected
    assert writing.body(path(attribute)) == before


# What the gateway itself refuses.
OURS: list[tuple[str, Any, str, str]] = [
    ("d", {"nope": 1, "alarms": {"x": "1"}}, OPTION, "it has no nope, alarms.x"),
    ("d", {"alarms": 1}, OPTION, "it has no alarms"),
    ("d", {"label": {"x": "y"}}, OPTION, "it has no label.x"),
    (
        "d",
        {"max_dim_x": 5, "label": "x", "writable": "READ", "alarms": {"extensions": ["x"]}},
        "API_AttrNotAllowed",
        "max_dim_x, writable, alarms.extensions cannot be changed at run time",
    ),
    ("d", {"name": "other"}, "API_AttrNotAllowed", "name cannot be changed at run time"),
    (
        "d",
        {"max_alarm": "5", "alarms": {"max_alarm": "6"}},
        RANGE,
        "alarms.max_alarm is given as '6', and elsewhere as '5'",
    ),
    ("d", {"label": None}, OPTION, "label is null; text without NUL is expected"),
    *(
        ("d", {key: 5}, OPTION, f"{key} is 5; text without NUL is expected")
        for key in ("description", "label", "unit", "format")
    ),
    ("d", {"label": {}}, OPTION, "label is {}; text without NUL is expected"),
    (
        "d",
        {"nope": {}, "alarms": {}, "events": {"nope": {}}},
        OPTION,
        "it has no nope, events.nope",
    ),
    (
        "d",
        {"nope": 1, "name": "x"},
        OPTION,
        "it has no nope; name cannot be changed at run time",
    ),
    (
        "d",
        {"enum_label": {}},
        OPTION,
        "enum_label is {}; a list of texts without commas and NUL is expected",
    ),
    ("d", {"label": "a\0b"}, OPTION, "label is 'a\\x00b'; text without NUL is expected"),
    ("d", {"min_value": True}, OPTION, "min_value is true; text without NUL is expected"),
    # Tango would cut these to their type: to 44, -2147483648 and so on.
    ("u", {"max_value": "300"}, OPTION, "max_value is 300; a number in 0..255 is expected"),
    ("u", {"max_alarm": -1}, OPTION, "max_alarm is -1; a number in 0..255 is expected"),
    (
        "l",
        {"alarms": {"min_warning": "99999999999"}},
        OPTION,
        "alarms.min_warning is 99999999999; a number in -2147483648..2147483647 is expected",
    ),
    *(
        (
            "l",
            {"alarms": {key: "1e39"}},
            OPTION,
            f"alarms.{key} is 1e39; a number in -2147483648..2147483647 is expected",
        )
        for key in ("delta_val", "delta_t")
    ),
    (
        "d",
        {"events": {"per_event": {"period": "1e10"}}},
        OPTION,
        "events.per_event.period is 1e10; a number in -2147483648..2147483647 is expected",
    ),
]


@pytest.mark.parametrize(("attribute", "info", "reason", "sentence"), OURS)
def test_what_cannot_be_changed_is_named(
    writing: Rest, attribute: str, info: Any, reason: str, sentence: str
) -> None:
    before = writing.body(path(attribute))
    expected = failure(error(reason, own(attribute, sentence)), ticks=writing.ticks)
    assert put(writing, attribute, info) == expected
    assert writing.body(path(attribute)) == before


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"", 400, "There is no body; what is to be changed of the info is expected."),
        (b"[]", 400, "The body is []; an object, as GET gives it, is expected."),
        (b"{", 400, None),
        (b"\xef\xbb\xbf{}", 400, None),
    ],
)
def test_body_that_is_no_info_is_refused(
    writing: Rest, body: bytes, status: int, sentence: str | None
) -> None:
    headers = {"content-type": "application/json"}
    result = writing.request("PUT", path("d"), body=body, headers=headers)
    description = sentence or result.json["errors"][0]["description"]
    expected = http_failure(status, "BAD_REQUEST", description, writing.ticks)
    assert (result.status_code, result.json) == (status, expected)


def test_attribute_that_is_not_there_is_a_failure(writing: Rest) -> None:
    expected = failure(error("API_AttrNotFound", "nope attribute not found"), ticks=writing.ticks)
    assert put(writing, "nope", {"label": "x"}) == expected
    for device, reason in ((UNKNOWN, "DB_DeviceNotDefined"), (DEAD, "API_ReadOnlyMode")):
        result = writing.request("PUT", f"{device}/attributes/any/info", json={"label": "x"})
        assert result.json["errors"][0]["reason"] == reason


def test_changed_limits_hold_at_once(writing: Rest) -> None:
    """The next reading is judged by them, and what is written."""
    value = f"{D}/attributes/long_scalar/value"
    put(writing, "l", {"alarms": {"max_alarm": "-2147483648"}})
    assert writing.body(value)["quality"] == "ATTR_ALARM"
    put(writing, "l", {"alarms": {"max_alarm": N, "max_warning": "-2147483648"}})
    assert writing.body(value)["quality"] == "ATTR_WARNING"
    put(writing, "l", {"alarms": {"max_warning": N}, "max_value": "10"})
    assert writing.body(value)["quality"] == "ATTR_VALID"
    result = writing.request("PUT", value, query_string="v=11")
    assert reason_of(result.json) == "API_WAttrOutsideLimit"
