"""The law of imports: the folder is the layer."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import tomli

from project.parsed import nodes

ROOT = Path(__file__).parents[2]

LAYERS = [
    (
        "the vocabulary",
        r"mtango_ref/(__init__|model|dev_float|files|json_text|json_values|libyaml|messages|names"
        r"|path_lock|pipe_input|properties|tango_host|tango_types|text_values)\.py",
    ),
    (
        "what all layers share",
        r"mtango_ref/(calls|interface|refusals|statuses|tango_errors)\.py|mtango_ref/(figures|logs|openapi|settings)/.*"
        r"|swagger/.*",
    ),
    ("the fixture language", r"(mtango_ref/fixture|fixtures)/.*"),
    ("the backends", r"backends/.*"),
    ("the manual", r"mtango_ref/manual/.*"),
    ("sockets, threads and processes", r"mtango_ref/(sockets|threads|processes)/.*"),
    ("HTTP", r"mtango_ref/http/.*"),
    ("the server", r"mtango_ref/server/.*"),
    ("the tools", r"mtango_ref/(tools|conformance|deploy)/.*"),
    ("the tests of clients", r"mtango_ref/testing/.*"),
    ("the command line", r"mtango_ref/(cli/.*|__main__\.py)"),
]
"""The layers from below, as (name, files): a file imports from its own and from those before it."""

# (files, imports that they may not have, why)
LAWS = [
    (
        r"(?!backends/pytango/|mtango_ref/tools/recorder/).*",
        r"tango\b.*",
        "only the pytango backend and the recorder know PyTango",
    ),
    (r"(backends/fake|mtango_ref/fixture)/.*", r"numpy\b.*", "the fake starts without numpy"),
    (
        r"mtango_ref/(http|server|sockets|threads|processes)/.*",
        r"mtango_ref\.(backends|fixture)\b.*",
        "backends are chosen at the start",
    ),
    (
        r"(?!backends/__init__)(backends|mtango_ref/fixture)/.*",
        r"(falcon|waitress|click|mtango_ref\.settings)\b.*",
        "a backend knows nothing of HTTP",
    ),
    (r"backends/fake/.*", r"mtango_ref\.backends\.pytango.*", "the backends are strangers"),
    (
        r"backends/fake/timing/.*",
        r"mtango_ref\.backends\.fake\.(?!timing\b).*",
        "the course of time is that of any facility",
    ),
    (
        r"backends/fake/(device|builder)/.*",
        r"mtango_ref\.backends\.fake\.(control|backend|database|proxy|watch)\b.*",
        "a device knows nothing of the facility that it is in",
    ),
    (
        r"backends/fake/device/.*",
        r"mtango_ref\.backends\.fake\.builder\b.*",
        "a device knows nothing of the fixture's builder",
    ),
    (
        r"backends/pytango/.*",
        r"mtango_ref\.(backends\.fake|fixture)\b.*",
        "the backends are strangers",
    ),
    (
        r"(?!mtango_ref/tools/importer/).*",
        r"tango_simlib\.(utilities|tango_yaml_tools)\b.*",
        "tango-simlib's parsers, which import PyTango, are for the importer",
    ),
    (
        r"mtango_ref/tools/importer/.*",
        r"mtango_ref\.(backends\.pytango|tools\.recorder)\b.*",
        "the importer asks no facility",
    ),
    (
        r"mtango_ref/tango_types\.py",
        r"mtango_ref\.(?!model\b|dev_float\b).*",
        "the tables of Tango's types stand on the vocabulary alone",
    ),
    (
        r"mtango_ref/json_values\.py",
        r"mtango_ref\.(?!model\b|dev_float\b|json_text\b|messages\b|tango_types\b).*",
        "the converter knows Tango's types and nothing of its users",
    ),
    (r"(?!mtango_ref/server/).*", r"waitress\b.*", "one layer knows waitress"),
    (
        r"mtango_ref/threads/.*",
        r"mtango_ref\.(?!(calls|figures|model|threads)\b).*|(falcon|selectors|socket|waitress)\b.*",
        "whose turn it is does not depend on what is asked, nor over which protocol",
    ),
    (
        r"mtango_ref/sockets/.*",
        r"mtango_ref\.(?!(messages|path_lock|settings|sockets)\b).*|(falcon|waitress)\b.*",
        "a socket is listened at without knowing who answers",
    ),
    (
        r"mtango_ref/processes/.*",
        r"mtango_ref\.(?!(figures|files|interface|messages|path_lock|processes)\b).*"
        r"|(falcon|waitress)\b.*",
        "a parent that may fork at any time imports nothing that has threads",
    ),
    (
        r"mtango_ref/http/.*",
        r"mtango_ref\.(sockets|threads|processes)\b.*",
        "the app knows nothing of who runs it",
    ),
    (
        r"mtango_ref/conformance/.*",
        r"mtango_ref\.(?!(__version__|conformance|files|messages|model|names|openapi|libyaml|statuses)\b).*",
        "the kit knows rc3 and nothing of this server",
    ),
    (
        r"mtango_ref/(?!conformance/fuzz/schemathesis_run)conformance/.*",
        r"(tango|numpy)\b.*",
        "the cases need neither PyTango nor numpy",
    ),
    (
        r"mtango_ref/openapi/.*",
        r"mtango_ref\.(?!(interface|libyaml|messages|openapi|statuses)\b).*",
        "the swagger files know nothing of who reads them",
    ),
]


def sources() -> Iterator[str]:
    for folder in ("mtango_ref", "backends", "fixtures", "swagger"):
        for path in (ROOT / folder).rglob("*.py"):
            yield path.relative_to(ROOT).as_posix()


@cache
def imports(source: str) -> tuple[str, ...]:
    """List the modules that a file imports, wherever in it, with the names taken from each."""
    return tuple(_imports(source))


def _imports(source: str) -> Iterator[str]:
    for node in nodes((ROOT / source).read_text("utf-8")):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{source} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_each_source_keeps_its_layer() -> None:
    broken = [
        f"{source}: {module}: {why}"
        for source in sources()
        for files, forbidden, why in LAWS
        if re.fullmatch(files, source)
        for module in imports(source)
        if re.fullmatch(forbidden, module)
    ]
    assert broken == []


@cache
def layer(source: str) -> int:
    """Find the number of a file's layer."""
    [number] = [each for each, (_, files) in enumerate(LAYERS) if re.fullmatch(files, source)]
    return number


