"""The YAML that tango-simlib's `tango-yaml` writes -> classes. It has tango-simlib's own words."""

from __future__ import annotations

from functools import partial
from typing import Any

from mtango_ref.backends.importer.description import Authority, Description, Words, filled
from mtango_ref.backends.importer.files import Source, YamlText
from mtango_ref.backends.importer.wording import attribute_words, command_words


def describe(source: Source) -> Description:
    """The classes of a file."""
    description = Description(source.name, Authority.CODE)
    document: YamlText = source.content
    for index, each in enumerate(document.data):
        _Class(each, index, document, description).read()
    return description


class _Class:
    def __init__(
        self, data: Words, index: int, document: YamlText, description: Description
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
            self._lose("properties", 0, f"device property {name}", "the file tells only its name")
        self._description.classes[str(self._data["class"])] = filled(words)

    def _named(self, part: str, kind: str) -> list[tuple[str, Words]]:
        meta = self._data["meta"]
        elements = (meta or {}).get(part) or [] if isinstance(meta or {}, dict) else []
        found: dict[str, tuple[str, Words]] = {}
        for at, element in enumerate(elements if isinstance(elements, list) else []):
            name = element.get("name") if isinstance(element, dict) else None
            if not isinstance(name, str):
                self._lose(part, at, kind, "no name; expected {name: .., ..}")
            elif name.lower() in found:
                what = "the name stands twice in the class; expected it once"
                self._lose(part, at, f"{kind} {name}", what)
            else:
                found[name.lower()] = (name, element)
        return [*found.values()]

    def _lose(self, part: str, at: int, what: str, why: Any) -> None:
        line = self._document.line(self._index, "meta", part, at)
        self._description.lose(f"{self._place}, {what}", why, line)
