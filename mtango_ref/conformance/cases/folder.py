"""The files of the cases: one a facet, shared.yml for what they share, and schema.json, which
describes their language."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import yaml

from mtango_ref.libyaml import load_yaml

SHARED = "shared.yml"
_ROOT = Path(__file__).resolve().parents[3]
_LONGEST = 300
"""Characters of a mistake's sentence, which may have all of a case in it."""

File = dict[str, Any]


class CaseError(Exception):
    """Mistakes in case files: a line for each, with the file, the case and what was expected."""


def folder() -> Path:
    """Return the folder of the files: beside the tests in a checkout, else inside this package."""
    if (_ROOT / "pyproject.toml").is_file():
        return _ROOT / "tests" / "conformance"
    return Path(str(files("mtango_ref.conformance") / "case_files"))


def read(where: Path) -> dict[str, File]:
    """Read the files by name. Raises CaseError where one is not as schema.json says."""
    schema = orjson.loads((where / "schema.json").read_bytes())
    validator = jsonschema_rs.validator_for(schema)
    documents: dict[str, File] = {}
    mistakes: list[str] = []
    for file in sorted(where.glob("*.yml")):
        document, found = _read(file, validator)
        documents[file.name] = document
        mistakes += [f"{file.name}{mistake}" for mistake in found]
    if mistakes:
        raise CaseError("\n".join(mistakes))
    return documents


def _read(file: Path, validator: jsonschema_rs.Validator) -> tuple[Any, list[str]]:
    try:
        document = load_yaml(file.read_bytes())
    except yaml.YAMLError as error:
        return None, [f": not YAML: {error}"]
    errors = validator.iter_errors(document)
    return document, [f"{_place(error, document)}: {_sentence(error)}" for error in errors]


def _sentence(error: jsonschema_rs.ValidationError) -> str:
    if list(error.schema_path)[-1:] == ["anyOf"]:  # of the schema's only one
        return "expected a request: one of get, put, post, delete, options, head, patch"
    return error.message[:_LONGEST]


def _place(error: jsonschema_rs.ValidationError, document: Any) -> str:
    """Name a place in the file, in words."""
    place = list(error.instance_path)
    where = ".".join(map(str, place))
    if place[:1] == ["cases"] and len(place) > 1:
        case = document["cases"][place[1]]
        name = case.get("name") if isinstance(case, dict) else None
        key = ".".join(map(str, place[2:]))
        return f", case {name or place[1]!r}" + (f", {key}" if key else "")
    return f", {where}" if where else ""
