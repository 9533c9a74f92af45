"""XML -> elements, with the line of each, and nothing else that XML can do.

A document type is refused before anything in it is read: entities, and with them files of this
machine, addresses in the network and text that multiplies, can only be declared in one.
"""

from __future__ import annotations

from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from mtango_ref.tools.importer.description import ImportRefused


class XmlTree:
    """One XML document. Tags and attributes have their names as they are written, prefix and
    all."""

    root: Element

    def __init__(self, raw: bytes, name: str, max_depth: int) -> None:
        """Raise ImportRefused."""
        self._name, self._max_depth = name, max_depth
        self._lines: dict[Element, int] = {}
        self._depth = 0
        self._builder = TreeBuilder()
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._builder.data
        try:
            self._parser.Parse(raw, True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise ImportRefused(f"{name}:{error.lineno}: {what}; expected complete XML.") from None
        except (LookupError, ValueError) as error:  # an encoding that Python does not know
            raise ImportRefused(f"{name}: {error}; expected XML in UTF-8.") from None
        self.root = self._builder.close()

    def line(self, element: Element) -> int:
        """Return the line where the element begins, counted from 1."""
        return self._lines[element]

    def _refuse(self, what: str) -> NoReturn:
        raise ImportRefused(f"{self._name}:{self._parser.CurrentLineNumber}: {what}.")

    def _document_type(self, *_: Any) -> None:
        self._refuse("a document type (<!DOCTYPE ..>); expected XML without one, as POGO writes it")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._max_depth:
            self._refuse(f"nested too deeply; expected at most {self._max_depth} levels")
        self._lines[self._builder.start(tag, attributes)] = self._parser.CurrentLineNumber

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag)
