"""POGO's .xmi: every type, every kind of element, and what a fixture has no words for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from description_files import (
    HEAD,
    STATUS,
    all_told,
    attribute,
    command,
    imported,
    pogo,
    refused,
    served,
)
from mtango_ref.fixture.names import SAFE

LABELS = [f"LABEL_{number}" for number in range(10)]


def furnace(folder: Path, inner: str) -> Any:
    made = imported(folder, furnace_xmi=pogo(inner))
    served(made.fixture)
    return made.fixture["classes"]["Furnace"]


@pytest.mark.parametrize(
    ("theirs", "tangos"),
    [
        ("BooleanType", "DevBoolean"),
        ("ShortType", "DevShort"),
        ("UShortType", "DevUShort"),
        ("IntType", "DevLong"),
        ("UIntType", "DevULong"),
        ("LongType", "DevLong64"),
        ("ULongType", "DevULong64"),
        ("FloatType", "DevFloat"),
        ("DoubleType", "DevDouble"),
        ("StringType", "DevString"),
        ("ConstStringType", "DevString"),
        ("StateType", "DevState"),
        ("UCharType", "DevUChar"),
        ("DevIntType", "DevInt"),
        ("EncodedType", "DevEncoded"),
    ],
)
def test_type_of_an_attribute_is_converted(tmp_path: Path, theirs: str, tangos: str) -> None:
    assert furnace(tmp_path, attribute("a", theirs)) == {"attributes": {"a": {"data_type": tangos}}}


@pytest.mark.parametrize(
    ("theirs", "tangos"),
    [
        ("CharArrayType", "DevVarCharArray"),
        ("ShortArrayType", "DevVarShortArray"),
        ("UShortArrayType", "DevVarUShortArray"),
        ("IntArrayType", "DevVarLongArray"),
        ("UIntArrayType", "DevVarULongArray"),
        ("LongArrayType", "DevVarLong64Array"),
        ("ULongArrayType", "DevVarULong64Array"),
        ("FloatArrayType", "DevVarFloatArray"),
        ("DoubleArrayType", "DevVarDoubleArray"),
        ("StringArrayType", "DevVarStringArray"),
        ("BooleanArrayType", "DevVarBooleanArray"),
        ("LongStringArrayType", "DevVarLongStringArray"),
        ("DoubleStringArrayType", "DevVarDoubleStringArray"),
        ("LongType", "DevLong64"),
    ],
)
def test_type_of_an_argument_is_converted(tmp_path: Path, theirs: str, tangos: str) -> None:
    made = furnace(tmp_path, command("A", theirs, theirs))
    assert made == {"commands": {"A": {"in_type": tangos, "out_type": tangos}}}


EVERYTHING = {
    "data_type": "DevFloat",
    "data_format": "IMAGE",
    "max_dim_x": 4,
    "max_dim_y": 3,
    "disp_level": "EXPERT",
    "polling_period": 3000,
    "period": "500",
    "writable": "READ_WRITE",
    "memorized": "MEMORIZED_WRITE_INIT",
    "description": "It is hot",
    "label": "Heat",
    "unit": "°C",
    "standard_unit": "K",
    "display_unit": "F",
    "format": "%5.1f",
    "min_value": "0",
    "max_value": "100",
    "min_alarm": "1",
    "max_alarm": "90",
    "min_warning": "2",
    "max_warning": "80",
    "delta_t": "1000",
    "delta_val": "5",
    "rel_change": "1",
    "abs_change": "0.1",
    "archive_rel_change": "2",
    "archive_abs_change": "0.2",
    "archive_period": "10000",
}


def test_every_setting_of_an_attribute_is_imported(tmp_path: Path) -> None:
    inner = (
        '<eventCriteria relChange="1" absChange="0.1" period="500"/>'
        '<evArchiveCriteria relChange="2" absChange="0.2" period="10000"/>'
    )
    properties = (
        'description="It is hot" label="Heat" unit="°C" standardUnit="K" displayUnit="F"'
        ' format="%5.1f" maxValue="100" minValue="0" maxAlarm="90" minAlarm="1" maxWarning="80"'
        ' minWarning="2" deltaTime="1000" deltaValue="5"'
    )
    given = {
        "attType": "Image",
        "rwType": "READ_WRITE",
        "displayLevel": "EXPERT",
        "polledPeriod": "3000",
        "maxX": "4",
        "maxY": "3",
        "memorized": "true",
        "memorizedAtInit": "true",
    }
    made = furnace(tmp_path, attribute("heat", "FloatType", inner, properties, **given))
    assert made["attributes"]["heat"] == EVERYTHING


def test_read_with_write_names_its_attribute(tmp_path: Path) -> None:
    inner = attribute("read", rwType="READ_WITH_WRITE", associatedAttr="set") + attribute(
        "set", rwType="WRITE"
    )
    assert furnace(tmp_path, inner)["attributes"] == {
        "read": {
            "data_type": "DevDouble",
            "writable": "READ_WITH_WRITE",
            "writable_attr_name": "set",
        },
        "set": {"data_type": "DevDouble", "writable": "WRITE"},
    }


def test_properties_and_polling_are_imported(tmp_path: Path) -> None:
    """A property's default is what the class has, or the device that is made up for it; how
    State is polled is the device's."""
    inner = (
        f'<classProperties name="Site"><type xsi:type="pogoDsl:StringType"/>{STATUS}'
        "<DefaultPropValue>here</DefaultPropValue></classProperties>"
        f'<deviceProperties name="Zones"><type xsi:type="pogoDsl:IntVectorType"/>{STATUS}'
        "<DefaultPropValue>1</DefaultPropValue><DefaultPropValue>2</DefaultPropValue>"
        "</deviceProperties>"
        + command("State", out="StateType", polledPeriod="1000")
        + command("Heat", out="DoubleType", polledPeriod="2000", displayLevel="EXPERT")
        + command("Cool").replace("commands", "dynamicCommands")
    )
    assert imported(tmp_path, furnace_xmi=pogo(inner)).fixture == {
        "classes": {
            "Furnace": {
                "properties": {"Site": ["here"]},
                "commands": {
                    "Heat": {
                        "out_type": "DevDouble",
                        "disp_level": "EXPERT",
                        "polling_period": 2000,
                    },
                    "Cool": {},
                },
            }
        },
        "devices": {
            "test/Furnace/1": {
                "class": "Furnace",
                "properties": {"Zones": ["1", "2"]},
                "commands": {"State": {"polling_period": 1000}},
            }
        },
    }