@cache
def file_of(module: str) -> str | None:
    """Find the file of ours that is, or defines, what is imported."""
    parts = module.split(".")
    if parts[0] != "mtango_ref":
        return None
    outside = parts[1:2] and parts[1] in ("backends", "fixtures", "swagger")
    for end in range(len(parts), 0, -1):
        path = "/".join(parts[bool(outside) : end])
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if (ROOT / file).is_file():
                return file
    raise AssertionError(module)


def test_layers_import_from_those_above_only() -> None:
    found = {
        f"{source}: {file}"
        for source in sources()
        for module in imports(source)
        if (file := file_of(module)) and layer(file) > layer(source)
    }
    assert found == set()


def test_environment_is_left_alone() -> None:
    """A process has one environment, and may serve several facilities."""
    changing = r"os\.environ(\[[^]]*\] *(=(?!=)|\|=)|\.(pop|update|setdefault|clear)\b)|putenv"
    texts = {source: (ROOT / source).read_text("utf-8") for source in sources()}
    assert [source for source, text in texts.items() if re.search(changing, text)] == []


def test_no_file_imports_itself_by_a_detour() -> None:
    """Imports in functions and for types alone count, too."""
    graph = {
        source: {file for module in imports(source) if (file := file_of(module)) != source}
        for source in sources()
    }
    try:
        TopologicalSorter({key: each - {None} for key, each in graph.items()}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


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
