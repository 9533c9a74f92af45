"""Every description file that tango-simlib ships is imported, checked and served."""

from __future__ import annotations

import pytest

from conftest import Rest
from description_files import SHIPPED, import_shipped, served
from mtango_ref.backends.fake.backend import FakeBackend

FILES = {
    "DishElementMaster.xmi": (27, 20),
    "DishElementMaster_SimDD.json": (4, 22),
    "MkatVds.xmi": (9, 10),
    "MkatVds_SimDD.json": (0, 10),
    "Weather.xmi": (11, 4),
    "Weather_SimDD.json": (8, 7),
    "Weather_SimDD_2.json": (0, 7),
    "Weather_SimDD_3.json": (0, 5),
    "database2.fgo": (7, 97),
    "devenum_test_case.xmi": (3, 0),
    "multidevice.xmi": (1, 0),
}
"""The files, with the numbers of their attributes and commands, but for those of every device.
Where a SimDD names no data types, its attributes need the .xmi."""
TOGETHER = {
    "Weather.xmi Weather_SimDD.json": (11, 8),
    "Weather.xmi Weather_SimDD_2.json": (11, 8),
    "Weather_SimDD_3.json Weather.xmi": (11, 6),
    "MkatVds.xmi MkatVds_SimDD.json": (9, 10),
    "DishElementMaster.xmi DishElementMaster_SimDD.json": (31, 22),
    "MkatVds_SimDD.json Weather_SimDD_2.json Weather.xmi MkatVds.xmi": (20, 18),
}


def test_every_shipped_file_is_tested() -> None:
    suffixes = (".xmi", ".json", ".fgo")
    assert {each.name for each in SHIPPED.iterdir() if each.suffix in suffixes} == set(FILES)


@pytest.fixture(params=[*FILES, *TOGETHER])
def files(request: pytest.FixtureRequest) -> list[str]:
    names: str = request.param
    return names.split()


@pytest.fixture
def backend(files: list[str]) -> FakeBackend:
    """Serve the import in the place of the packaged fixture."""
    return served(import_shipped(*files).fixture)


def test_every_attribute_answers(files: list[str], rest: Rest) -> None:
    fixture = import_shipped(*files).fixture
    devices = "/rc3/hosts/localhost/10000/devices"
    answered = [0, 0]
    for name in fixture["devices"]:
        path = f"{devices}/{name}"
        attributes = [each["name"] for each in rest.body(f"{path}/attributes")]
        query = "&".join(f"attr={each}" for each in attributes)
        values = rest.body(f"{path}/attributes/value", query)
        assert [each["name"] for each in values] == attributes
        assert [each for each in values if "errors" in each] == []
        infos = rest.body(f"{path}/attributes/info", query)
        assert [each["name"] for each in infos] == attributes
        commands = [each["name"] for each in rest.body(f"{path}/commands")]
        answered[0] += len(set(attributes) - {"State", "Status"})
        answered[1] += len(set(commands) - {"State", "Status", "Init"})
    assert tuple(answered) == {**FILES, **TOGETHER}[" ".join(files)]


def test_what_moves_moves() -> None:
    """A GaussianSlewLimited of SimDD, of an attribute whose type is the .xmi's."""
    fixture = import_shipped("Weather.xmi", "Weather_SimDD_2.json").fixture
    attributes = fixture["classes"]["Weather"]["attributes"]
    moving = {name for name, each in attributes.items() if "simulation" in each}
    assert moving == {
        *("temperature", "insolation", "pressure", "rainfall"),
        *("relative-humidity", "wind-speed", "wind-direction"),
    }
    assert attributes["temperature"]["simulation"] == {
        "quantity_simulation_type": "GaussianSlewLimited",
        "mean": 25,
        "std_dev": 5,
        "max_slew_rate": 1,
        "min_bound": -10,
        "max_bound": 50,
        "update_period": 1000,
    }


TIMED = "Milliseconds since UNIX epoch, UTC ms [Azimuth] degree [Elevation] degree"
DISH = {
    "classes": {
        "DishElementMaster": {
            "attributes": {
                "adminMode": {
                    "data_type": "DevEnum",
                    "enum_labels": [*("ONLINE", "OFFLINE", "MAINTENANCE", "NOT-FITTED", "RESERVE")],
                    "writable": "READ_WRITE",
                    "memorized": "MEMORIZED",
                    "description": (
                        "Report the current admin mode of the DSH Element. "
                        "Factory defaut is MAINTENANCE."
                    ),
                    "label": "Admin Mode",
                    "abs_change": "1",
                    "archive_abs_change": "1",
                },
                "achievedPointing": {
                    "data_type": "DevFloat",
                    "data_format": "SPECTRUM",
                    "max_dim_x": 3,
                    "description": (
                        f"The achieved pointing of the DSH Element. [timestamp] {TIMED}"
                    ),
                    "label": "Achieved pointing",
                    "unit": "[ms, degree, degree]",
                },
                "desiredPointing": {
                    "data_type": "DevFloat",
                    "data_format": "SPECTRUM",
                    "max_dim_x": 7,
                    "writable": "READ_WRITE",
                    "description": (
                        f"The desired pointing of the DSH Element. [timestamp] {TIMED} "
                        "[Azimuth speed] degrees/s [Elevation speed] degrees/s "
                        "[Azimuth acceleration] degrees/s^-2 "
                        "[Elevation acceleration] degrees/s^-2"
                    ),
                    "label": "Desired pointing",
                    "unit": "[ms, degree, degree]",
                },
            }
        }
    },
    "devices": {"test/DishElementMaster/1": {"class": "DishElementMaster"}},
}


def test_labels_keep_their_order() -> None:
    """The whole of it. tango-simlib's own parser fails on it since Python 3.9, and would sort
    the labels, whose order is their meaning."""
    imported = import_shipped("devenum_test_case.xmi")
    assert imported.fixture == DISH
    assert (imported.conflicts, imported.losses) == ([], [])
    assert [str(each) for each in imported.notes] == [
        f"{SHIPPED}/devenum_test_case.xmi: class DishElementMaster: no file has a device of it; "
        "added one: test/DishElementMaster/1"
    ]


def test_fandango_export_has_device_and_class() -> None:
    """The device has its values, its class the rest."""
    imported = import_shipped("database2.fgo")
    fixture = imported.fixture
    assert fixture["facility"] == {"database": "sys/database/2"}
    device = fixture["devices"]["sys/database/2"]
    assert {key: device[key] for key in device if key != "attributes"} == {
        "class": "DataBase",
        "server": "DataBaseds/2",
        "host": "monctl.devs.camlab.kat.ac.za",
        "state": "ON",
        "status": "Device is OK",
    }
    assert device["attributes"]["StoredProcedureRelease"] == {"value": "release 1.13"}
    assert [len(each["value"]) for each in device["attributes"].values()].count(28) == 5
    of_class = fixture["classes"]["DataBase"]
    assert list(of_class["properties"]) == ["AllowedAccessCmd"]
    assert of_class["attributes"]["Timing_info"] == {
        "data_type": "DevString",
        "data_format": "SPECTRUM",
        "max_dim_x": 64,
    }
    assert of_class["commands"]["DbGetDeviceAliasList"] == {
        "in_type": "DevString",
        "out_type": "DevVarStringArray",
        "in_type_desc": "The filter",
        "out_type_desc": "Device alias list",
    }
    assert [str(each).partition(": ")[2] for each in imported.losses] == [
        "device sys/database/2, level: the start level for a Starter; a fixture has no Starter"
    ]
