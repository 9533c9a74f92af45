"""The cases of the suite, read from YAML files: one a facet, and shared.yml for what they share.

schema.json beside them tells the language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import yaml

from mtango_ref import specification
from mtango_ref.conformance import matching
from mtango_ref.conformance.model import MODES, Case, Request
from mtango_ref.conformance.shapes import Shapes, merge, replace
from mtango_ref.conformance.wildcards import wildcard
from mtango_ref.settings import Settings

SHARED = "shared.yml"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_ROOT = Path(__file__).resolve().parents[2]
_ABBREVIATIONS = {
    "$P": "/rc3/hosts/localhost/10000",
    "$D": "/rc3/hosts/localhost/10000/devices/$device",
    "$LONG": "x" * 10_000,
}
_LONGEST_PATH = 100
"""Characters of a path in a case's name."""

File = dict[str, Any]


class CaseError(Exception):
    """Mistakes in case files: a line for each, with the file, the case and what was expected."""


def folder() -> Path:
    """Where the files are: in a checkout beside the tests, else inside of this package."""
    if (_ROOT / "pyproject.toml").is_file():
        return _ROOT / "tests" / "conformance"
    return Path(str(files("mtango_ref.conformance") / "case_files"))


def load(where: Path | None = None) -> list[Case]:
    """Every case, in the order of the files; one for each mode and request. Raises CaseError."""
    documents = _read(where or folder())
    shared = documents.pop(SHARED, {})
    cases: list[Case] = []
    mistakes: list[str] = []
    for name, document in documents.items():
        for case in document["cases"]:
            with _telling(f"{name}, case {case['name']!r}", mistakes):
                cases += _each(case, document, shared)
    mistakes += _repeated(cases)
    if mistakes:
        raise CaseError("\n".join(dict.fromkeys(mistakes)))
    return cases


def needs(where: Path | None = None) -> dict[str, Case]:
    """What cases may need beyond a TangoTest, by its word: a case that a server which has it
    passes; `name` tells what it is.

    Where the server is known to have everything, nothing need be asked, and a defect cannot
    hide the cases that would tell of it.
    """
    shared = _read(where or folder()).get(SHARED, {})
    found = {}
    for word, need in shared.get("needs", {}).items():
        [found[word], *_] = _expanded({"rule": need["name"], **need}, "needs", shared)
    return found


def fitting(
    cases: Collection[Case],
    mode: str,
    extensions: Collection[str],
    only: str | None = None,
    has: Collection[str] | None = None,
) -> list[Case]:
    """The cases for a server in that mode with these extensions on.

    only: a facet; None: all. has: the words for what the server has (see needs);
    None: everything.
    """

    def fits(case: Case) -> bool:
        extension = case.extension or ""
        on = extension.removeprefix("-") in extensions
        return (
            mode in case.modes
            and (not extension or on != extension.startswith("-"))
            and only in (None, case.facet)
            and (has is None or set(case.needs) <= set(has))
        )

    return [case for case in cases if fits(case)]


