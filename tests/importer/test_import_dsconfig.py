"""dsconfig's JSON: a dump of a Tango database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tango.utils

from description_files import all_told, attribute, command, imported, pogo, served

DUMP = {
    "_title": "MAX-IV Tango JSON intermediate format",
    "tango_host": "tango.lab:10000",
    "servers": {
        "Furnace": {
            "lab": {
                "Furnace": {
                    "lab/furnace/1": {
                        "properties": {
                            "Zones": ["1", "2"],
                            "polled_attr": ["HEAT", "500", "State", "1000", "power", "3000"],
                            "polled_cmd": ["burn", "2000"],
                        },
                        "attribute_properties": {
                            "heat": {
                                "label": ["Oven"],
                                "min_alarm": ["-5"],
                                "event_period": ["700"],
                                "__value": ["20"],
                                "owner": ["me", "you"],
                            },
                            "Status": {"label": ["What it says"]},
                            "power": {"unit": ["W"]},
                        },
                        "alias": "oven",
                    },
                    "lab/furnace/2": {"attribute_properties": {"Power": {"unit": ["kW"]}}},
                }
            }
        },
        "DataBaseds/2": {"DataBase": {"sys/database/two": {}}},
    },
    "classes": {
        "Furnace": {
            "properties": {"Site": ["here"]},
            "attribute_properties": {"heat": {"unit": ["K"]}},
        }
    },
}
XMI = pogo(attribute("heat", properties='unit="°C" label="Heat"') + command("Burn"))


DESCRIBED = {
    "facility": {"host": "tango.lab", "port": 10000, "database": "sys/database/two"},
    "classes": {
        "Furnace": {
            "properties": {"Site": ["here"]},
            "attributes": {
                "heat": {
                    "data_type": "DevDouble",
                    "unit": "K",
                    "label": "Heat",
                    "properties": {"unit": ["K"]},
                }
            },
            "commands": {"Burn": {}},
        },
        "DataBase": {},
    },
    "devices": {
        "lab/furnace/1": {
            "class": "Furnace",
            "server": "Furnace/lab",
            "properties": DUMP["servers"]["Furnace"]["lab"]["Furnace"][  # type: ignore[index]  # a nested mapping
                "lab/furnace/1"
            ]["properties"],
            "attributes": {
                "heat": {
                    "label": "Oven",
                    "min_alarm": "-5",
                    "period": "700",
                    "polling_period": 500,
                    "properties": {
                        "label": ["Oven"],
                        "min_alarm": ["-5"],
                        "event_period": ["700"],
                        "__value": ["20"],
                        "owner": ["me", "you"],
                    },
                },
                "Status": {
                    "label": "What it says",
                    "properties": {"label": ["What it says"]},
                },
                "State": {"polling_period": 1000},
            },
            "commands": {"Burn": {"polling_period": 2000}},
        },
        "lab/furnace/2": {"class": "Furnace", "server": "Furnace/lab"},
        "sys/database/two": {"class": "DataBase", "server": "DataBaseds/2"},
    },
}


@pytest.mark.parametrize("dump_first", [True, False])
def test_devices_of_a_described_class_are_merged(tmp_path: Path, dump_first: bool) -> None:
    """The order of the files is nothing: a database overrules the code."""
    files = {"dump_json": json.dumps(DUMP), "furnace_xmi": XMI}
    made = imported(tmp_path, **(files if dump_first else dict(reversed(files.items()))))
    assert made.fixture == DESCRIBED
    served(made.fixture)
    assert (made.notes, made.conflicts) == ([], [])
    assert all_told(tmp_path, made.losses) == [
        "dump.json: servers: aliases of lab/furnace/1; a fixture has no aliases",
        "dump.json: class Furnace, attributes power: which 2 devices have, are in no description "
        "of the class; add its .xmi",
    ]


def test_devices_without_a_description_are_imported(tmp_path: Path) -> None:
    made = imported(tmp_path, dump_json=json.dumps({"servers": DUMP["servers"]}))
    device = made.fixture["devices"]["lab/furnace/1"]
    assert list(device["attributes"]) == ["Status", "State"]
    assert made.fixture["classes"] == {"Furnace": {}, "DataBase": {}}
    served(made.fixture)
    assert all_told(tmp_path, made.notes) == [
        "dump.json: class Furnace: no file describes it; "
        "its devices have only State, Status and Init"
    ]
    tail = "are in no description of the class; add its .xmi"
    assert all_told(tmp_path, made.losses)[1:] == [
        f"dump.json: class Furnace, attributes heat, power: which 2 devices have, {tail}",
        f"dump.json: class Furnace, commands burn: which 1 device has, {tail}",
    ]


def test_losses_are_listed(tmp_path: Path) -> None:
    devices = {
        "a/b/1": {"properties": {"polled_attr": ["State"], "none": []}, "speed": 1},
        "A/B/1": {},
        "a/b": {},
        "a/b/2": {"attribute_properties": {"State": {"min_alarm": ["low"]}}},
    }
    content = {"servers": {"A": {"1": {"A": devices}}}, "devices": {}}
    made = imported(tmp_path, dump_json=json.dumps(content))
    assert made.fixture["devices"] == {
        "a/b/1": {"class": "A", "server": "A/1", "properties": {"polled_attr": ["State"]}},
        "a/b/2": {
            "class": "A",
            "server": "A/1",
            "attributes": {"State": {"properties": {"min_alarm": ["low"]}}},
        },
    }
    served(made.fixture)
    assert all_told(tmp_path, made.losses) == [
        "dump.json: servers.A/1.A.a/b/1.speed: "
        "expected only properties, attribute_properties and alias",
        "dump.json: servers.A/1.A.a/b/1.properties.polled_attr: "
        "'State' has no period; expected name, period",
        "dump.json: servers.A/1.A.A/B/1: duplicate device; expected it once",
        "dump.json: devices: expected only servers and classes",
        "dump.json: devices.a/b: 'a/b' is not a valid name; expected domain/family/member, "
        "each text without / and NUL",
        "dump.json: device a/b/2, attributes.State.min_alarm: 'low' is not valid; "
        "expected a number, or Not specified",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"servers": {"A": 1}}, "servers.A: 1; expected an object"),
        ({"servers": {"A": {"1": []}}}, "servers.A/1: []; expected an object"),
        ({"servers": {"A": {"1": {"C": ["x"]}}}}, "servers.A/1.C: ['x']; expected an object"),
        ({"servers": {"A/1": {"C": {"a/b/c": 1}}}}, "servers.A/1.C.a/b/c: 1; expected an object"),
        ({"servers": 1}, "servers: 1; expected an object"),
        (
            {"classes": {"C": {"properties": None}}},
            "classes.C.properties: null; expected an object",
        ),
    ],
)
def test_wrong_part_leaves_the_others(tmp_path: Path, content: Any, sentence: str) -> None:
    good = {"Good": {"properties": {"site": ["here"]}}}
    content = {**content, "classes": {**good, **content.get("classes", {})}}
    made = imported(tmp_path, dump_json=json.dumps(content))
    assert made.fixture["classes"]["Good"] == {"properties": {"site": ["here"]}}
    assert all_told(tmp_path, made.losses) == [f"dump.json: {sentence}, as dsconfig writes it"]
    served(made.fixture)


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (1, ["1"]),
        (1.0, ["1.0"]),
        (1e5, ["100000.0"]),
        (1e16, ["1e+16"]),
        (True, ["True"]),
        ("1e5", ["1e5"]),
        ([1, 2.5, False, "on"], ["1", "2.5", "False", "on"]),
    ],
)
def test_numbers_of_properties_become_text(tmp_path: Path, value: Any, lines: list[str]) -> None:
    """PyTango's put_device_property, which dsconfig calls, writes them so."""
    assert _written_by_pytango(value) == lines
    device = {"properties": {"p": value}, "attribute_properties": {"State": {"q": value}}}
    dump = {"servers": {"A": {"1": {"A": {"a/b/1": device}}}}}
    made = imported(tmp_path, dump_json=json.dumps(dump))
    assert made.losses == []
    assert served(made.fixture).database.get_device_property("a/b/1") == {"p": lines}


