"""Classes of POGO's that inherit others, with and without the file of the parent."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from description_files import STATUS, all_told, attribute, command, imported, pogo, served

LABELS = "<enumLabels>OK</enumLabels><enumLabels>BAD</enumLabels>"
MADE_UP = [f"LABEL_{number}" for number in range(10)]


def parents(*names: str) -> str:
    """Write what POGO writes of all ancestors, the most distant first."""
    each = "".join(f'<inheritances classname="{name}" sourcePath="."/>' for name in names)
    return f'<description><inheritances classname="Device_Impl" sourcePath=""/>{each}</description>'


def inherited(elements: str) -> str:
    return elements.replace('inherited="false"', 'inherited="true"')


def prop(kind: str, name: str, *lines: str) -> str:
    values = "".join(f"<DefaultPropValue>{line}</DefaultPropValue>" for line in lines)
    type_ = '<type xsi:type="pogoDsl:StringType"/>'
    return f'<{kind} name="{name}">{type_}{STATUS}{values}</{kind}>'


PARENT = pogo(
    parents()
    + prop("classProperties", "Site", "here")
    + prop("deviceProperties", "Level", "4")
    + prop("deviceProperties", "Log", "localhost")
    + attribute("health", "EnumType", LABELS)
    + attribute("heat", properties='maxAlarm="5" unit="K"')
    + attribute("set", rwType="READ_WRITE")
    + command("Go")
    + command("State", out="StateType", polledPeriod="1000")
    + '<pipes name="blob" rwType="READ"/>',
    "Parent",
)
CHILD = pogo(
    parents("Parent")
    + prop("classProperties", "Site", "here")
    + prop("deviceProperties", "Level", "3")
    + inherited(
        attribute("Health", "EnumType")
        + attribute("heat", properties='maxAlarm="7" unit="K"')
        + attribute("set", rwType="READ_WRITE", displayLevel="EXPERT")
        + command("Go", displayLevel="EXPERT")
    )
    + attribute("own"),
    "Child",
)
GRANDCHILD = pogo(
    parents("Parent", "Child")
    + inherited(
        attribute("health", "EnumType")
        + attribute("heat", properties='maxAlarm="7" unit="K"')
        + attribute("own")
    )
    + attribute("more"),
    "Grandchild",
)
FILES = {"a_xmi": PARENT, "b_xmi": CHILD, "c_xmi": GRANDCHILD}


@pytest.mark.parametrize("order", list(itertools.permutations(FILES)))
def test_inherits_and_repeats_only_what_differs(tmp_path: Path, order: tuple[str, ...]) -> None:
    """The order of the files is nothing."""
    made = imported(tmp_path, **{key: FILES[key] for key in order})
    classes = made.fixture["classes"]
    assert classes["Child"] == {
        "inherits": "Parent",
        "attributes": {
            "heat": {"max_alarm": "7"},
            # disp_level is nothing that may differ alone.
            "set": {"data_type": "DevDouble", "writable": "READ_WRITE", "disp_level": "EXPERT"},
            "own": {"data_type": "DevDouble"},
        },
        "commands": {"Go": {"in_type": "DevVoid", "disp_level": "EXPERT"}},
    }
    assert classes["Grandchild"] == {
        "inherits": "Child",
        "attributes": {"more": {"data_type": "DevDouble"}},
    }
    devices = made.fixture["devices"]
    assert devices["test/Grandchild/1"] == {
        "class": "Grandchild",
        "properties": {"Level": ["3"], "Log": ["localhost"]},
        "commands": {"State": {"polling_period": 1000}},
    }
    assert made.conflicts == []
    device = served(made.fixture).get_device_proxy("test/grandchild/1")
    names = device.get_attribute_list()
    infos = dict(zip(names, device.get_attribute_config(names), strict=True))
    assert [*names] == ["health", "heat", "set", "own", "more", "State", "Status"]
    assert list(infos["health"].enum_labels) == ["OK", "BAD"]
    assert (infos["heat"].alarms.max_alarm, infos["heat"].unit) == ("7", "K")


def test_class_inherits_the_closest_parent_given(tmp_path: Path) -> None:
    made = imported(tmp_path, c_xmi=GRANDCHILD, a_xmi=PARENT)
    assert made.fixture["classes"]["Grandchild"] == {
        "inherits": "Parent",
        "attributes": {
            "heat": {"max_alarm": "7"},
            "own": {"data_type": "DevDouble"},
            "more": {"data_type": "DevDouble"},
        },
    }
    served(made.fixture)


def test_labels_are_made_up_without_the_parent(tmp_path: Path) -> None:
    made = imported(tmp_path, c_xmi=GRANDCHILD)
    assert made.fixture["classes"]["Grandchild"]["attributes"] == {
        "health": {"data_type": "DevEnum", "enum_labels": MADE_UP},
        "heat": {"data_type": "DevDouble", "unit": "K", "max_alarm": "7"},
        "own": {"data_type": "DevDouble"},
        "more": {"data_type": "DevDouble"},
    }
    assert all_told(tmp_path, made.notes)[0] == (
        "c.xmi: class Grandchild, attributes health: labels LABEL_0, LABEL_1 .. are made up; "
        "add Child.xmi or Parent.xmi for them"
    )
    assert made.losses == []
    served(made.fixture)


def test_circles_inherit_nothing(tmp_path: Path) -> None:
    made = imported(
        tmp_path,
        a_xmi=pogo(parents("B") + attribute("a"), "A"),
        b_xmi=pogo(parents("A") + attribute("b"), "B"),
        c_xmi=pogo(parents("c") + attribute("c"), "C"),
    )
    assert made.fixture["classes"] == {
        "A": {"inherits": "B", "attributes": {"a": {"data_type": "DevDouble"}}},
        "B": {"attributes": {"b": {"data_type": "DevDouble"}}},
        "C": {"attributes": {"c": {"data_type": "DevDouble"}}},
    }
    assert all_told(tmp_path, made.notes)[:2] == [
        "b.xmi: class B: B -> A -> B is circular; the first one is taken to inherit nothing",
        "c.xmi: class C: C -> C is circular; the first one is taken to inherit nothing",
    ]
    served(made.fixture)


def test_later_file_of_the_parent_counts(tmp_path: Path) -> None:
    """They are one class, of which the later file counts."""
    other = pogo(attribute("heat", properties='unit="°C"'), "Parent")
    made = imported(tmp_path, b_xmi=CHILD, a_xmi=PARENT, d_xmi=other)
    classes = made.fixture["classes"]
    assert classes["Parent"]["attributes"]["heat"]["unit"] == "°C"
    assert classes["Child"]["attributes"]["heat"] == {"max_alarm": "7", "unit": "K"}
    assert all_told(tmp_path, made.conflicts) == [
        "d.xmi: class Parent, attribute heat: unit '°C', not 'K' as in a.xmi"
    ]
    served(made.fixture)


def test_class_with_another_type_does_not_inherit(tmp_path: Path) -> None:
    """A fixture's class cannot inherit that: all of it is written out."""
    child = pogo(parents("Parent") + attribute("HEAT", "StringType"), "Child")
    made = imported(tmp_path, b_xmi=child, a_xmi=PARENT)
    made_child = made.fixture["classes"]["Child"]
    assert "inherits" not in made_child
    assert made_child["attributes"]["heat"] == {"data_type": "DevString"}
    assert {**made_child, "attributes": None} == {
        **made.fixture["classes"]["Parent"],
        "attributes": None,
    }
    assert all_told(tmp_path, made.notes)[0] == (
        "b.xmi: class Child: type of heat differs from Parent; the whole class is written out"
    )
    served(made.fixture)