def _read(where: Path) -> dict[str, File]:
    """The files by name. Raises CaseError where one is not as schema.json says."""
    validator = jsonschema_rs.validator_for(orjson.loads((where / "schema.json").read_bytes()))
    documents, mistakes = {}, []
    for file in sorted(where.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".yml"):
            continue
        try:
            document = yaml.load(file.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe one
        except yaml.YAMLError as error:
            mistakes.append(f"{file.name}: it is not YAML: {error}")
            continue
        documents[file.name] = document
        mistakes += [
            f"{file.name}{_case_at(error, document)}: {error.message}"
            for error in validator.iter_errors(document)
        ]
    if mistakes:
        raise CaseError("\n".join(mistakes))
    return documents


def _case_at(error: jsonschema_rs.ValidationError, document: Any) -> str:
    """Where in the file, in words."""
    place = list(error.instance_path)
    where = ".".join(map(str, place))
    if place[:1] == ["cases"] and len(place) > 1:
        case = document["cases"][place[1]]
        name = case.get("name") if isinstance(case, dict) else None
        key = ".".join(map(str, place[2:]))
        return f", case {name or place[1]!r}" + (f", {key}" if key else "")
    return f", {where}" if where else ""


@contextmanager
def _telling(where: str, mistakes: list[str]) -> Iterator[None]:
    """Notes a ValueError as a mistake at that place."""
    try:
        yield
    except ValueError as error:
        mistakes.append(f"{where}: {error}")


def _each(case: Mapping[str, Any], document: File, shared: File) -> Iterator[Case]:
    """A case of a file, completed with the file's defaults, once for each of its arguments."""
    completed = merge(document.get("defaults", {}), dict(case))
    for argument in completed.pop("each", [None]):
        one = completed if argument is None else replace(completed, argument, "the case")
        yield from _expanded(one, document["facet"], shared)


def _expanded(case: Mapping[str, Any], facet: str, shared: File) -> list[Case]:
    """A case of a file as one for each mode and request. Raises ValueError."""
    unknown = set(case.get("needs", ())) - set(shared.get("needs", ()))
    if unknown:
        raise ValueError(f"needs {', '.join(sorted(unknown))}, which {SHARED} does not tell")
    found = []
    for mode in case.get("modes", MODES):
        shapes = Shapes(shared.get("shapes", {}), mode)
        expected = _abbreviated(shapes.expand([case.get("headers", {}), case.get("body")]))
        _check_wildcards(matching.placed(expected, "", "a/b/c"))
        headers, body = expected
        requests = list(_requests(case))
        found += [
            Case(
                name=case["name"] if len(requests) == 1 else f"{case['name']}: {_title(request)}",
                facet=facet,
                operation=_operation(request),
                modes=(mode,),
                extension=case.get("extension"),
                request=request,
                status=case.get("status", 200),
                headers={name.lower(): value for name, value in headers.items()},
                body=body,
                rule=case["rule"],
                needs=tuple(case.get("needs", ())),
            )
            for request in requests
        ]
    return found


def _requests(case: Mapping[str, Any]) -> Iterator[Request]:
    """Each path with each of the variants of `with`."""
    variants = case.get("with", {})
    for method in METHODS:
        paths = case.get(method, [])
        for path in [paths] if isinstance(paths, str) else paths:
            for variant in variants if isinstance(variants, list) else [variants]:
                path_there = _abbreviated(path) + variant.get("query", "")
                body = variant.get("body", "").encode()
                headers = variant.get("headers", {})
                yield Request(method.upper(), path_there, headers, body)


def _abbreviated(node: Any) -> Any:
    """With $P, $D and $LONG written out."""
    if isinstance(node, str):
        return re.sub(r"\$(P|D|LONG)\b", lambda match: _ABBREVIATIONS[match[0]], node)
    if isinstance(node, list):
        return [_abbreviated(child) for child in node]
    if isinstance(node, dict):
        return {_abbreviated(key): _abbreviated(child) for key, child in node.items()}
    return node


def _check_wildcards(node: Any) -> None:
    """Raises ValueError for one that there is not."""
    if isinstance(node, str):
        if node != matching.ANYTHING:
            wildcard(node)
    elif isinstance(node, list):
        for child in node:
            _check_wildcards(child)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key not in matching.SPECIAL:
                _check_wildcards(key)
            _check_wildcards(child)


def _title(request: Request) -> str:
    """For the name of a case that has several requests."""
    path = request.path
    for short in ("$D", "$P", "$LONG"):
        path = path.replace(_ABBREVIATIONS[short], short)
    extras = [f"{name}: {value}" for name, value in request.headers.items()]
    if request.body:
        extras.append(f"body {request.body.decode()}")
    title = " ".join([request.method, path, *extras])
    return title if len(title) <= _LONGEST_PATH else title[:_LONGEST_PATH] + "..."


def _repeated(cases: list[Case]) -> list[str]:
    """Of cases in one mode no two may have one name."""
    seen, mistakes = set(), []
    for case in cases:
        key = (case.name, case.modes)
        if key in seen:
            mistakes.append(f"{case.facet}.yml, case {case.name!r}: another name is expected")
        seen.add(key)
    return mistakes


def _operation(request: Request) -> str | None:
    """The operation of the swagger files that the path means: fields come after literals."""
    path = request.path.partition("?")[0]
    found = [
        (template.count("["), operation_id)
        for method, template, operation_id in _operations()
        if method == request.method and re.fullmatch(template, path)
    ]
    return min(found)[1] if found else None


@lru_cache(maxsize=1)
def _operations() -> list[tuple[str, str, str]]:
    return [
        (each.method, re.sub(r"{\w+}", "[^/]*", each.path) + "/?", each.operation_id)
        for each in specification.operations(Settings())
    ]
