"""What several files say of one class or device."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from description_files import SHIPPED, all_told, attribute, imported, pogo, refused, served
from mtango_ref.fixture import yaml_document
from mtango_ref.tools.importer import checking


def simdd(attributes: dict[str, dict[str, Any]], **more: Any) -> str:
    constant = {"dataSimulationParameters": {"quantity_simulation_type": "ConstantQuantity"}}
    elements = [
        {"basicAttributeData": {"name": name, **constant, **each}}
        for name, each in attributes.items()
    ]
    return json.dumps({"dynamicAttributes": elements, **more})


def start(value: Any) -> dict[str, Any]:
    constant = {"quantity_simulation_type": "ConstantQuantity", "initial_value": value}
    return {"dataSimulationParameters": constant}


HOT = pogo(attribute("heat", properties='unit="K" maxAlarm="90"'))


@pytest.mark.parametrize("suffix", ["json", "xmi", "fgo", "txt", "yml"])
def test_the_content_tells_the_format(tmp_path: Path, suffix: str) -> None:
    description = simdd({"heat": {"data_type": "Double"}}, class_name="Furnace")
    expected = imported(tmp_path, simdd_json=description).fixture
    assert imported(tmp_path, **{f"other_{suffix}": description}).fixture == expected
    for name in ("Weather.xmi", "database2.fgo"):
        raw = (SHIPPED / name).read_bytes()
        one, other = imported(tmp_path, a_xmi=raw), imported(tmp_path, **{f"b_{suffix}": raw})
        assert one.fixture == other.fixture


def test_later_counts_and_it_is_told(tmp_path: Path) -> None:
    """A limit that is written otherwise but is the same is no conflict."""
    one = HOT
    checked = {"min_value": 0, "max_value": 200, "max_alarm": 90.0}
    two = simdd({"HEAT": {"unit": "°C", "attributeErrorChecking": checked}}, class_name="furnace")
    made = imported(tmp_path, one_xmi=one, two_json=two)
    heat = made.fixture["classes"]["Furnace"]["attributes"]["heat"]
    assert (heat["unit"], heat["max_alarm"], heat["max_value"]) == ("°C", "90.0", "200")
    assert all_told(tmp_path, made.conflicts) == [
        "two.json: class Furnace, attribute heat: unit '°C', not 'K' as in one.xmi"
    ]
    made = imported(tmp_path, two_json=two, one_xmi=one)
    assert made.fixture["classes"]["furnace"]["attributes"]["HEAT"]["unit"] == "K"
    assert all_told(tmp_path, made.conflicts) == [
        "one.xmi: class furnace, attribute HEAT: unit 'K', not '°C' as in two.json"
    ]


def test_class_of_a_simdd_that_names_none(tmp_path: Path) -> None:
    """That of the other file; of several, the one it is named after; else its own name's."""
    nameless = simdd({"heat": start("7")})
    both = pogo(attribute("heat"), "Pump").replace(
        "</pogoDsl:PogoSystem>", HOT[HOT.index("<classes") :]
    )
    for files, told in (
        ({"x_json": nameless, "a_xmi": HOT}, ["x.json: names no class; taken as Furnace's"]),
        (
            {"both_xmi": both, "furnace-SimDD_2_json": nameless},
            ["furnace-SimDD_2.json: names no class; taken as Furnace's"],
        ),
    ):
        made = imported(tmp_path, **files)
        attributes = made.fixture["classes"]["Furnace"]["attributes"]
        simulation = {"quantity_simulation_type": "ConstantQuantity", "start_value": 7}
        assert attributes["heat"]["simulation"] == simulation
        assert all_told(tmp_path, made.notes)[:1] == told
    made = imported(tmp_path, Oven_SimDD_json=simdd({"heat": {"data_type": "Double"}}))
    assert made.fixture["devices"] == {"test/Oven/1": {"class": "Oven"}}


@pytest.mark.parametrize(
    ("type_", "inner", "given", "kept"),
    [
        ("DoubleType", "", "2.5", 2.5),
        ("IntType", "", "3", 3),
        ("IntType", "", 3.0, 3),
        ("BooleanType", "", "True", True),
        ("BooleanType", "", 0, False),
        ("StringType", "", "3", "3"),
        ("StateType", "", "FAULT", "FAULT"),
        ("EnumType", "<enumLabels>A</enumLabels><enumLabels>B</enumLabels>", 1, "B"),
        ("EnumType", "<enumLabels>A</enumLabels><enumLabels>B</enumLabels>", "B", "B"),
    ],
)
def test_initial_value_by_the_type_of_another_file(
    tmp_path: Path, type_: str, inner: str, given: Any, kept: Any
) -> None:
    xmi = pogo(attribute("heat", type_, inner))
    made = imported(tmp_path, heat_json=simdd({"heat": start(given)}), heat_xmi=xmi)
    words = made.fixture["classes"]["Furnace"]["attributes"]["heat"]
    assert words["simulation"]["start_value"] == kept
    assert type(words["simulation"]["start_value"]) is type(kept)
    served(made.fixture)