def test_parent_with_an_impossible_name_is_not_inherited(tmp_path: Path) -> None:
    child = pogo(parents("A'B") + inherited(attribute("health", "EnumType")), "Child")
    parent = pogo(attribute("health", "EnumType", LABELS), "A'B")
    made = imported(tmp_path, b_xmi=child, a_xmi=parent)
    assert made.fixture["classes"] == {
        "Child": {"attributes": {"health": {"data_type": "DevEnum", "enum_labels": ["OK", "BAD"]}}}
    }
    served(made.fixture)


@pytest.mark.parametrize(
    "status",
    ["", "<status/>", '<status abstract="true"/>', '<status abstract="true" concrete="true"/>'],
)
def test_missing_inherited_means_false(tmp_path: Path, status: str) -> None:
    """Absent means false, and nothing is lost."""
    inner = attribute("heat") + command("Burn", "DoubleType") + prop("classProperties", "Site", "x")
    inner = inner.replace(STATUS, status).replace(' maxX="" maxY=""', "")
    made = imported(tmp_path, a_xmi=pogo(inner))
    assert made.fixture["classes"] == {
        "Furnace": {
            "properties": {"Site": ["x"]},
            "attributes": {"heat": {"data_type": "DevDouble"}},
            "commands": {"Burn": {"in_type": "DevDouble"}},
        }
    }
    assert made.losses == []


def test_command_without_arguments_is_void(tmp_path: Path) -> None:
    made = imported(tmp_path, a_xmi=pogo('<commands name="Go"/><attributes name="a">'
                    '<dataType xsi:type="pogoDsl:IntType"/></attributes>'))  # fmt: skip
    assert made.fixture["classes"] == {
        "Furnace": {"attributes": {"a": {"data_type": "DevLong"}}, "commands": {"Go": {}}}
    }
    assert made.losses == []


def test_property_of_class_and_device_is_kept_twice(tmp_path: Path) -> None:
    """Both are kept; the database answers for a device with what is the device's."""
    inner = prop("classProperties", "Site", "class") + prop("deviceProperties", "site", "device")
    made = imported(tmp_path, a_xmi=pogo(inner))
    assert made.losses == []
    assert made.fixture == {
        "classes": {"Furnace": {"properties": {"Site": ["class"]}}},
        "devices": {"test/Furnace/1": {"class": "Furnace", "properties": {"site": ["device"]}}},
    }
    properties: Any = served(made.fixture).database.get_device_property("test/Furnace/1")
    assert properties == {"site": ["device"]}