ELEMENTS = [
    attribute("good"),
    attribute("GOOD"),
    attribute("odd", "OddType"),
    attribute("poor").replace("dataType", "type"),
    attribute("many", attType="Spectrum", maxX="many"),
    attribute("a'b"),
    attribute("quick", polledPeriod="1"),
    attribute("far", properties='maxAlarm="far"'),
    attribute("labels", "EnumType"),
    '<commands name="Heat" description="Make it hot"><argin><type/></argin></commands>',
    command("Burn", description="Make it hotter").replace(
        STATUS, f"{STATUS}<excludedStates>OFF</excludedStates>"
    ),
    '<forwardedAttributes name="elsewhere" label="x"/>',
    '<pipes name="blob" rwType="READ"/><pipes name="kept" rwType="READ_WRITE"/>',
    f'<deviceProperties name="Zone"><type xsi:type="pogoDsl:IntType"/>{STATUS}</deviceProperties>',
    '<states name="ON" description="It burns"/>',
]
CARRIED_OVER = {
    "Furnace": {
        "attributes": {
            "good": {"data_type": "DevDouble"},
            "quick": {"data_type": "DevDouble"},
            "far": {"data_type": "DevDouble"},
            "labels": {"data_type": "DevEnum", "enum_labels": LABELS},
        },
        "commands": {"Burn": {}},
        "pipes": {"blob": {"data": []}, "kept": {"data": [], "writable": "READ_WRITE"}},
    }
}
PARSER = "tango-simlib's parser cannot read it"
LOSSES = [
    "furnace.xmi:5: class Furnace, attribute GOOD: duplicate name in the class; expected it once",
    f"furnace.xmi:6: class Furnace, attribute odd: {PARSER}: "
    "tango.utils.CmdArgType has no attribute 'DevOdd'.",
    "furnace.xmi:7: class Furnace, attribute poor: <dataType> missing; "
    "expected it, as POGO writes it",
    f"furnace.xmi:8: class Furnace, attribute many: {PARSER}: "
    "invalid literal for int() with base 10: 'many'",
    f"furnace.xmi:13: class Furnace, command Heat: {PARSER}: list index out of range",
    "furnace.xmi:15: class Furnace, forwarded attribute elsewhere: "
    "the attribute that it forwards to is not described",
    "furnace.xmi:16: class Furnace, pipe blob: its blob is not described, and stays empty",
    "furnace.xmi:16: class Furnace, pipe kept: its blob is not described, and stays empty",
    "furnace.xmi:17: class Furnace, device property Zone: has no default, so it has no value",
    "furnace.xmi:3: class Furnace: Heat, Burn: descriptions of commands; "
    "Tango's CommandInfo has none",
    "furnace.xmi:3: class Furnace: Burn: states that forbid them; in a fixture they are always"
    " allowed",
    "furnace.xmi:3: class Furnace: ON: descriptions of states; Tango has none",
    "furnace.xmi:20: <multiClasses>: expected <classes name=..>, the description of a class",
    f"furnace.xmi: class Furnace, attributes.a'b: \"a'b\" is not safe; expected {SAFE}",
    "furnace.xmi: class Furnace, attributes.quick.polling_period: 1 is not valid; "
    "expected greater than or equal to 5",
    "furnace.xmi: class Furnace, attributes.far.max_alarm: 'far' is not valid; "
    "expected a number, or Not specified",
]


def test_losses_are_listed(tmp_path: Path) -> None:
    """Each with its line, its place and why; the rest of the class is there."""
    xmi = pogo("\n".join(ELEMENTS)).replace("</classes>", "</classes>\n<multiClasses/>")
    made = imported(tmp_path, furnace_xmi=xmi)
    assert made.fixture["classes"] == CARRIED_OVER
    served(made.fixture)
    assert all_told(tmp_path, made.losses) == LOSSES
    assert all_told(tmp_path, made.notes)[0] == (
        "furnace.xmi: class Furnace, attributes labels: labels LABEL_0, LABEL_1 .. are made up; "
        "no file gives them"
    )


def test_several_classes_are_imported(tmp_path: Path) -> None:
    one, two = pogo("", "Pump"), pogo("", "A'B")
    both = one.replace("</pogoDsl:PogoSystem>", two[len(HEAD) :])
    made = imported(tmp_path, both_xmi=both)
    assert made.fixture == {
        "classes": {"Pump": {}},
        "devices": {"test/Pump/1": {"class": "Pump"}},
    }
    assert all_told(tmp_path, made.losses) == [
        f"both.xmi: classes.A'B: \"A'B\" is not safe; expected {SAFE}"
    ]


def test_class_without_a_name_is_left_out(tmp_path: Path) -> None:
    assert refused(tmp_path, a_xmi=f"{HEAD}<classes/></pogoDsl:PogoSystem>") == (
        "Nothing in these files can be served: devices: no devices; expected at least one.\n"
        "  a.xmi:3: <classes>: expected <classes name=..>, the description of a class"
    )