def test_initial_value_that_does_not_fit(tmp_path: Path) -> None:
    xmi = pogo(attribute("heat", "IntType"))
    made = imported(tmp_path, heat_xmi=xmi, heat_json=simdd({"heat": start("warm")}))
    words = made.fixture["classes"]["Furnace"]["attributes"]
    assert words == {"heat": {"data_type": "DevLong"}}
    [told] = all_told(tmp_path, made.losses)
    assert told.startswith("heat.json: class Furnace, attributes.heat.simulation")
    assert "'warm' does not fit; expected an integer in -2147483648..2147483647" in told


def test_simdd_arrays_and_spectra(tmp_path: Path) -> None:
    shape = {"data_shape": {"max_dim_x": 5, "max_dim_y": 0}}
    made = imported(
        tmp_path,
        a_json=simdd({"a": {"data_type": "VarDoubleArray", **shape}}, class_name="A")[:-1]
        + ', "commands": [{"basicCommandData": {"name": "C", "input_parameters": {"dtype_in":'
        ' "Double", "doc_in": "", "dformat_in": "Spectrum"}, "output_parameters": {"dtype_out":'
        ' "Nothing", "doc_out": "", "dformat_out": "Scalar"}}}, {"basicCommandData": {"name": "D",'
        ' "input_parameters": {"dtype_in": "Double", "doc_in": "", "dformat_in": "Spectrum"},'
        ' "output_parameters": {"dtype_out": "Void", "doc_out": "", "dformat_out": "Scalar"}}}]}',
    )
    assert made.fixture["classes"]["A"] == {
        "attributes": {"a": {"data_type": "DevDouble", "data_format": "SPECTRUM", "max_dim_x": 5}},
        "commands": {"D": {"in_type": "DevVarDoubleArray"}},
    }
    assert all_told(tmp_path, made.losses) == [
        "a.json: class A, command C: tango-simlib's parser cannot read it: "
        "type object 'CmdArgType' has no attribute 'DevNothing'"
    ]


def export(name: str, **heat: Any) -> str:
    unset = {"extensions": "[]"}
    events = {"ch_event": {"rel_change": "Not specified"}, "per_event": {"period": "1000"}}
    config = {
        "name": "heat",
        "data_type": "DevDouble",
        "data_format": "SCALAR",
        "writable": "READ",
        "max_dim_x": 1,
        "max_dim_y": 0,
        "unit": "",
        "description": "",
        "quality": "ATTR_VALID",
        "polling": 0,
        "events": events,
        "alarms": unset,
        **heat,
    }
    device = {"name": name, "dev_class": "Furnace", "server": "Furnace/lab", "commands": {}}
    return json.dumps({**device, "attributes": {"heat": config}})


def test_devices_that_differ(tmp_path: Path) -> None:
    """What a device has otherwise than its class is its own; what it cannot have is told."""
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
        "three.fgo: device a/b/3, attribute heat: data_type; expected no other than its class has"
    ]


def test_export_beside_the_description(tmp_path: Path) -> None:
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
        "one.fgo: device a/b/1, attribute heat: value; a simulation takes its place"
    ]
    served(made.fixture)


def test_export_with_wrong_pieces(tmp_path: Path) -> None:
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
        "a.fgo: class Furnace, attributes cold: no file tells their data type; "
        "the .xmi of the class would",
        "a.fgo: class Furnace, attributes cold: which 1 device has, are in no description of the "
        "class; its .xmi would tell",
        "a.fgo: device a/b/1, attributes.heat.value: 'warm' does not fit; expected a number",
    ]


def test_two_files_with_the_same_device(tmp_path: Path) -> None:
    dump = {"servers": {"Furnace": {"1": {"Furnace": {"A/B/1": {"properties": {"p": ["1"]}}}}}}}
    made = imported(tmp_path, a_fgo=export("a/b/1", value=1.0), b_json=json.dumps(dump))
    assert list(made.fixture["devices"]) == ["a/b/1"]
    assert made.fixture["devices"]["a/b/1"]["properties"] == {"p": ["1"]}
    assert all_told(tmp_path, made.conflicts) == [
        "b.json: device a/b/1: server 'Furnace/1', not 'Furnace/lab' as in a.fgo"
    ]


