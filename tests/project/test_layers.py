"""What may import what: the folder is the layer."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli

ROOT = Path(__file__).parents[2]

# (files, imports that they may not have, why)
LAWS = [
    (
        r"(?!backends/(pytango|recorder)/).*",
        r"tango\b.*",
        "only what is behind the pytango backend knows PyTango",
    ),
    (r"backends/fake/.*", r"numpy\b.*", "the fake starts without numpy"),
    (
        r"mtango_ref/(?!cli/|conformance/serving).*",
        r"mtango_ref\.backends.*",
        "backends are chosen at the start",
    ),
    (
        r"backends/(?!__init__).*",
        r"(falcon|waitress|click|mtango_ref\.(app|cli|failures|links|middleware|parsing|proxies"
        r"|representations|resources|server|settings|specification))\b.*",
        "a backend knows nothing of HTTP",
    ),
    (r"backends/fake/.*", r"mtango_ref\.backends\.pytango.*", "the backends are strangers"),
    (r"backends/pytango/.*", r"mtango_ref\.backends\.fake.*", "the backends are strangers"),
    (
        r"(?!backends/importer/).*",
        r"tango_simlib\.(utilities|tango_yaml_tools)\b.*",
        "tango-simlib's parsers, which import PyTango, are for the importer",
    ),
    (
        r"backends/importer/.*",
        r"mtango_ref\.backends\.(pytango|recorder).*",
        "the importer asks no facility",
    ),
    (
        r"mtango_ref/(model|tango_types|json_values|interface|settings|links|parsing)\.py",
        r"mtango_ref\.(app|resources|representations|server|failures)\b.*",
        "what is below does not know what is above",
    ),
    (
        r"mtango_ref/tango_types\.py",
        r"mtango_ref\.(?!model\b|dev_float\b).*",
        "the tables of Tango's types stand on the vocabulary alone",
    ),
    (
        r"mtango_ref/json_values\.py",
        r"mtango_ref\.(?!model\b|dev_float\b|tango_types\b).*",
        "the converter knows Tango's types and nothing of who uses it",
    ),
    (
        r"(?!mtango_ref/(connections|event_loop|server|trusted_proxy)\.py).*",
        r"waitress\b.*",
        "one layer knows waitress",
    ),
]


def sources() -> Iterator[str]:
    for folder in ("mtango_ref", "backends", "fixtures", "swagger"):
        for path in (ROOT / folder).rglob("*.py"):
            yield path.relative_to(ROOT).as_posix()


def imports(source: str) -> Iterator[str]:
    """The modules that a file imports, wherever in it; a name taken from one is told with it."""
    for node in ast.walk(ast.parse((ROOT / source).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{source} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("source", sorted(sources()))
def test_layers(source: str) -> None:
    broken = [
        f"{module}: {why}"
        for files, forbidden, why in LAWS
        if re.fullmatch(files, source)
        for module in imports(source)
        if re.fullmatch(forbidden, module)
    ]
    assert broken == []


def test_laws_can_be_broken() -> None:
    """Each law covers a file, and forbids a module that there is."""
    modules = {module for source in sources() for module in imports(source)}
    for files, forbidden, why in LAWS:
        assert any(re.fullmatch(files, source) for source in sources()), why
        assert any(re.fullmatch(forbidden, module) for module in modules | {"numpy"}), why


def test_every_package_is_in_the_wheel() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    folders = {Path(source).parent.as_posix() for source in sources()}
    inside = {folder.replace("/", ".") for folder in folders}
    inside = {name if name.startswith("mtango_ref") else f"mtango_ref.{name}" for name in inside}
    cases = {"mtango_ref.conformance.case_files"}  # data only, in tests/conformance
    assert set(project["packages"]) == inside | cases
