"""The classes of what was merged, as a fixture has them."""

from __future__ import annotations

from mtango_ref.backends.importer.converting import as_attribute
from mtango_ref.backends.importer.description import BUILT_IN, Remark, Words, filled, listed
from mtango_ref.backends.importer.merging import Merged
from mtango_ref.backends.importer.wording import said

PARTS = ("attributes", "commands")
"""What of a class a device may have otherwise."""


class Classes:
    """`words` of each, and `losses`: attributes of which nobody tells the type."""

    def __init__(self, merged: Merged) -> None:
        self.losses: list[Remark] = []
        self.words: dict[str, Words] = merged.fixture["classes"]
        self._merged = merged
        self._built_in: dict[tuple[str, str], dict[str, Words]] = {}
        self._spellings: dict[tuple[str, str], dict[str, str]] = {}
        for name in self.words:
            self._settle(name)

    def add(self, name: str) -> None:
        """A class that no file describes."""
        self.words[name] = {}

    def built_in(self, name: str, part: str) -> dict[str, Words]:
        """How State, Status and Init, which no class of a fixture has, are polled."""
        return self._built_in.get((name, part), {})

    def find(self, name: str, part: str, piece: str) -> tuple[str, Words] | None:
        """An attribute or a command of a class: its name as it is spelled there, its words."""
        spelled = self._spellings.get((name, part), {}).get(piece.lower())
        return None if spelled is None else (spelled, self.words[name][part][spelled])

    def _settle(self, name: str) -> None:
        words = self.words[name]
        for part in PARTS:
            pieces: dict[str, Words] = words.get(part, {})
            own = {each: piece for each, piece in pieces.items() if each.lower() not in BUILT_IN}
            self._built_in[name, part] = {
                each: {"polling_period": piece["polling_period"]}
                for each, piece in pieces.items()
                if each not in own and "polling_period" in piece
            }
            if part == "attributes":
                own = {each: as_attribute(piece) for each, piece in self._typed(name, own).items()}
            words[part] = {each: said(part, each, piece) for each, piece in own.items()}
            self._spellings[name, part] = {each.lower(): each for each in own}
        self.words[name] = filled(words)

    def _typed(self, name: str, attributes: dict[str, Words]) -> dict[str, Words]:
        untyped: dict[str, list[str]] = {}
        for each in [key for key, piece in attributes.items() if "data_type" not in piece]:
            file = self._merged.origin(("classes", name, "attributes", each))
            untyped.setdefault(file, []).append(each)
        for file, names in untyped.items():
            what = "no file tells their data type; the .xmi of the class would"
            self.losses.append(Remark(file, 0, f"class {name}, attributes {listed(names)}", what))
        return {each: piece for each, piece in attributes.items() if "data_type" in piece}
