"""The classes of what was merged, as a fixture has them."""

from __future__ import annotations

from typing import Any

from mtango_ref.fixture.checking.pieces import DEVICE_PARTS
from mtango_ref.messages import listed
from mtango_ref.names import lower
from mtango_ref.tools.importer.converting import as_attribute
from mtango_ref.tools.importer.description import BUILT_IN, Remark, Words, filled
from mtango_ref.tools.importer.merging import Merged
from mtango_ref.tools.importer.naming import is_name
from mtango_ref.tools.importer.parents import Parents
from mtango_ref.tools.importer.simlib_metadata import said

PARTS = ("attributes", "commands")
"""The parts of a class that a device may have otherwise."""
_ALL_PARTS = (*PARTS, "pipes", "properties")

_KINDS = {"attributes": ("data_type", "data_format"), "commands": ("in_type", "out_type")}
"""The keys that a class has to leave as it inherits them."""
_SOURCES = frozenset({"value", "simulation"})
"""The sources of a value; an attribute has one of them."""
_LABELS = [f"LABEL_{number}" for number in range(10)]
"""The labels of a DevEnum whose labels nobody knows."""

_Pieces = dict[str, Words]
_Parts = dict[str, dict[str, Any]]


class Classes:
    """`words` of each, and what is to be reported: `losses`, attributes of which no file has the
    type, and `notes` on what was made up."""

    def __init__(self, merged: Merged) -> None:
        self.losses: list[Remark] = []
        self.words: dict[str, Words] = merged.fixture["classes"]
        self._merged = merged
        self._parents = Parents(merged)
        self.notes = self._parents.notes
        self._built_in: dict[tuple[str, str], _Pieces] = {}
        self._whole: dict[tuple[str, str], dict[str, Any]] = {}
        """The whole content of each part of a class, with what it inherits."""
        for name, base in self._parents.first():
            self.words[name] = self._final(name, base)

    def add(self, name: str) -> None:
        """Make a class that no file describes."""
        self.words[name] = {}

    def built_in(self, name: str, part: str) -> _Pieces:
        """Return the polling of State, Status and Init, which no class of a fixture has."""
        return self._built_in.get((name, part), {})

    def find(self, name: str, part: str, piece: str) -> tuple[str, Words] | None:
        """Find an attribute or a command of a class: its name as it is spelled there, its words."""
        pieces = self._whole.get((name, part), {})
        return _found(pieces, piece)

    def defaults(self, name: str) -> Words:
        """List the properties that a device of the class has unless its database says otherwise."""
        own: Words = self._merged.defaults.get(name, {})
        base = self._parents.base(name)
        return own if base is None else {**self.defaults(base), **own}

    def _final(self, name: str, base: str | None) -> Words:
        words = self.words[name]
        own = {part: words.get(part, {}) for part in _ALL_PARTS}
        for part in PARTS:
            own[part] = self._without_built_in(name, part, own[part], base)
        inherited = {part: self._whole.get((base or "", part), {}) for part in _ALL_PARTS}
        whole = {part: _completed(part, own[part], inherited[part]) for part in _ALL_PARTS}
        whole["attributes"] = self._labelled(name, self._typed(name, whole["attributes"]))
        for part in PARTS:
            whole[part] = {each: said(part, each, piece) for each, piece in whole[part].items()}
        for part in _ALL_PARTS:
            self._whole[name, part] = {**inherited[part], **whole[part]}
        if base is None or not self._can_inherit(name, base, whole, inherited):
            return filled({part: self._whole[name, part] for part in _ALL_PARTS})
        differing = {part: _differing(part, whole[part], inherited[part]) for part in _ALL_PARTS}
        return filled({"inherits": base, **differing})

    def _can_inherit(self, name: str, base: str, whole: _Parts, inherited: _Parts) -> bool:
        """Return True where the parent can be called that, and all is of its kind there."""
        others = [
            each
            for part in PARTS
            for each, piece in whole[part].items()
            if each in inherited[part] and _kind(part, piece) != _kind(part, inherited[part][each])
        ]
        if others:
            what = f"type of {listed(others)} differs from {base}; the whole class is written out"
            file = self._merged.origin(("classes", name))
            self.notes.append(Remark(file, 0, f"class {name}", what))
        return is_name(base) and not others

    def _without_built_in(self, name: str, part: str, pieces: _Pieces, base: str | None) -> _Pieces:
        own = {each: piece for each, piece in pieces.items() if lower(each) not in BUILT_IN}
        polled = {
            each: {"polling_period": piece["polling_period"]}
            for each, piece in pieces.items()
            if each not in own and "polling_period" in piece
        }
        self._built_in[name, part] = {**self.built_in(base or "", part), **polled}
        return own

    def _typed(self, name: str, attributes: _Pieces) -> _Pieces:
        untyped: dict[str, list[str]] = {}
        for each in [key for key, piece in attributes.items() if "data_type" not in piece]:
            file = self._merged.origin(("classes", name, "attributes", each))
            untyped.setdefault(file, []).append(each)
        for file, names in untyped.items():
            what = "no file gives their data type; add the .xmi of the class"
            self.losses.append(Remark(file, 0, f"class {name}, attributes {listed(names)}", what))
        return {each: piece for each, piece in attributes.items() if "data_type" in piece}

    def _labelled(self, name: str, attributes: _Pieces) -> _Pieces:
        """Complete the attributes: labels where a DevEnum has none, values converted."""
        bare = [
            each
            for each, piece in attributes.items()
            if piece["data_type"] == "DevEnum" and not piece.get("enum_labels")
        ]
        for each in bare:
            attributes[each] = {**attributes[each], "enum_labels": _LABELS}
        if bare:
            file = self._merged.origin(("classes", name, "attributes", bare[0]))
            missing = [f"{each}.xmi" for each in self._parents.missing(name)]
            help_ = f"add {' or '.join(missing)} for them" if missing else "no file gives them"
            what = f"labels {_LABELS[0]}, {_LABELS[1]} .. are made up; {help_}"
            place = f"class {name}, attributes {listed(bare)}"
            self.notes.append(Remark(file, 0, place, what))
        return {each: as_attribute(piece) for each, piece in attributes.items()}


