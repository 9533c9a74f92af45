"""A file -> its content, within stated limits, and which of the formats it is in.

The content decides, not the suffix.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mtango_ref.files import Unreadable, read_file, read_stream
from mtango_ref.fixture.yaml_document import Document, DocumentError, Problem
from mtango_ref.messages import cut
from mtango_ref.tools.importer.description import ImportRefused, Remark
from mtango_ref.tools.importer.xml_tree import XmlTree

MAX_BYTES = 10_000_000
MAX_DEPTH = 20
MAX_DIGITS = 100
"""The most digits of a number in JSON; a longer one is taken as text."""

STDIN = "-"
POGO, SIMDD, FANDANGO = "POGO", "SimDD", "fandango"
SPECIFICATION, DSCONFIG = "tango-yaml", "dsconfig"
EXPECTED = (
    "expected a POGO .xmi, a SimDD .json, a fandango .fgo, the YAML of tango-yaml,"
    " or the JSON of dsconfig"
)


class Source(NamedTuple):
    """One file. content: an XmlTree, the data of JSON, or a Document; losses: what of the text
    is passed over."""

    name: str
    format: str
    content: Any
    losses: tuple[Remark, ...] = ()

    @property
    def stem(self) -> str:
        """The file's name without folder and suffix."""
        return "" if self.name == "standard input" else Path(self.name).stem


def read(path: str) -> Source:
    """Read a file, or standard input for `-`. ImportRefused."""
    name = "standard input" if path == STDIN else path
    raw = _raw(path, name)
    if _plain_head(raw).startswith(b"<"):
        tree = XmlTree(raw, name, MAX_DEPTH)
        if tree.root.tag.rpartition(":")[2] != "PogoSystem":
            what = f"XML with the root <{tree.root.tag[:60]}>; {EXPECTED}"
            raise ImportRefused(f"{name}:{tree.line(tree.root)}: {what}.")
        return Source(name, POGO, tree)
    text = _decoded(raw, name)
    # A comment, which JSON has not, is reported as its mistake, and not as YAML's.
    if text.lstrip().startswith(("{", "[", "//", "/*")):
        data, losses = _json(text, name)
        format_ = _format_of_json(data, name)
        # JSON is YAML, too.
        if format_ != SPECIFICATION:
            return Source(name, format_, data, losses)
    return _yaml(text, name)


def _raw(path: str, name: str) -> bytes:
    try:
        raw = _bytes(path)
    except Unreadable as error:
        raise ImportRefused(f"{name} cannot be read: {error.why}.") from None
    if not raw.strip():
        raise ImportRefused(f"{name}: empty; {EXPECTED}.")
    return raw


def _bytes(path: str) -> bytes:
    if path == STDIN:
        return read_stream(sys.stdin.buffer, path, MAX_BYTES)
    if Path(path).is_dir():
        raise Unreadable(path, f"a folder; expected files such as {Path(path, '*.xmi')}")
    return read_file(path, MAX_BYTES)


def _plain_head(raw: bytes) -> bytes:
    """Return how the text begins, as ASCII without a byte order mark and blanks."""
    head = raw[:1000].replace(b"\0", b"") if _is_utf16(raw) else raw[:1000]
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")


def _is_utf16(raw: bytes) -> bool:
    return raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _decoded(raw: bytes, name: str) -> str:
    # `tool > file` in Windows' PowerShell writes UTF-16.
    codec, encoding = ("utf-16", "UTF-16") if _is_utf16(raw) else ("utf-8-sig", "UTF-8")
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start} is not {encoding}"
        raise ImportRefused(f"{name}:{line}: {what}; {EXPECTED}.") from None


def _json(text: str, name: str) -> tuple[Any, tuple[Remark, ...]]:
    """Read the data of JSON, and what is said of its keys."""
    twice: list[dict[str, Any]] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            twice.append(made)
        return made

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_int=_integer)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}"
        raise ImportRefused(f"{where}: {error.msg}, column {error.colno}; expected JSON.") from None
    except RecursionError:
        raise _too_deep(name) from None
    if any(depth > MAX_DEPTH for depth in _depths(data)):
        raise _too_deep(name)
    losses = tuple(_repeated_keys(text, name)) if twice else ()
    return (_encodable(data) if _SURROGATE.search(text) else data), losses


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= MAX_DIGITS else text


