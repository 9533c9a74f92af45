"""fandango's exports of devices and classes, alone and beside a description."""

from __future__ import annotations

import json
from pathlib import Path

from furnace_files import HOT, export, simdd, start

from description_files import all_told, imported, served


def test_devices_of_a_class_may_differ(tmp_path: Path) -> None:
    """A difference from the class is the device's own; what it cannot have is reported."""
    one = export("a/b/1", unit="K", value=1.5, polling=3000)
    two = export("a/b/2", unit="°C", value=2, label="Heat", quality="ATTR_ALARM")
    three = export("a/b/3", unit="K", data_type="DevLong", value=3)
    made = imported(tmp_path, one_fgo=one, two_fgo=two, three_fgo=three)
    device = {"class": "Furnace", "server": "Furnace/lab"}
    assert made.fixture == {
        "classes": {"Furnace": {"attributes": {"heat": {"data_type": "DevDouble", "unit": "K"}}}},
        "devices": {
            "a/b/1": {**device, "attributes": {"heat": {"value": 1.5, "polling_period": 3000}}},
            "a/b/2": {
                **device,
                "attributes": {
                    "heat": {"unit": "°C", "label": "Heat", "value": 2, "quality": "ATTR_ALARM"}
                },
            },
            "a/b/3": {**device, "attributes": {"heat": {"value": 3}}},
        },
    }
    served(made.fixture)
    assert made.conflicts == []
    assert all_told(tmp_path, made.losses) == [
        "three.fgo: device a/b/3, attribute heat: data_type; expected only those of its class"
    ]


def test_export_overrides_the_description(tmp_path: Path) -> None:
    """The device is as it was exported, also where it has Tango's default and its class not;
    what SimDD simulates moves."""
    device = export("a/b/1", unit="", max_alarm="Not specified", value=20.5)
    made = imported(tmp_path, a_xmi=HOT, one_fgo=device)
    assert made.fixture["devices"]["a/b/1"]["attributes"] == {
        "heat": {"max_alarm": "Not specified", "value": 20.5}
    }
    made = imported(tmp_path, a_json=simdd({"heat": start(7)}), a_xmi=HOT, one_fgo=device)
    assert made.fixture["devices"]["a/b/1"]["attributes"] == {
        "heat": {"max_alarm": "Not specified"}
    }
    assert all_told(tmp_path, made.losses) == [
        "one.fgo: device a/b/1, attribute heat: value; a simulation replaces it"
    ]
    served(made.fixture)


def test_wrong_pieces_of_an_export_are_left_out(tmp_path: Path) -> None:
    broken = json.loads(export("a/b/1", value="warm"))
    broken["attributes"]["cold"] = {"name": "cold", "writable": "READ"}
    broken["attributes"]["odd"] = {**broken["attributes"]["heat"], "data_type": "DevOdd"}
    broken["attributes"]["State"] = {
        **broken["attributes"]["heat"],
        "name": "State",
        "data_type": "DevState",
        "value": 8,
    }
    broken["commands"]["C"] = {"in_type": "DevOdd", "out_type": "DevVoid"}
    made = imported(tmp_path, a_fgo=json.dumps(broken))
    device = {"class": "Furnace", "server": "Furnace/lab", "state": "FAULT"}
    assert made.fixture == {
        "classes": {"Furnace": {"attributes": {"heat": {"data_type": "DevDouble"}}}},
        "devices": {"a/b/1": device},
    }
    parser = "tango-simlib's parser cannot read it: type object 'CmdArgType' has no attribute"
    assert all_told(tmp_path, made.losses) == [
        f"a.fgo: device a/b/1, attribute odd: {parser} 'DevOdd'",
        f"a.fgo: device a/b/1, command C: {parser} 'DevOdd'",
        "a.fgo: class Furnace, attributes cold: no file gives their data type; "
        "add the .xmi of the class",
        "a.fgo: class Furnace, attributes cold: which 1 device has, are in no description of the "
        "class; add its .xmi",
        "a.fgo: device a/b/1, attributes.heat.value: 'warm' is not valid; expected a number",
    ]


def test_export_of_a_class_is_named_after_its_file(tmp_path: Path) -> None:
    """The export names no device, and sometimes no class: the file's name is that."""
    exported = json.loads(export("", unit="K", value=1.5, events={}))
    del exported["name"], exported["dev_class"], exported["server"]
    exported["properties"] = {"Zones": ["1", 2], "odd": {"a": 1}}
    exported["class_properties"] = {"Site": "here"}
    state = {"data_type": "DevState", "unit": "", "value": 8}
    exported["attributes"]["State"] = {**exported["attributes"]["heat"], **state}
    text = json.dumps(exported)
    made = imported(tmp_path, Furnace_fgo=text)
    assert made.fixture == {
        "classes": {
            "Furnace": {
                "properties": {"Site": ["here"]},
                "attributes": {"heat": {"data_type": "DevDouble", "unit": "K"}},
            }
        },
        "devices": {
            "test/Furnace/1": {
                "class": "Furnace",
                "properties": {"Zones": ["1", "2"]},
                "attributes": {"heat": {"value": 1.5}},
                "state": "FAULT",
            }
        },
    }
    served(made.fixture)
    assert all_told(tmp_path, made.notes) == [
        "Furnace.fgo: names no class; taken to describe Furnace",
        "Furnace.fgo: names no device; added test/Furnace/1",
    ]
    assert all_told(tmp_path, made.losses) == [
        "Furnace.fgo: device test/Furnace/1, properties odd: {'a': 1}; "
        "expected a string, a number, or a list of them"
    ]


def test_exports_of_classes_keep_their_names(tmp_path: Path) -> None:
    """The file's name counts, though another file describes one class; of two of one class each
    has its device, and what cannot be a name is none."""
    nameless = json.dumps({**json.loads(export("")), "dev_class": "a'b"})
    of_class = json.dumps({"dev_class": "Furnace", "attributes": {}})
    made = imported(tmp_path, a_xmi=HOT, Pump_fgo=nameless, b_fgo=of_class, c_fgo=of_class)
    assert {name: each["class"] for name, each in made.fixture["devices"].items()} == {
        "test/Pump/1": "Pump",
        "test/Furnace/1": "Furnace",
        "test/Furnace/2": "Furnace",
    }
    assert all_told(tmp_path, made.losses) == [
        'Pump.fgo: dev_class: "a\'b" is not a valid name; expected no quote, backslash or control'
        " character"
    ]
    served(made.fixture)
