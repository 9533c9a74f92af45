"""SimDD's commands: what of their actions a fixture's behaviour has words for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from description_files import all_told, imported, served

INPUT = {"behaviour": "input_transform", "destination_variable": "x"}
RETURN = {"behaviour": "output_return", "source_variable": "x"}
SLOW = {"behaviour": "long_running", "execution_time_secs": "5"}
SET = {"behaviour": "side_effect", "source_variable": "x", "destination_quantity": "heat"}
READ = {"behaviour": "output_return", "source_quantity": "heat"}


def command(actions: Any, in_: str = "Double", out: str = "Double", name: str = "Go") -> Any:
    return {
        "basicCommandData": {
            "name": name,
            "actions": actions,
            "input_parameters": {"dtype_in": in_, "doc_in": "", "dformat_in": "Scalar"},
            "output_parameters": {"dtype_out": out, "doc_out": "", "dformat_out": "Scalar"},
        }
    }


@pytest.mark.parametrize(
    ("actions", "types", "behaviour", "lost"),
    [
        ([], ("Double", "Double"), None, ""),
        ([INPUT, RETURN], ("Double", "Double"), "echo", ""),
        ([INPUT, SET, RETURN], ("Double", "Double"), "echo", "side_effect of heat"),
        ([INPUT, RETURN], ("Double", "String"), None, "output_return"),
        ([RETURN], ("Double", "Double"), None, "output_return"),
        ([READ], ("Void", "Double"), None, "output_return of heat"),
        ([SLOW], ("Void", "Void"), {"takes": 5}, ""),
        ([SLOW, SLOW], ("Void", "Void"), {"takes": 10}, ""),
        ([SLOW, INPUT, RETURN], ("Double", "Double"), "echo", "long_running"),
        (
            [{"behaviour": "magic"}, {}],
            ("Void", "Void"),
            None,
            "magic, an action without behaviour",
        ),
        (
            [{"behaviour": "long_running", "execution_time_secs": "long"}],
            ("Void", "Void"),
            None,
            "long_running",
        ),
    ],
)
def test_actions_become_a_behaviour(
    tmp_path: Path, actions: Any, types: tuple[str, str], behaviour: Any, lost: str
) -> None:
    content = {"class_name": "A", "commands": [command(actions, *types)]}
    made = imported(tmp_path, a_json=json.dumps(content))
    assert made.fixture["classes"]["A"]["commands"]["Go"].get("behaviour") == behaviour
    served(made.fixture)
    can = "a command of a fixture can echo, take time, and set attributes to fixed values"
    told = [f"a.json: class A, command Go: {lost}; {can}"] if lost else []
    assert all_told(tmp_path, made.losses) == told


def test_commands_of_the_simulation_control_are_left_out(tmp_path: Path) -> None:
    """tango-simlib gives them to the device that controls the simulation."""
    commands = [command([], name="test_Storm"), command([], name="Go"), command([], name="GO")]
    content = {"class_name": "A", "commands": commands, "deviceProperties": [{}]}
    made = imported(tmp_path, a_json=json.dumps(content))
    assert list(made.fixture["classes"]["A"]["commands"]) == ["Go"]
    assert all_told(tmp_path, made.losses) == [
        "a.json: class A, command GO: duplicate name in the file; expected it once",
        "a.json: class A, commands test_Storm: "
        "commands of tango-simlib's simulation control, not of the device",
        "a.json: class A, device property: has no default, so it has no value",
    ]


@pytest.mark.parametrize(
    ("simulation", "told"),
    [
        ({"mean": 1}, "missing; expected a value"),
        (
            {"mean": 9, "std_dev": 1, "max_bound": 2},
            "expected min_bound <= mean <= max_bound",
        ),
        ({"mean": 1, "std_dev": 1, "initial_value": 1}, None),
    ],
)
def test_wrong_simulation_is_left_out(tmp_path: Path, simulation: Any, told: str | None) -> None:
    """The attribute stays, and stands still."""
    simulation = {"quantity_simulation_type": "GaussianSlewLimited", **simulation}
    element = {"name": "a", "data_type": "Double", "dataSimulationParameters": simulation}
    content = {"class_name": "A", "dynamicAttributes": [{"basicAttributeData": element}]}
    made = imported(tmp_path, a_json=json.dumps(content))
    parser = "tango-simlib's parser cannot read it: dynamicAttributes with name a has unexpected"
    if told is None:  # tango-simlib's own objection
        assert made.fixture["classes"] == {"A": {}}
        assert all_told(tmp_path, made.losses) == [
            f"a.json: class A, attribute a: {parser} simulation parameter initial_value"
        ]
        return
    assert made.fixture["classes"]["A"]["attributes"] == {"a": {"data_type": "DevDouble"}}
    [loss] = all_told(tmp_path, made.losses)
    assert loss.startswith("a.json: class A, attributes.a.simulation")
    assert loss.endswith(told)


def test_simdd_needs_no_pkg_resources(tmp_path: Path) -> None:
    """A new Python environment has none, and tango-simlib's parser asks for it."""
    content = {"class_name": "A", "commands": [command([])]}
    (tmp_path / "a.json").write_text(json.dumps(content), "utf-8")
    code = (
        "import sys\n"
        "class NoSetuptools:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] in ('pkg_resources', 'setuptools'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, NoSetuptools())\n"
        "from mtango_ref.tools.importer.importing import import_files\n"
        "print(list(import_files(sys.argv[1:]).fixture['devices']))\n"
        "print('pkg_resources' in sys.modules)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.json")],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert (run.stdout.splitlines(), run.returncode) == (["['test/A/1']", "False"], 0), run.stderr


@pytest.mark.parametrize(
    ("element", "sentence"),
    [
        ({"data_type": "Double"}, ": 'name' is a required property"),
        (
            {"name": "a", "data_type": "Float"},
            ".data_type: 'Float' is not one of "
            "['Boolean', 'String', 'Double', 'VarStringArray', 'VarDoubleArray']",
        ),
        (
            {"name": "a", "dataSimulationParameters": {"quantity_simulation_type": "Random"}},
            ".dataSimulationParameters.quantity_simulation_type: 'Random' is not one of "
            "['ConstantQuantity', 'GaussianSlewLimited']",
        ),
    ],
)
def test_wrong_element_leaves_the_others(tmp_path: Path, element: Any, sentence: str) -> None:
    constant = {"dataSimulationParameters": {"quantity_simulation_type": "ConstantQuantity"}}
    elements = [{"name": "b", "data_type": "Double"}, element, {"name": "c", "data_type": "Double"}]
    data = {
        "class_name": "A",
        "dynamicAttributes": [{"basicAttributeData": {**constant, **each}} for each in elements],
        "commands": 1,
    }
    made = imported(tmp_path, a_json=json.dumps(data))
    double = {"data_type": "DevDouble"}
    assert made.fixture["classes"] == {"A": {"attributes": {"b": double, "c": double}}}
    expected = "expected it as tango-simlib's SimDD.schema says"
    assert sorted(all_told(tmp_path, made.losses)) == [
        f"a.json: commands: 1 is not of type 'array'; {expected}",
        f"a.json: dynamicAttributes[1].basicAttributeData{sentence}; {expected}",
    ]
