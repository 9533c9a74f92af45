"""A file -> its content, within stated limits, and which of the formats it is in.

The content decides, not the suffix.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mtango_ref.backends.fake.document import Document, DocumentError
from mtango_ref.backends.importer.description import ImportRefused
from mtango_ref.backends.importer.xml_tree import XmlTree
from mtango_ref.backends.importer.yaml_places import YamlPath, places

MAX_BYTES = 10_000_000
MAX_DEPTH = 20

STDIN = "-"
POGO, SIMDD, FANDANGO = "POGO", "SimDD", "fandango"
SPECIFICATION, DSCONFIG = "tango-yaml", "dsconfig"
EXPECTED = (
    "expected a POGO .xmi, a SimDD .json, a fandango .fgo, the YAML of tango-yaml,"
    " or the JSON of dsconfig"
)


class YamlText:
    """YAML that was read: its data."""

    def __init__(self, text: str, data: Any) -> None:
        self.data = data
        self._text = text
        self._lines: dict[YamlPath, int] = {}

    def line(self, *path: str | int) -> int:
        """The line, counted from 1, of what is at a path; 0 if there is no such thing."""
        self._lines = self._lines or dict(places(self._text))
        return self._lines.get(path, 0)


class Source(NamedTuple):
    """One file. content: an XmlTree, the data of JSON, or a YamlText."""

    name: str
    format: str
    content: Any

    @property
    def stem(self) -> str:
        """The file's name without folder and suffix."""
        return "" if self.name == "standard input" else Path(self.name).stem


def read(path: str) -> Source:
    """The content of a file, or of standard input for `-`. ImportRefused."""
    name = "standard input" if path == STDIN else path
    raw = _raw(path, name)
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tree = XmlTree(raw, name, MAX_DEPTH)
        if tree.root.tag.rpartition(":")[2] != "PogoSystem":
            what = f"XML of <{tree.root.tag[:60]}>; {EXPECTED}"
            raise ImportRefused(f"{name}:{tree.line(tree.root)}: {what}.")
        return Source(name, POGO, tree)
    text = _decoded(raw, name)
    if text.lstrip()[:1] in ("{", "["):
        data = _json(text, name)
        return Source(name, _format_of_json(data, name), data)
    data = _yaml(text, name)
    if not _is_specification(data):
        raise ImportRefused(f"{name}: none of the formats; {EXPECTED}.")
    return Source(name, SPECIFICATION, YamlText(text, data))


def _raw(path: str, name: str) -> bytes:
    try:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1) if path == STDIN else _bounded(Path(path))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ImportRefused(f"{name} cannot be read: {why}.") from None
    if len(raw) > MAX_BYTES:
        raise ImportRefused(f"{name}: the file is too large; expected at most {MAX_BYTES} bytes.")
    if not raw.strip():
        raise ImportRefused(f"{name}: the file is empty; {EXPECTED}.")
    return raw


def _bounded(path: Path) -> bytes:
    # A pipe or a device could give bytes for ever, or none.
    if path.exists() and not path.is_file():
        raise ValueError("not a file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{name}: byte {error.start} is not UTF-8; {EXPECTED}.") from None


def _json(text: str, name: str) -> Any:
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            counts = Counter(key for key, _ in items)
            twice.append(counts.most_common(1)[0][0])
        return made

    try:
        data = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}"
        raise ImportRefused(
            f"{where}: {error.msg} in column {error.colno}; expected JSON."
        ) from None
    except (RecursionError, ValueError) as error:
        deep = isinstance(error, RecursionError)
        what = f"nested too deep; expected at most {MAX_DEPTH} levels" if deep else f"{error}"
        raise ImportRefused(f"{name}: {what}.") from None
    if twice:
        raise ImportRefused(f"{name}: {twice[0]!r} stands twice in one object; expected it once.")
    if any(depth > MAX_DEPTH for depth in _depths(data)):
        what = f"nested too deep; expected at most {MAX_DEPTH} levels"
        raise ImportRefused(f"{name}: {what}.")
    return data


def _depths(data: Any, depth: int = 1) -> Iterator[int]:
    yield depth
    # What is deeper than that is refused at once.
    if depth <= MAX_DEPTH:
        inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        for each in inner:
            if isinstance(each, (dict, list)):
                yield from _depths(each, depth + 1)


_JSON_FORMATS: dict[str, Callable[[dict[str, Any]], bool]] = {
    DSCONFIG: lambda data: isinstance(data.get("servers", data.get("classes")), dict),
    FANDANGO: lambda data: "dev_class" in data and isinstance(data.get("attributes", {}), dict),
    SIMDD: lambda data: any(
        isinstance(data.get(key), list)
        for key in ("dynamicAttributes", "commands", "deviceProperties", "class_overrides")
    ),
}


def _format_of_json(data: Any, name: str) -> str:
    if isinstance(data, dict):
        for format_, fits in _JSON_FORMATS.items():
            if fits(data):
                return format_
    elif _is_specification(data):
        what = "tango-yaml's specification in JSON; expected it in YAML"
        raise ImportRefused(f"{name}: {what}.")
    raise ImportRefused(f"{name}: JSON of none of the formats; {EXPECTED}.")


def _yaml(text: str, name: str) -> Any:
    try:
        return Document(text).data
    except DocumentError as error:
        first = error.problems[0]
        raise ImportRefused(f"{name}:{first.line}: {first.text}; {EXPECTED}.") from None


def _is_specification(data: Any) -> bool:
    """Whether it is a list of classes as tango-yaml writes them."""
    return (
        isinstance(data, list)
        and bool(data)
        and all(isinstance(each, dict) and {"class", "meta"} <= each.keys() for each in data)
    )
