"""The recorder's words for what it has read: it needs no facility."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from mtango_ref.fixture.writing import as_yaml
from mtango_ref.fixture.yaml_document import Document
from mtango_ref.model import (
    AttributeInfoEx,
    CmdArgType,
    CommandInfo,
    DevError,
    DevicePipe,
    ErrSeverity,
    PipeBlob,
    PipeElement,
)
from mtango_ref.tools.recorder.device_classes import classes_of, devices_of
from mtango_ref.tools.recorder.model_to_fixture import (
    attribute_words,
    command_words,
    compact,
    different,
    pipe_words,
    raises_words,
    shortened,
    written,
)
from mtango_ref.tools.recorder.recording import Recording


def an_error(reason: str, severity: ErrSeverity = ErrSeverity.ERR) -> DevError:
    return DevError(reason, f"of {reason}", severity, "here")


@pytest.mark.parametrize("last", ["API_AttributeFailed", "API_PipeFailed"])
def test_errors_are_recorded_without_the_client_s(last: str) -> None:
    """The last is the client's, if it is not the only one."""
    server = [an_error("A", ErrSeverity.WARN), an_error("B")]
    expected = {
        "reason": "A",
        "description": "of A",
        "origin": "here",
        "severity": "WARN",
        "outer": [{"reason": "B", "description": "of B", "origin": "here"}],
    }
    assert raises_words([*server, an_error(last)]) == raises_words(server) == expected
    alone = {"reason": last, "description": f"of {last}", "origin": "here"}
    assert raises_words([an_error(last)]) == alone


def test_inner_blobs_keep_a_name_of_their_own() -> None:
    """Their names are recorded if they differ from the element's."""
    blobs = [
        PipeElement(element, CmdArgType.DevPipeBlob, PipeBlob(blob, ()))
        for element, blob in (("a", "a"), ("b", "other"))
    ]
    assert pipe_words(DevicePipe("p", PipeBlob("outer", tuple(blobs)), 0.0)) == {
        "blob": "outer",
        "data": [
            {"name": "a", "type": "DevPipeBlob", "data": []},
            {"name": "b", "type": "DevPipeBlob", "blob": "other", "data": []},
        ],
    }


@pytest.mark.parametrize(
    ("value", "largest", "expected"),
    [
        ([1, 2, 3], 3, [1, 2, 3]),
        ([1, 2, 3], 2, {"fill": 1, "dim_x": 3}),
        ([[1, 2, 3], [4, 5, 6]], 5, {"fill": 1, "dim_x": 3, "dim_y": 2}),
        ({"fill": 1, "dim_x": 3}, 2, {"fill": 1, "dim_x": 3}),
        ("abc", 2, "abc"),
    ],
)
def test_shortened_repeats_the_first_element(value: Any, largest: int, expected: Any) -> None:
    words = {"value": value}
    assert shortened(words, largest) == (value != expected)
    assert words == {"value": expected}
    assert not shortened({}, 0)


def test_arrays_are_recorded_with_the_fewest_digits() -> None:
    assert written(np.array([[1.5], [2.0]])) == [[1.5], [2.0]]
    assert written(np.array([0.1, 1e-45], dtype=">f4")) == [0.1, 1e-45]


@pytest.mark.parametrize("zero", ["-0.0", "0.0"])
def test_zeros_keep_their_sign(zero: str) -> None:
    """-0.0 is another value than the default, and than the other elements of an array."""
    number = float(zero)
    base = {"alone": 0.0, "array": [0.0], "image": [[0.0]], "blob": [{"value": 0.0}]}
    words = {"alone": number, "array": [number], "image": [[number]], "blob": [{"value": number}]}
    left = different(words, base)
    assert repr(left) == repr(words if zero == "-0.0" else {})
    row = [0.0] * 7
    assert repr(compact([*row, number])) == repr(
        [*row, number] if zero == "-0.0" else {"fill": 0.0, "dim_x": 8}
    )
    assert repr(Document(as_yaml(words)).data) == repr(words)


def test_not_a_number_is_the_same() -> None:
    nan = [float("nan") for _ in range(8)]
    assert different({"x": nan}, {"x": [float("nan")] * 8}) == {}
    assert repr(compact(nan)) == repr({"fill": float("nan"), "dim_x": 8})


def recording(
    name: str, attributes: dict[str, int], commands: Sequence[str] = (), runs: bool = True
) -> Recording:
    """Make a device of class A: attributes by their values, commands that give a DevLong."""
    if not runs:
        return Recording(name, {"class": "A", "exported": False})
    parts = {
        "attributes": {
            key: {
                **attribute_words(AttributeInfoEx(key, CmdArgType.DevLong, label=key, format="%d")),
                "value": value,
                "polling_period": None,
                "properties": {},
            }
            for key, value in attributes.items()
        },
        "commands": {
            key: {
                **command_words(CommandInfo(key, out_type=CmdArgType.DevLong)),
                "polling_period": 9,
            }
            for key in commands
        },
        "pipes": {},
    }
    return Recording(name, {"class": "A"}, True, parts)


def shared(*recordings: Recording) -> tuple[Any, Any]:
    """Return the class, and the devices without what all of them have."""
    classes = classes_of(recordings, lambda name: {f"of {name}": ["1"]})
    devices = devices_of(recordings)
    assert {each.pop("class") for each in devices.values()} == {"A"}
    assert classes["A"].pop("properties") == {"of A": ["1"]}
    return classes["A"], devices


LONG = {"data_type": "DevLong"}


def test_class_has_what_its_devices_share() -> None:
    """Attributes up to the first difference: what comes after it keeps its order that way."""
    of_class, devices = shared(
        recording("first", {"a": 1, "b": 2, "x": 3, "c": 4}),
        recording("second", {"a": 1, "b": 5, "y": 3, "c": 4}),
        recording("dead", {}, runs=False),
    )
    assert of_class == {"attributes": {"a": {**LONG, "value": 1}, "b": {**LONG, "value": 2}}}
    assert devices == {
        "first": {"attributes": {"x": {**LONG, "value": 3}, "c": {**LONG, "value": 4}}},
        "second": {
            "attributes": {
                "b": {"value": 5},
                "y": {**LONG, "value": 3},
                "c": {**LONG, "value": 4},
            }
        },
        "dead": {"exported": False},
    }


def test_commands_out_of_order_are_the_devices_own() -> None:
    """Tango sorts those of a class; the polling is the device's anyway."""
    of_class, devices = shared(recording("only", {}, ["Beep", "Zap", "Alone"]))
    a_long = {"out_type": "DevLong"}
    assert of_class == {"commands": {"Beep": a_long, "Zap": a_long}}
    assert devices["only"]["commands"] == {
        "Beep": {"polling_period": 9},
        "Zap": {"polling_period": 9},
        "Alone": {"in_type": "DevVoid", **a_long, "polling_period": 9},
    }


def test_class_without_a_running_device_is_empty() -> None:
    of_class, devices = shared(recording("dead", {}, runs=False))
    assert (of_class, devices) == ({}, {"dead": {"exported": False}})
