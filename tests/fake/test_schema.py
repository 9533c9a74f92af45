"""The schema of the fixture language: editors rely on it to know what the checker knows."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fake_facilities import mistakes

from mtango_ref import manual
from mtango_ref.fixture.field_descriptions import FIELD_DESCRIPTIONS
from mtango_ref.fixture.json_schema import fixture_schema
from mtango_ref.fixture.loading import parse
from mtango_ref.fixture.yaml_document import Document
from mtango_ref.tango_types import ELEMENTS

SCHEMA = fixture_schema()
VALIDATOR = jsonschema_rs.Draft7Validator(SCHEMA)
EXAMPLE = re.findall(r"```yaml\n(.*?)```", manual.markdown("fixtures"), re.S)


def test_schema_is_valid() -> None:
    """The schema is JSON, as strict as it gets."""
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema_rs.meta.validate(SCHEMA)
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA


def objects(schema: Any) -> list[dict[str, Any]]:
    """Find the schema and all within it that have properties."""
    inner = schema.values() if isinstance(schema, dict) else schema
    found = [each for part in inner if isinstance(part, dict | list) for each in objects(part)]
    has_keys = isinstance(schema, dict) and "additionalProperties" in schema
    return [schema, *found] if has_keys and isinstance(schema.get("properties"), dict) else found


def test_every_key_is_explained() -> None:
    keys = {key: each for schema in objects(SCHEMA) for key, each in schema["properties"].items()}
    assert [key for key, each in keys.items() if not each.get("description")] == []
    assert set(FIELD_DESCRIPTIONS) - set(keys) == set()
    assert keys["update_period"]["description"] == "ms; a value holds that long."  # of the model
    assert keys["polling_period"]["description"] == FIELD_DESCRIPTIONS["polling_period"]


def test_schema_lists_types_states_and_defaults() -> None:
    """The types of an attribute, the states, Tango's defaults."""
    attribute = SCHEMA["definitions"]["Attribute"]["properties"]
    assert attribute["data_type"]["enum"] == [each.value for each in ELEMENTS]
    assert attribute["data_format"]["enum"] == ["SCALAR", "SPECTRUM", "IMAGE"]
    assert attribute["data_format"]["default"] == "SCALAR"
    assert attribute["description"]["default"] == "No description"
    assert attribute["min_alarm"]["default"] == "Not specified"
    assert "RUNNING" in SCHEMA["definitions"]["DevState"]["enum"]


FIXTURES = sorted(Path(str(resources.files("mtango_ref.fixtures"))).glob("*.yml"))
EXAMPLES = {
    **{path.name: path.read_text("utf-8") for path in FIXTURES},
    **{f"manual {n}": text for n, text in enumerate(EXAMPLE)},
    "sections of nothing": "facility:\nclasses: {A: , B: {attributes: , commands: {c: }}}\n"
    "devices: {a/b/c: {class: B, attributes: {State: }, commands: , pipes: }}",
    "inherited": "classes: {A: {attributes: {x: {data_type: DevLong}}, commands: {c: {}}},"
    " B: {inherits: A, attributes: {x: {value: 5}}}}\ndevices: {a/b/c: {class: B}}",
    "numbers for texts": "classes: {A: {attributes: {x: {data_type: DevLong, max_alarm: 5.5}}}}\n"
    "devices: {a/b/c: {class: A, version: 5, properties: {p: 5, q: [5, a], r: x}}}",
    "values": "classes: {A: {attributes: {a: {data_type: DevDouble, value: 5},"
    " b: {data_type: DevState, value: ON}, c: {data_type: DevString, value: null},"
    " d: {data_type: DevLong, data_format: SPECTRUM, max_dim_x: 3, value: [1]},"
    " e: {data_type: DevEncoded, value: {format: a, data: ''}}}}}\n"
    "devices: {a/b/c: {class: A}}",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_schema_accepts_valid_fixtures(name: str) -> None:
    parse(EXAMPLES[name], name, FIXTURES[0].parent)
    # Neither JSON nor this validator has .nan and .inf, which are numbers to an editor.
    text = re.sub(r"(?<=[ \[])-?\.(nan|inf)\b", "0.5", EXAMPLES[name])
    errors = VALIDATOR.iter_errors(Document(text).data)
    assert [(error.instance_path, error.message) for error in errors] == []


A = "classes: {{A: {{attributes: {{x: {{{}}}}}}}}}\ndevices: {{a/b/c: {{class: A}}}}"
D = "classes: {{A: {{attributes: {{x: {{data_type: DevLong}}}}}}}}\ndevices: {{a/b/c: {{{}}}}}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "classes: {}",
        "devices: {}",
        "devices: []",
        "hello",
        "devices: {a/b: {class: A}}",
        "devices: {a/b/c/d: {class: A}}",
        "devices: {a/b/c: {}}",
        "devices: {a/b/c: }",
        "clases: {}\ndevices: {a/b/c: {class: A}}",
        "facility: {port: 0}\ndevices: {a/b/c: {class: A}}",
        "facility: {host: a b}\ndevices: {a/b/c: {class: A}}",
        "facility: {database: a/b}\ndevices: {a/b/c: {class: A}}",
        "classes: {a/b: {}}\ndevices: {a/b/c: {class: A}}",
        "classes: {A: {inherits: 5}}\ndevices: {a/b/c: {class: A}}",
        A.format(""),
        A.format("data_type: DevDuble"),
        A.format("data_type: DevVoid"),
        A.format("data_type: DevLong, data_format: SPECTRAL"),
        A.format("data_type: DevLong, data_format: FMT_UNKNOWN"),
        A.format("data_type: DevLong, data_format: SPECTRUM"),
        A.format("data_type: DevLong, data_format: IMAGE, max_dim_x: 5"),
        A.format("data_type: DevEnum"),
        A.format("data_type: DevEnum, enum_labels: []"),
        A.format("data_type: DevLong, value: x"),
        A.format("data_type: DevLong, value: 1.5"),
        A.format("data_type: DevString, value: 5"),
        A.format("data_type: DevBoolean, value: 1"),
        A.format("data_type: DevState, value: OFFF"),
        A.format("data_type: DevLong, unyt: m"),
        A.format("data_type: DevLong, unit: 5"),
        A.format("data_type: DevLong, max_alarm: [5]"),
        A.format("data_type: DevLong, polling_period: 4"),
        A.format("data_type: DevLong, writable: WRITABLE"),
        A.format("data_type: DevLong, quality: VALID"),
        A.format("data_type: DevLong, raises: {reason: x}"),
        A.format("data_type: DevLong, simulation: {quantity_simulation_type: Sinus}"),
        A.format("data_type: DevLong, simulation: {quantity_simulation_type: Uniform, mix: 5}"),
        D.format("class: 5"),
        D.format("class: A, state: RUNING"),
        D.format("class: A, exported: 1"),
        D.format("class: A, server: A"),
        D.format("class: A, attributes: {x: {max_dim_x: 5}}"),
        D.format("class: A, attributes: {x/y: {}}"),
        D.format("class: A, properties: {p: {}}"),
        D.format("class: A, commands: {Init: {value_: 5}}"),
    ],
)
def test_schema_refuses_wrong_fixtures(text: str) -> None:
    """Both the checker and the schema refuse it."""
    assert mistakes(text)
    assert not VALIDATOR.is_valid(Document(text).data)
