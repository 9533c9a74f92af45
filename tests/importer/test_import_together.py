"""Several files about one class or device."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from furnace_files import HOT, export, simdd, start

from description_files import SHIPPED, all_told, attribute, imported, pogo, refused, served
from mtango_ref.fixture import yaml_document
from mtango_ref.tools.importer import checking


@pytest.mark.parametrize("suffix", ["json", "xmi", "fgo", "txt", "yml"])
def test_content_decides_the_format(tmp_path: Path, suffix: str) -> None:
    description = simdd({"heat": {"data_type": "Double"}}, class_name="Furnace")
    expected = imported(tmp_path, simdd_json=description).fixture
    assert imported(tmp_path, **{f"other_{suffix}": description}).fixture == expected
    for name in ("Weather.xmi", "database2.fgo"):
        raw = (SHIPPED / name).read_bytes()
        one, other = imported(tmp_path, a_xmi=raw), imported(tmp_path, **{f"b_{suffix}": raw})
        assert one.fixture == other.fixture


def test_later_file_counts_and_conflict_is_reported(tmp_path: Path) -> None:
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


def test_simdd_without_a_class_describes_that_of_another_file(tmp_path: Path) -> None:
    """The class is the other file's; of several, the one it is named after; else its own name's."""
    nameless = simdd({"heat": start("7")})
    both = pogo(attribute("heat"), "Pump").replace(
        "</pogoDsl:PogoSystem>", HOT[HOT.index("<classes") :]
    )
    for files, told in (
        ({"x_json": nameless, "a_xmi": HOT}, ["x.json: names no class; taken to describe Furnace"]),
        (
            {"both_xmi": both, "furnace-SimDD_2_json": nameless},
            ["furnace-SimDD_2.json: names no class; taken to describe Furnace"],
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
def test_initial_value_has_the_type_of_another_file(
    tmp_path: Path, type_: str, inner: str, given: Any, kept: Any
) -> None:
    xmi = pogo(attribute("heat", type_, inner))
    made = imported(tmp_path, heat_json=simdd({"heat": start(given)}), heat_xmi=xmi)
    words = made.fixture["classes"]["Furnace"]["attributes"]["heat"]
    assert words["simulation"]["start_value"] == kept
    assert type(words["simulation"]["start_value"]) is type(kept)
    served(made.fixture)


def test_initial_value_of_another_type_is_left_out(tmp_path: Path) -> None:
    xmi = pogo(attribute("heat", "IntType"))
    made = imported(tmp_path, heat_xmi=xmi, heat_json=simdd({"heat": start("warm")}))
    words = made.fixture["classes"]["Furnace"]["attributes"]
    assert words == {"heat": {"data_type": "DevLong"}}
    [told] = all_told(tmp_path, made.losses)
    assert told.startswith("heat.json: class Furnace, attributes.heat.simulation")
    assert "'warm' is not valid; expected an integer in -2147483648..2147483647" in told


def test_simdd_arrays_become_spectra(tmp_path: Path) -> None:
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


def test_files_with_the_same_device_are_merged(tmp_path: Path) -> None:
    dump = {"servers": {"Furnace": {"1": {"Furnace": {"A/B/1": {"properties": {"p": ["1"]}}}}}}}
    made = imported(tmp_path, a_fgo=export("a/b/1", value=1.0), b_json=json.dumps(dump))
    assert list(made.fixture["devices"]) == ["a/b/1"]
    assert made.fixture["devices"]["a/b/1"]["properties"] == {"p": ["1"]}
    assert all_told(tmp_path, made.conflicts) == [
        "b.json: device a/b/1: server 'Furnace/1', not 'Furnace/lab' as in a.fgo"
    ]


def test_added_device_avoids_a_name_in_use(tmp_path: Path) -> None:
    dump: dict[str, Any] = {"servers": {"Pump": {"1": {"Pump": {"TEST/furnace/1": {}}}}}}
    made = imported(tmp_path, a_xmi=HOT, b_json=json.dumps(dump))
    assert list(made.fixture["devices"]) == ["TEST/furnace/1", "test/Furnace/2"]
    served(made.fixture)


def test_files_without_anything_to_serve_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, a_json='{"servers": {}}') == (
        "Nothing in these files can be served: devices: no devices; expected at least one."
    )


def test_refusals_are_cut_at_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_REFUSALS", 2)
    xmi = pogo("".join(attribute(name, polledPeriod="1") for name in "abcd"))
    made = imported(tmp_path, a_xmi=xmi)
    assert list(made.fixture["classes"]["Furnace"]["attributes"]) == ["a", "b", "c", "d"]
    wrong = "polling_period: 1 is not valid; expected greater than or equal to 5"
    assert all_told(tmp_path, made.losses) == [
        f"a.xmi: class Furnace, attributes.a.{wrong}",
        f"a.xmi: class Furnace, attributes.b.{wrong}",
        "the fixture: 2 more parts of the fixture",
    ]


def test_more_than_a_fixture_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reported once, and not for one part after the other."""
    monkeypatch.setattr(yaml_document, "MAX_NODES", 10)
    assert refused(tmp_path, a_xmi=HOT) == (
        "The fixture of these files cannot be read: too large; expected at most 10 keys and values."
    )


def test_control_characters_of_names_are_escaped(tmp_path: Path) -> None:
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


def test_inherited_attribute_gets_its_simulation(tmp_path: Path) -> None:
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
