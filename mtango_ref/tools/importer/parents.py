"""Inheritance among imported classes: of the classes that a description names as its parents, the
closest that is among the files."""

from __future__ import annotations

from collections.abc import Iterator

from mtango_ref.fixture.inheritance import bases_first
from mtango_ref.tools.importer.description import Remark
from mtango_ref.tools.importer.merging import Merged


class Parents:
    """The parents of all classes, and `notes` on those that cannot be."""

    def __init__(self, merged: Merged) -> None:
        self.notes: list[Remark] = []
        self._merged = merged
        classes = merged.fixture["classes"]
        self._named: dict[str, list[str]] = {
            name: [merged.spelled(("classes",), each) for each in words.get("inherits", ())]
            for name, words in classes.items()
        }
        wanted = {name: {"inherits": self._closest(name)} for name in classes}
        self._bases, circles = bases_first(wanted)
        for name, links in circles.items():
            what = f"{' -> '.join(links)} is circular; the first one is taken to inherit nothing"
            file = merged.origin(("classes", name))
            self.notes.append(Remark(file, 0, f"class {name}", what))

    def first(self) -> Iterator[tuple[str, str | None]]:
        """Yield each class and its parent, which comes before it."""
        yield from self._bases.items()

    def base(self, name: str) -> str | None:
        """Return the parent of a class that is among the files."""
        return self._bases.get(name)

    def missing(self, name: str) -> list[str]:
        """List the parents of a class that no file describes, the closest first."""
        return [each for each in reversed(self._named[name]) if each not in self._named]

    def _closest(self, name: str) -> str | None:
        return next((each for each in reversed(self._named[name]) if each in self._named), None)
