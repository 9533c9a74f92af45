"""One function folds the case of Tango's names, as Tango does: mtango_ref.names.lower."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from project.parsed import nodes

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("mtango_ref", "backends")
    for path in (ROOT / folder).rglob("*.py")
    if "conformance" not in path.parts  # which knows no backend, and folds as HTTP does
)

NO_NAMES = {
    "mtango_ref/fixture/yaml_document.py": ["text.lower"],  # YAML's true and false
    "mtango_ref/fixture/simulations/replay.py": ["cell.strip().lower"],  # a cell of CSV
    "mtango_ref/fixture/mistakes.py": ["each.__name__.lower", "str(part).lower"],  # models
    "mtango_ref/messages.py": ["each.lower", "name[:MAX_LENGTH].lower"],  # "did you mean"
    "mtango_ref/tools/importer/converting.py": ["str(value).lower"],  # truth values
    "mtango_ref/tools/importer/formats/pogo.py": ["each.tag.lower"],  # XML
    "mtango_ref/http/app.py": ["operation.method.lower"],
    "mtango_ref/http/cors.py": ["origin.lower"],
    "mtango_ref/http/pages.py": ["socket.gethostname().casefold"],
    "mtango_ref/http/compression.py": ["header.lower"],
    "mtango_ref/manual/html.py": ["text.lower"],  # an anchor of a page
    "mtango_ref/http/middleware.py": ["each.lower"],  # HTTP's methods
    "mtango_ref/names.py": ["each.lower", "name.lower"],
    "mtango_ref/http/parsing.py": [
        "(req.content_type or '').partition(';')[0].strip().lower",
        "each.strip().lower",  # HTTP's codings
    ],
    "mtango_ref/settings/texts.py": [
        "f'{parts.scheme}://{netloc}{path}'.lower",
        "origin.lower",
        "text.lower",
    ],
    "mtango_ref/text_values.py": ["text.strip().lower"],  # truth values
    "mtango_ref/http/input/bodies.py": [
        "media_type.lower",
        "media_type.lower",
        "options.get('charset', 'utf-8').lower",
    ],
    "mtango_ref/settings/sources.py": ["text.lower", "text.lower"],  # truth values
}
"""Everything else that is lowered, by file."""


def lowered(source: str) -> Iterator[str]:
    """Find str.lower and str.casefold, called or handed on."""
    for node in nodes(source):
        if isinstance(node, ast.Attribute) and node.attr in ("lower", "casefold"):
            yield ast.unparse(node)


def test_names_are_lowered_by_one_function() -> None:
    found = {source: sorted(lowered((ROOT / source).read_text("utf-8"))) for source in SOURCES}
    assert {source: each for source, each in found.items() if each} == NO_NAMES


def test_what_is_lowered_is_seen() -> None:
    assert sorted(lowered("map(str.lower, x)\n'A'.casefold()\nlower(name)")) == [
        "'A'.casefold",
        "str.lower",
    ]
