"""The fixture language as JSON Schema, made from the models that check it.

Draft-07, because that is what editors read: VS Code's YAML extension and its like. A schema
cannot know everything that the checker knows; whatever the checker takes, the schema takes.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from math import inf
from textwrap import dedent
from typing import Any

from mtango_ref.backends.fake import names
from mtango_ref.backends.fake.checker import CLASS_PARTS, DEVICE_PARTS
from mtango_ref.backends.fake.language import DIMENSIONS, Attribute, Facility
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.backends.fake.words import WORDS
from mtango_ref.model import AttrDataFormat, DevEncoded, DevState
from mtango_ref.tango_types import ELEMENTS

Json = dict[str, Any]

_DRAFT = "http://json-schema.org/draft-07/schema#"
_REFERENCE = "#/definitions/{model}"
_TYPES: dict[type, Json] = {
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    DevState: {"enum": [*DevState.__members__]},
    DevEncoded: {"type": "object", "required": ["format", "data"]},
}
"""How a value is written, by what the model has of it."""
_BOUNDS = {
    "ge": "minimum",
    "le": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
}


def fixture_schema() -> Json:
    """The whole schema, plain data."""
    schema = Facility.model_json_schema(ref_template=_REFERENCE)
    definitions: Json = schema.pop("$defs")
    _describe({**definitions, Facility.__name__: schema})
    _tidy(schema)
    _tidy(definitions)
    _open_parts(definitions)
    definitions[Attribute.__name__] |= _of_attributes(definitions[Attribute.__name__])
    _open_sections(schema)
    return {"$schema": _DRAFT, **schema, "definitions": definitions}


def _describe(schemas: Json) -> None:
    """Each key by the text below it in its model, or else by the table of words."""
    for model in _models(Model):
        properties = schemas.get(model.__name__, {}).get("properties", {})
        for name, text in _texts_of_fields(model):
            field = model.model_fields.get(name)
            key = (field and field.alias) or name
            if key in properties:
                properties[key].setdefault("description", text)
    for schema in schemas.values():
        for key, each in schema.get("properties", {}).items():
            if key in WORDS:
                each.setdefault("description", WORDS[key])


def _models(model: type[Model]) -> Iterator[type[Model]]:
    for each in model.__subclasses__():
        yield each
        yield from _models(each)


def _texts_of_fields(model: type[Model]) -> Iterator[tuple[str, str]]:
    for base in model.__mro__:
        if issubclass(base, Model) and base is not Model:
            [tree] = ast.parse(dedent(inspect.getsource(base))).body
            assert isinstance(tree, ast.ClassDef)
            for field, below in pairwise(tree.body):
                match field, below:
                    case ast.AnnAssign(target=key), ast.Expr(value=ast.Constant(value=str(text))):
                        yield ast.unparse(key), inspect.cleandoc(text)


def _tidy(schema: Any) -> None:
    """Without the titles that pydantic makes of the keys, without defaults that say nothing,
    and without infinities, which JSON does not have."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        if "default" in schema and schema["default"] in (None, inf, -inf):
            del schema["default"]
        for bound in _BOUNDS.keys() & schema.keys():  # pydantic's, where the type is of ours
            schema[_BOUNDS[bound]] = schema.pop(bound)
        for each in schema.values():
            _tidy(each)
    elif isinstance(schema, list):
        for each in schema:
            _tidy(each)


def _open_parts(definitions: Json) -> None:
    """A class may override what it inherits as a device does what its class has."""
    for owner in ("DeviceClass", "Device"):
        properties = definitions[owner]["properties"]
        for part, override in DEVICE_PARTS.items():
            names_of = dict.fromkeys((CLASS_PARTS[part].__name__, override.__name__))
            pieces = [_or_nothing(_ref(name), definitions[name]) for name in names_of]
            piece = {"anyOf": pieces} if len(pieces) > 1 else pieces[0]
            section = _section(piece, names.NAME)
            section["description"] = properties[part]["description"]
            properties[part] = section
    definitions["DeviceClass"] |= {
        "if": {"not": {"required": ["inherits"]}},
        "then": {
            "properties": {
                part: {
                    "additionalProperties": {"required": definitions[model.__name__]["required"]}
                }
                for part, model in CLASS_PARTS.items()
                if "required" in definitions[model.__name__]
            }
        },
    }


def _open_sections(schema: Json) -> None:
    properties = schema["properties"]
    described = {key: each["description"] for key, each in properties.items()}
    properties["facility"] = {"anyOf": [properties["facility"], {"type": "null"}]}
    of_class = {"anyOf": [_ref("DeviceClass"), {"type": "null"}]}
    properties["classes"] = _section(of_class, names.NAME)
    properties["devices"] = {
        **_section(_ref("Device"), names.DEVICE_NAME),
        "type": "object",
        "minProperties": 1,
    }
    for key, text in described.items():
        properties[key]["description"] = text
    schema["required"] = ["devices"]


def _section(piece: Json, pattern: str) -> Json:
    """Named pieces; nothing is as good as none."""
    return {
        "type": ["object", "null"],
        "propertyNames": {"pattern": f"^{pattern}$"},
        "additionalProperties": piece,
    }


def _or_nothing(reference: Json, definition: Json) -> Json:
    """Nothing is as good as an empty mapping, where one will do."""
    return reference if "required" in definition else {"anyOf": [reference, {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": _REFERENCE.format(model=name)}


def _of_attributes(schema: Json) -> Json:
    """What an attribute has to tell depends on its type and its format."""
    properties = {
        **schema["properties"],
        "data_type": {
            **schema["properties"]["data_type"],
            "enum": [each.value for each in ELEMENTS],
        },
        "data_format": {
            **schema["properties"]["data_format"],
            "enum": [each.value for each in DIMENSIONS],
        },
    }
    for key in ("data_type", "data_format"):
        del properties[key]["$ref"]
    rules = [
        {"if": _is("data_format", data_format.value), "then": {"required": [*dimensions]}}
        for data_format, dimensions in DIMENSIONS.items()
        if dimensions
    ]
    labels = {"required": ["enum_labels"], "properties": {"enum_labels": {"minItems": 1}}}
    rules.append({"if": _is("data_type", "DevEnum"), "then": labels})
    return {"properties": properties, "allOf": [*rules, *_of_values()]}


def _of_values() -> Iterator[Json]:
    """What the value of a scalar may be."""
    others = [each.value for each in DIMENSIONS if each is not AttrDataFormat.SCALAR]
    for python, written in _TYPES.items():
        types = [each.value for each, kind in ELEMENTS.items() if type(kind.zero) is python]
        scalar = {"not": _is("data_format", *others)}
        value = {"anyOf": [written, {"type": "null"}]}
        yield {
            "if": {"allOf": [_is("data_type", *types), scalar]},
            "then": {"properties": {"value": value}},
        }


def _is(key: str, *values: str) -> Json:
    return {"required": [key], "properties": {key: {"enum": [*values]}}}