def _found(pieces: dict[str, Any], name: str) -> tuple[str, Any] | None:
    """Find a piece by its name in any case, and the name as it is spelled."""
    if name in pieces:
        return name, pieces[name]
    wanted = lower(name)
    return next(((each, pieces[each]) for each in pieces if lower(each) == wanted), None)


def _completed(part: str, own: dict[str, Any], inherited: dict[str, Any]) -> dict[str, Any]:
    """Complete what a class has itself by what its file leaves to the parent; under the parent's
    spelling."""
    spellings = {lower(each): each for each in inherited}
    completed = {}
    for name, piece in own.items():
        spelled = spellings.get(lower(name), name)
        completed[spelled] = piece
        if part in PARTS:
            words = {key: value for key, value in piece.items() if key != "inherited"}
            if piece.get("inherited") or _KINDS[part][0] not in piece:
                words = _over(words, inherited.get(spelled, {}))
            completed[spelled] = words
    return completed


def _over(words: Words, base: Words) -> Words:
    """Join the words with those of the base that they leave out."""
    sources = _SOURCES if _SOURCES & words.keys() else frozenset()
    return {**{key: value for key, value in base.items() if key not in sources}, **words}


def _kind(part: str, piece: Words) -> list[Any]:
    return [piece.get(key) for key in _KINDS[part]]


def _differing(part: str, whole: dict[str, Any], inherited: dict[str, Any]) -> dict[str, Any]:
    """Return what a class has other than its parent, or in addition."""
    return {
        name: _override(part, piece, inherited[name])
        if part in PARTS and name in inherited
        else piece
        for name, piece in whole.items()
        if name not in inherited or piece != inherited[name]
    }


def _override(part: str, piece: Words, base: Words) -> Words:
    """Return what of a piece differs; the whole of it, if that is nothing that may differ alone."""
    own = {key: value for key, value in piece.items() if value != base.get(key)}
    gone = base.keys() - piece.keys() - (_SOURCES if _SOURCES & own.keys() else set())
    is_override = not gone and own.keys() <= DEVICE_PARTS[part].model_fields.keys()
    return own if is_override else {**_marks(part), **piece}


def _marks(part: str) -> Words:
    """Add what makes a command one's own, which says DevVoid nowhere."""
    return {"in_type": "DevVoid"} if part == "commands" else {}
