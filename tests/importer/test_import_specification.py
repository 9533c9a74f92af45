"""The YAML that tango-simlib's tango-yaml writes."""

from __future__ import annotations

from pathlib import Path

from description_files import SHIPPED, all_told, import_shipped, imported, served

YAML = """\
- class: Furnace
  meta:
    commands:
    - name: Heat
      doc_in: How far
      doc_out: Uninitialised
      disp_level: EXPERT
      dtype_in: DevDouble
      dtype_out: DevVoid
    - name: State
      doc_in: Uninitialised
      doc_out: Device state
      dtype_in: DevVoid
      dtype_out: DevState
    attributes:
    - name: mode
      data_format: SCALAR
      data_type: DevEnum
      disp_level: OPERATOR
      display_unit: No display unit
      enum_labels:
      - 'On'
      - Off
      format: '%s'
      label: Mode
      max_alarm: Not specified
      max_dim_x: 1
      period: '1000'
      standard_unit: No standard unit
      writable: READ_WRITE
      writable_attr_name: mode
    - name: profile
      data_format: SPECTRUM
      data_type: DevLong
      max_dim_x: 64
      writable: READ
    - name: Mode
      data_type: DevLong
    - data_type: DevLong
    properties:
    - name: Zones
- class: Pump
  meta: {}
"""


def test_classes_are_imported(tmp_path: Path) -> None:
    made = imported(tmp_path, furnace_yaml=YAML)
    assert made.fixture == {
        "classes": {
            "Furnace": {
                "attributes": {
                    "mode": {
                        "data_type": "DevEnum",
                        "enum_labels": ["On", "Off"],
                        "label": "Mode",
                        "polling_period": 1000,
                        "writable": "READ_WRITE",
                    },
                    "profile": {
                        "data_type": "DevLong",
                        "data_format": "SPECTRUM",
                        "max_dim_x": 64,
                    },
                },
                "commands": {
                    "Heat": {
                        "in_type": "DevDouble",
                        "in_type_desc": "How far",
                        "disp_level": "EXPERT",
                    }
                },
            },
            "Pump": {},
        },
        "devices": {"test/Furnace/1": {"class": "Furnace"}, "test/Pump/1": {"class": "Pump"}},
    }
    served(made.fixture)
    assert all_told(tmp_path, made.losses) == [
        "furnace.yaml:37: class Furnace, attribute Mode: duplicate name in the class; "
        "expected it once",
        "furnace.yaml:39: class Furnace, attribute: no name; expected {name: .., ..}",
        "furnace.yaml:41: class Furnace, device property Zones: the file gives only its name",
    ]


def test_output_of_tango_yaml_is_read(tmp_path: Path) -> None:
    """Its output describes Weather.xmi as the .xmi does, but for what it leaves out."""
    from tango_simlib.tango_yaml_tools.base import TangoToYAML
    from tango_simlib.utilities.sim_xmi_parser import XmiParser

    text = TangoToYAML(XmiParser).build_yaml_from_file(str(SHIPPED / "Weather.xmi"))
    made = imported(tmp_path, weather_yaml=text).fixture
    [weather] = made["classes"].values()
    [original] = import_shipped("Weather.xmi").fixture["classes"].values()
    left_out = {"disp_level", "rel_change", "abs_change"}
    left_out |= {"archive_rel_change", "archive_abs_change", "archive_period"}
    expected = {
        name: {key: value for key, value in words.items() if key not in left_out}
        for name, words in original["attributes"].items()
    }
    # It makes ASCII of all texts.
    expected["pressure"]["description"] = (
        "Barometric pressure in central telescope area (unicode: ?quoted?)."
    )
    assert weather == {"attributes": expected, "commands": original["commands"]}


def test_wrong_class_leaves_the_others(tmp_path: Path) -> None:
    """The last of two equal keys counts, in JSON as well."""
    good = '{"class": "A", "class": "B",\n "meta": {"attributes": []}}'
    made = imported(tmp_path, a_yaml=f"[{good},\n {{}}, 1,\n{good.replace('B', 'C')}]")
    assert made.fixture["classes"] == {"B": {}, "C": {}}
    assert all_told(tmp_path, made.losses) == [
        "a.yaml:1: duplicate key 'class', first in line 1; the last one counts",
        "a.yaml:4: duplicate key 'class', first in line 4; the last one counts",
        "a.yaml:3: {}; expected {class: .., meta: ..}",
        "a.yaml:3: 1; expected {class: .., meta: ..}",
    ]