def _written_by_pytango(value: Any) -> list[str]:
    if hasattr(tango.utils, "obj_2_property"):
        [written] = tango.utils.obj_2_property({"p": value})
    else:  # as it is called in 10.3
        [written] = tango.utils.parameter_2_dbdata({"p": value}, "value")
    return list(written.value_string)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ({"a": 1}, "{'a': 1}"),
        ([["a"]], "[['a']]"),
        (["a", None], "['a', null]"),
        ([{}], "[{}]"),
    ],
)
def test_value_that_nobody_can_mean_is_left_out_alone(
    tmp_path: Path, value: Any, text: str
) -> None:
    dump = {"servers": {"A": {"1": {"A": {"a/b/1": {"properties": {"p": value, "q": ["1"]}}}}}}}
    made = imported(tmp_path, dump_json=json.dumps(dump))
    assert made.fixture["devices"]["a/b/1"]["properties"] == {"q": ["1"]}
    assert all_told(tmp_path, made.losses) == [
        f"dump.json: servers.A/1.A.a/b/1.properties.p: {text}; "
        "expected a string, a number, or a list of them"
    ]


def test_key_that_stands_twice_is_taken_last(tmp_path: Path) -> None:
    dump = """{"classes": {"A": {"properties": {
        "p": ["{ \\" p:"],
        "q": {"p": 1},
        "p" :
            ["last"]
    }}, "B": {"properties": {"p": ["other"]}}}}"""
    made = imported(tmp_path, dump_json=dump)
    assert made.fixture["classes"] == {
        "A": {"properties": {"p": ["last"]}},
        "B": {"properties": {"p": ["other"]}},
    }
    assert all_told(tmp_path, made.losses) == [
        "dump.json:4: key 'p' is duplicate in one object; the last one counts",
        "dump.json: classes.A.properties.q: {'p': 1}; expected a string, a number, or a list of"
        " them",
    ]


def test_unwritable_texts_are_escaped(tmp_path: Path) -> None:
    """Half a character, a number of 5,000 digits."""
    dump = f'{{"classes": {{"A": {{"properties": {{"p": "\\ud800", "q": {"7" * 5000}}}}}}}}}'
    made = imported(tmp_path, dump_json=dump)
    properties = made.fixture["classes"]["A"]["properties"]
    assert properties == {"p": ["\ufffd"], "q": ["7" * 5000]}
    served(made.fixture)