def _too_deep(name: str) -> ImportRefused:
    return ImportRefused(f"{name}: nested too deeply; expected at most {MAX_DEPTH} levels.")


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _encodable(data: Any) -> Any:
    """Replace half a character, which JSON can have and no file can, by U+FFFD."""
    if isinstance(data, dict):
        return {_encodable(key): _encodable(each) for key, each in data.items()}
    if isinstance(data, list):
        return [_encodable(each) for each in data]
    if isinstance(data, str):
        return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return data


_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}\n]')
"""A text, which is a key if a colon follows; and what else there is to count."""


def _repeated_keys(text: str, name: str) -> Iterator[Remark]:
    """Report each key that is repeated within its object, of valid JSON."""
    line, objects = 1, list[set[str]]()
    for match in _TOKEN.finditer(text):
        if match[0] == "{":
            objects.append(set())
        elif match[0] == "}":
            objects.pop()
        elif match[2]:
            key = json.loads(match[1], strict=False)
            if key in objects[-1]:
                what = f"key {cut(key)!r} is duplicate in one object; the last one counts"
                yield Remark(name, line, "", what)
            objects[-1].add(key)
        # RFC 8259, 7: no line ends within a text, but between a key and its colon.
        line += match[0].count("\n")


def _depths(data: Any, depth: int = 1) -> Iterator[int]:
    yield depth
    # What is deeper than that is refused at once.
    if depth <= MAX_DEPTH:
        inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        for each in inner:
            if isinstance(each, (dict, list)):
                yield from _depths(each, depth + 1)


_JSON_FORMATS: dict[str, Callable[[dict[str, Any]], bool]] = {
    DSCONFIG: lambda data: any(isinstance(data.get(key), dict) for key in ("servers", "classes")),
    SIMDD: lambda data: (
        "dev_class" not in data
        and any(
            isinstance(data.get(key), list)
            for key in ("dynamicAttributes", "commands", "deviceProperties", "class_overrides")
        )
    ),
    FANDANGO: lambda data: (
        "dev_class" in data
        or any(isinstance(data.get(key), dict) for key in ("attributes", "commands"))
    ),
}


def _format_of_json(data: Any, name: str) -> str:
    if isinstance(data, dict):
        for format_, fits in _JSON_FORMATS.items():
            if fits(data):
                return format_
    elif _is_specification(data):
        return SPECIFICATION
    raise ImportRefused(f"{name}: JSON in none of the formats; {EXPECTED}.")


def _yaml(text: str, name: str) -> Source:
    passed_over: list[Problem] = []
    try:
        document = Document(text, passed_over)
    except DocumentError as error:
        raise _no_yaml(name, error.problems[0]) from None
    if not _is_specification(document.data):
        if passed_over:
            raise _no_yaml(name, passed_over[0])
        raise ImportRefused(f"{name}: in none of the formats; {EXPECTED}.")
    losses = []
    for each in passed_over:
        instead = "the last one counts" if each.text.startswith("duplicate key ") else "left out"
        losses.append(Remark(name, each.line, "", f"{each.text}; {instead}"))
    return Source(name, SPECIFICATION, document, tuple(losses))


def _no_yaml(name: str, problem: Problem) -> ImportRefused:
    return ImportRefused(f"{name}:{problem.line}: {problem.text}; {EXPECTED}.")


def is_class(data: Any) -> bool:
    """Return True for the description of a class as tango-yaml writes it."""
    return isinstance(data, dict) and {"class", "meta"} <= data.keys()


def _is_specification(data: Any) -> bool:
    """Return True where it has a class as tango-yaml writes them."""
    return isinstance(data, list) and any(map(is_class, data))