def test_made_up_device_beside_one_of_that_name(tmp_path: Path) -> None:
    dump: dict[str, Any] = {"servers": {"Pump": {"1": {"Pump": {"TEST/furnace/1": {}}}}}}
    made = imported(tmp_path, a_xmi=HOT, b_json=json.dumps(dump))
    assert list(made.fixture["devices"]) == ["TEST/furnace/1", "test/Furnace/2"]
    served(made.fixture)


def test_nothing_that_could_be_served(tmp_path: Path) -> None:
    assert refused(tmp_path, a_json='{"servers": {}}') == (
        "Nothing of these files can be served: devices: no devices; expected at least one."
    )


def test_more_refusals_than_anybody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_REFUSALS", 2)
    xmi = pogo("".join(attribute(name, polledPeriod="1") for name in "abcd"))
    made = imported(tmp_path, a_xmi=xmi)
    assert list(made.fixture["classes"]["Furnace"]["attributes"]) == ["a", "b", "c", "d"]
    wrong = "polling_period: 1 does not fit; expected greater than or equal to 5"
    assert all_told(tmp_path, made.losses) == [
        f"a.xmi: class Furnace, attributes.a.{wrong}",
        f"a.xmi: class Furnace, attributes.b.{wrong}",
        "the fixture: 2 more parts of the fixture like these",
    ]


def test_more_than_a_fixture_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told as such, and not of one part after the other."""
    monkeypatch.setattr(yaml_document, "MAX_NODES", 10)
    assert refused(tmp_path, a_xmi=HOT) == (
        "The fixture of these files cannot be read: too large; expected at most 10 keys and values."
    )


def test_names_that_would_move_the_cursor(tmp_path: Path) -> None:
    name = "\x1b[2J\n" + "a" * 3000
    made = imported(tmp_path, a_json=simdd({name: {"data_type": "Double"}}, class_name="A"))
    [told] = all_told(tmp_path, made.losses)
    assert told.startswith(r"a.json: class A, attributes.\x1b[2J\naaaaaaaaaa")
    assert told.isprintable()
    assert len(told) < 2100
    made = imported(tmp_path, a_json='{"servers": {"\\u001b": 1}, "classes": {"A": {}}}')
    assert all_told(tmp_path, made.losses) == [
        "a.json: servers.\\x1b: 1; expected an object, as dsconfig writes it"
    ]


def test_code_is_not_run(tmp_path: Path) -> None:
    """tango-simlib would import what a SimDD names as an override."""
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", "utf-8")
    code = {"name": "Sim_x", "module_directory": str(tmp_path), "module_name": "evil"}
    override = {"override_class": {**code, "class_name": "Evil"}}
    text = simdd({"a": {"data_type": "Double"}}, class_name="A", class_overrides=[override])
    made = imported(tmp_path, a_json=text)
    assert not (tmp_path / "ran").exists()
    assert all_told(tmp_path, made.losses) == [
        "a.json: class A, class_overrides Sim_x: Evil of evil; code is not run"
    ]


def test_export_of_a_class(tmp_path: Path) -> None:
    """It names no device, and sometimes no class: the file's name is that."""
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
        "Furnace.fgo: names no class; taken as Furnace's",
        "Furnace.fgo: names no device; made one up: test/Furnace/1",
    ]
    assert all_told(tmp_path, made.losses) == [
        "Furnace.fgo: device test/Furnace/1, properties odd: {'a': 1}; "
        "expected a text, a number, or a list of them"
    ]


def test_exports_of_classes_beside_others(tmp_path: Path) -> None:
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
        'Pump.fgo: dev_class: "a\'b" is no name; expected no quote, backslash or control character'
    ]
    served(made.fixture)


def test_inherited_attribute_that_another_file_simulates(tmp_path: Path) -> None:
    child = pogo('<description><inheritances classname="Furnace"/></description>', "Child")
    made = imported(
        tmp_path, a_xmi=HOT, b_xmi=child, c_json=simdd({"heat": start("7")}, class_name="Child")
    )
    assert made.fixture["classes"]["Child"] == {
        "inherits": "Furnace",
        "attributes": {
            "heat": {
                "simulation": {"quantity_simulation_type": "ConstantQuantity", "start_value": 7}
            }
        },
    }
    served(made.fixture)
