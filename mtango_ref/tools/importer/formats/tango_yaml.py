"""The YAML that tango-simlib's `tango-yaml` writes -> classes. It has tango-simlib's own words."""

from __future__ import annotations

from functools import partial
from typing import Any

from mtango_ref.fixture.yaml_document import Document
from mtango_ref.messages import shown
from mtango_ref.names import lower
from mtango_ref.tools.importer.description import Authority, Description, Words, filled
from mtango_ref.tools.importer.files import Source, is_class
from mtango_ref.tools.importer.simlib_metadata import attribute_words, command_words


def describe(source: Source) -> Description:
    """Read the classes of a file."""
    description = Description(source.name, Authority.CODE)
    document: Document = source.content
    for index, each in enumerate(document.data):
        if is_class(each):
            _Class(each, index, document, description).read()
        else:
            line, _ = document.place((index,))
            description.lose("", f"{shown(each)}; expected {{class: .., meta: ..}}", line)
    return description


class _Class:
    def __init__(
        self, data: Words, index: int, document: Document, description: Description
    ) -> None:
        self._data, self._index = data, index
        self._document, self._description = document, description
        self._place = f"class {data['class']}"

    def read(self) -> None:
        words: Words = {"attributes": {}, "commands": {}}
        for part, kind in (("attributes", "attribute"), ("commands", "command")):
            for name, metadata in self._named(part, kind):
                make = attribute_words if part == "attributes" else command_words
                place = f"{self._place}, {kind} {name}"
                made = self._description.attempt(partial(make, metadata), place)
                if made is not None:
                    words[part][name] = made
        for name, _ in self._named("properties", "device property"):
            self._lose("properties", 0, f"device property {name}", "the file gives only its name")
        self._description.classes[str(self._data["class"])] = filled(words)

    def _named(self, part: str, kind: str) -> list[tuple[str, Words]]:
        meta = self._data["meta"]
        elements = (meta.get(part) if isinstance(meta, dict) else meta) or []
        found: dict[str, tuple[str, Words]] = {}
        if not isinstance(elements, list):
            self._lose(part, 0, part, f"{shown(elements)}; expected a list of {{name: .., ..}}")
            elements = []
        for at, element in enumerate(elements):
            name = element.get("name") if isinstance(element, dict) else None
            if not isinstance(name, str):
                self._lose(part, at, kind, "no name; expected {name: .., ..}")
            elif lower(name) in found:
                what = "duplicate name in the class; expected it once"
                self._lose(part, at, f"{kind} {name}", what)
            else:
                found[lower(name)] = (name, element)
        return [*found.values()]

    def _lose(self, part: str, at: int, what: str, why: Any) -> None:
        line, _ = self._document.place((self._index, "meta", part, at))
        self._description.lose(f"{self._place}, {what}", why, line)
