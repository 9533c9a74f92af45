"""Every mistake of a fixture at once: the document is checked piece by piece against the
language, so that a mistake in one piece hides none in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mtango_ref.backends.fake import mistakes, names
from mtango_ref.backends.fake.control_class import CONTROL_CLASS, SIM_CONTROL
from mtango_ref.backends.fake.csv_columns import CsvFolder
from mtango_ref.backends.fake.definitions import Defined
from mtango_ref.backends.fake.document import MAX_PROBLEMS, Placed, Problem, cut
from mtango_ref.backends.fake.inheritance import bases_first
from mtango_ref.backends.fake.language import (
    BUILT_IN_ATTRIBUTES,
    BUILT_IN_COMMANDS,
    Attribute,
    AttributeOverride,
    Command,
    CommandOverride,
    Device,
    DeviceClass,
    Effects,
    Facility,
    Options,
    Pipe,
)
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.backends.fake.reader import Enough, Keys, Place, Reader, meant
from mtango_ref.names import lower

MAX_PIECES = 1_000_000
"""Attributes, commands and pipes of all devices together; and what all classes inherit."""

CLASS_PARTS: dict[str, type[Any]] = {"attributes": Attribute, "commands": Command, "pipes": Pipe}
DEVICE_PARTS: dict[str, type[Model]] = {
    "attributes": AttributeOverride,
    "commands": CommandOverride,
    "pipes": Pipe,
}
_KINDS = {"attributes": ("data_type", "data_format"), "commands": ("in_type", "out_type")}
"""What a class has to leave as it is inherited."""


class _Piece(NamedTuple):
    """One attribute, command or pipe of a class, and what was told of it already."""

    name: str
    made: Any
    """The model, None where it is wrong."""
    told: frozenset[tuple[str, str]] = frozenset()


_Pieces = Mapping[str, _Piece]
"""By the name in lower case."""


class _Class(NamedTuple):
    """A class, and its pieces by part; None: nobody can know what the part has."""

    made: DeviceClass
    pieces: Mapping[str, _Pieces | None]


def _of_made(pieces: Mapping[str, Any]) -> _Pieces:
    return {lower(name): _Piece(name, each) for name, each in pieces.items()}


_WRONG = _Piece("", None)
_ANY = _Class(DeviceClass(), dict.fromkeys(CLASS_PARTS))
_NONE = _Class(DeviceClass(), {part: {} for part in CLASS_PARTS})
_BUILT_IN: dict[str, _Pieces] = {
    "attributes": _of_made(BUILT_IN_ATTRIBUTES),
    "commands": _of_made(BUILT_IN_COMMANDS),
    "pipes": {},
}


class Checker:
    """Makes the facility of a document and gathers its problems; where there are any, the
    facility is not whole."""

    def __init__(self, document: Placed, csv_folder: CsvFolder, most: float | None = None) -> None:
        """Take a document; most: the number of problems to give up after, if not MAX_PROBLEMS."""
        self._data = document.data
        self._read = Reader(document, csv_folder, MAX_PROBLEMS if most is None else most)
        self._report = self._read.report
        self._inherited = 0

    @property
    def problems(self) -> list[Problem]:
        """What was found."""
        return self._read.problems

    def facility(self) -> Facility:
        """The facility, of which the pieces that are wrong are left out."""
        try:
            return self._facility()
        except Enough:
            return Facility()

    def device(self, name: str, classes: Mapping[str, DeviceClass]) -> Device | None:
        """Make the device of a document that has nothing else; None if that cannot be."""
        try:
            return self._device(name, self._data, {key: _known(of) for key, of in classes.items()})
        except Enough:
            return None

    def part(self, defined: Defined, name: str) -> Device | None:
        """Make a device that has what the document says of one attribute, command or pipe."""
        try:
            return self._device_with(defined, name)
        except Enough:
            return None

    def _device_with(self, defined: Defined, name: str) -> Device | None:
        device, data = defined.device, self._data
        place = Place(f"device {defined.name}", ())
        part = _part_of(data, lower(name), _known(defined.of), device)
        if part is None:
            what = "expected a data_type of an attribute, an in_type or out_type of a command"
            self._report(place, (name,), f"the device has none such; {what}")
            return None
        [*_] = self._read.named(place, (part,), {name: data})
        piece = self._read.model(meant(DEVICE_PARTS[part], data), place, (part, name), data)
        if piece is None:
            return None
        parts: dict[str, dict[str, Any]] = {
            each: dict(getattr(device, each)) for each in DEVICE_PARTS
        }
        others = {key: each for key, each in parts[part].items() if lower(key) != lower(name)}
        parts[part] = {**others, name: piece}
        self._check_device(place, device, parts, _known(defined.of))
        return device.model_copy(update=parts)

    def _facility(self) -> Facility:
        whole = Place("fixture", ())
        data = self._read.mapping(whole, (), self._data)
        if data is None:
            return Facility()
        for key in [each for each in data if each not in Facility.model_fields]:
            hint = mistakes.hint(key, Facility.model_fields)
            self._report(whole, (key,), f"unknown key; {hint}")
        if not data.get("devices"):
            self._report(whole, ("devices",), "no devices; expected at least one")
        written = data.get("facility")
        self._read.unsafe_names = isinstance(written, dict) and written.get("unsafe_names") is True
        options = self._read.model(Options, whole, ("facility",), written)
        classes = self._classes(dict(self._read.named(whole, ("classes",), data.get("classes"))))
        self._control(classes, data.get("devices"))
        self._count(whole, data.get("devices"), classes)
        named = self._read.named(whole, ("devices",), data.get("devices"), names.device_name)
        devices = {name: self._device(name, value, classes) for name, value in named}
        return Facility.model_construct(
            facility=options,
            classes={name: each.made for name, each in classes.items()},
            devices=devices,
        )

    def _control(self, classes: dict[str, _Class], devices: Any) -> None:
        """Add the built-in class of the one device that has it."""
        having = [name for name, each in _classes_of(devices) if each == SIM_CONTROL]
        if having and SIM_CONTROL in classes:
            place = Place(f"class {SIM_CONTROL}", ("classes", SIM_CONTROL))
            self._report(place, (), "is built in; expected another name")
        for name in having[1:]:
            place = Place(f"device {name}", ("devices", name))
            what = f"{cut(having[0])} is a {SIM_CONTROL}; expected one only"
            self._report(place, ("class",), what)
        if having:
            pieces = {part: _of_made(getattr(CONTROL_CLASS, part)) for part in CLASS_PARTS}
            classes[SIM_CONTROL] = _Class(CONTROL_CLASS, pieces)

    def _count(self, whole: Place, devices: Any, classes: Mapping[str, _Class]) -> None:
        sizes = {
            name: sum(len(pieces or ()) for pieces in each.pieces.values())
            for name, each in classes.items()
        }
        count = sum(sizes.get(each, 0) for _, each in _classes_of(devices))
        if count > MAX_PIECES:
            what = f"{count} attributes, commands and pipes; expected at most {MAX_PIECES}"
            self._report(whole, ("devices",), what)
            raise Enough

    def _classes(self, written: Mapping[str, Any]) -> dict[str, _Class]:
        bases, circles = bases_first(written)
        made: dict[str, _Class] = {}
        for name, base in bases.items():
            inherited = _NONE if base is None else made.get(base, _ANY)
            if name in circles or (base is not None and base not in written):
                inherited = _ANY
                what = _no_base(name, base, circles, written)
                self._report(Place(f"class {name}", ("classes", name)), ("inherits",), what)
            made[name] = self._class(name, written[name], inherited)
        return {name: made[name] for name in written}

    def _class(self, name: str, data: Any, base: _Class) -> _Class:
        place = Place(f"class {name}", ("classes", name))
        mapping = self._read.mapping(place, (), data)
        if not mapping:
            return _ANY if mapping is None else base
        made = self._read.rest(DeviceClass, place, mapping, CLASS_PARTS) or _ANY.made
        pieces = {
            part: self._pieces(place, part, mapping.get(part), base.pieces[part])
            for part in CLASS_PARTS
        }
        own = mapping.get("commands") or {}
        if isinstance(own, dict) and pieces["commands"] is not None:
            commands = {each: pieces["commands"][lower(each)].made for each in own}
            self._effects(place, commands, pieces["attributes"], {})
        update: dict[str, Any] = {
            part: {each.name: each.made for each in (of_part or {}).values() if each.made}
            for part, of_part in pieces.items()
        }
        properties = [*base.made.properties.items(), *made.properties.items()]
        update["properties"] = dict({lower(key): (key, each) for key, each in properties}.values())
        return _Class(made.model_copy(update=update), pieces)

    def _pieces(
        self, place: Place, part: str, data: Any, inherited: _Pieces | None
    ) -> _Pieces | None:
        """The attributes, commands or pipes of a class, the inherited ones first."""
        if self._read.mapping(place, (part,), data) is None:
            return None
        self._inherited += len(inherited or ())
        if self._inherited > MAX_PIECES:
            what = f"too much is inherited; expected at most {MAX_PIECES} attributes, commands"
            self._report(place, ("inherits",), f"{what} and pipes by all classes together")
            raise Enough
        own = {
            lower(name): self._piece(
                place,
                (part, name),
                value,
                _WRONG if inherited is None else inherited.get(lower(name)),
            )
            for name, value in self._read.named(place, (part,), data)
        }
        return None if inherited is None else {**inherited, **own}

    def _piece(
        self, place: Place, keys: tuple[str, str], value: Any, base: _Piece | None
    ) -> _Piece:
        """One of a class. base: the inherited one of that name."""
        part, name = keys
        if lower(name) in _BUILT_IN[part]:
            what = f"every class has {_BUILT_IN[part][lower(name)].name}"
            self._report(place, keys, f"{what}; expected it in a device only")
        model = CLASS_PARTS[part] if base is None else meant(DEVICE_PARTS[part], value)
        made: Any = self._read.model(model, place, keys, value)
        known = base is not None and base.made is not None
        if made is None or not (known or isinstance(made, CLASS_PARTS[part])):
            return _Piece(name, None)
        if base is None or not known:
            return _Piece(name, made, self._tell(place, keys, made.problems()))
        if isinstance(made, CLASS_PARTS[part]):
            self._same_kind(place, keys, made, base.made)
            return _Piece(base.name, made, self._tell(place, keys, made.problems()))
        made = base.made.overridden(made)
        return _Piece(base.name, made, self._tell(place, keys, made.problems(), base.told))

    def _same_kind(self, place: Place, keys: tuple[str, str], made: Any, inherited: Any) -> None:
        for key in _KINDS.get(keys[0], ()):
            own, other = getattr(made, key).value, getattr(inherited, key).value
            if own != other:
                what = f"{own} beside the {other} that is inherited"
                self._report(place, (*keys, key), f"{what}; expected {other}, or another name")

    def _tell(
        self,
        place: Place,
        keys: Keys,
        found: Iterable[tuple[str, str]],
        told: frozenset[tuple[str, str]] = frozenset(),
    ) -> frozenset[tuple[str, str]]:
        """All problems of a piece, which are told now unless they have been told."""
        problems = frozenset(found)
        for key, text in problems - told:
            below = (int(each) if each.isdecimal() else each for each in key.split("."))
            self._report(place, (*keys, *below), text)
        return problems

    def _device(self, name: str, data: Any, classes: Mapping[str, _Class]) -> Device | None:
        place = Place(f"device {name}", ("devices", name))
        mapping = self._read.mapping(place, (), data)
        if mapping is None:
            return None
        made = self._read.rest(Device, place, mapping, DEVICE_PARTS)
        if made is not None and made.server is not None:  # which has a device, dserver/..
            self._read.safe(place, ("server",), made.server)
        parts = {
            part: {
                name: piece
                for name, value in self._read.named(place, (part,), mapping.get(part))
                if (piece := self._read.model(meant(model, value), place, (part, name), value))
                is not None
            }
            for part, model in DEVICE_PARTS.items()
        }
        if made is None:
            return None
        if made.class_ not in classes:
            hint = mistakes.hint(made.class_, classes)
            self._report(place, ("class",), f"class {cut(made.class_)!r} is not defined; {hint}")
        self._check_device(place, made, parts, classes.get(made.class_, _ANY))
        return made.model_copy(update=parts)

    def _check_device(
        self, place: Place, made: Device, parts: Mapping[str, Mapping[str, Any]], of: _Class
    ) -> None:
        """Report what is wrong with the parts of a device, beside those of its class."""
        of_class = of.pieces
        for part, pieces in parts.items():
            self._overrides(place, part, made.class_, pieces, of_class[part])
        commands = {**_touched(of_class, parts["attributes"]), **parts["commands"]}
        self._effects(place, commands, of_class["attributes"], parts["attributes"])
        self._faults(place, made, of_class, parts)

    def _effects(
        self,
        place: Place,
        commands: Mapping[str, Any],
        of_class: _Pieces | None,
        own: Mapping[str, Any],
    ) -> None:
        """What the commands do to attributes, of the class and of a device's own; one that is
        wrong itself is told where it is written."""
        effects = {
            name: command.behaviour
            for name, command in commands.items()
            if command is not None and isinstance(command.behaviour, Effects)
        }
        if not effects or of_class is None:
            return
        whole = {**of_class, **_BUILT_IN["attributes"]}
        known = {key: each.made for key, each in whole.items() if each.made is not None}
        known |= {lower(name): each for name, each in own.items() if isinstance(each, Attribute)}
        for name, each in effects.items():
            for key, text in each.problems(known):
                what, _, attribute = key.partition(".")
                if lower(attribute) not in whole.keys() - known.keys():
                    self._report(place, ("commands", name, "behaviour", what, attribute), text)

    def _faults(
        self,
        place: Place,
        device: Device,
        of_class: Mapping[str, _Pieces | None],
        own: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Where nobody can know what the device has, nothing is wrong."""
        attributes, commands = (
            [*(of_class[part] or ()), *_BUILT_IN[part], *map(lower, own[part])]
            if device.faults and of_class[part] is not None
            else None
            for part in ("attributes", "commands")
        )
        if attributes is None or commands is None:
            return
        for index, fault in enumerate(device.faults):
            for key, text in fault.problems(attributes, commands):
                self._report(place, ("faults", index, key), text)

    def _overrides(
        self,
        place: Place,
        part: str,
        device_class: str,
        pieces: Mapping[str, Any],
        of_class: _Pieces | None,
    ) -> None:
        """What a device has of its own or otherwise than its class. What is wrong in the
        class already is told there."""
        built_in = _BUILT_IN[part]
        for name, piece in pieces.items():
            keys, key = (part, name), lower(name)
            if isinstance(piece, CLASS_PARTS[part]):
                self._tell(place, keys, piece.problems())
                if key in built_in:
                    self._report(place, keys, "every device has it; expected no type")
                continue
            whole = built_in.get(key) or (_WRONG if of_class is None else of_class.get(key))
            if whole is None:
                own = {each for each in pieces if isinstance(pieces[each], CLASS_PARTS[part])}
                known = {lower(each): each for each in own}
                known |= {key: each.name for key, each in {**(of_class or {}), **built_in}.items()}
                hint = mistakes.hint(name, known.values())
                self._report(place, keys, f"class {cut(device_class)} has none such; {hint}")
            elif whole.made is not None:
                quick = isinstance(whole.made, Attribute) and not whole.told
                problems = (
                    whole.made.problems_with(piece)
                    if quick
                    else whole.made.overridden(piece).problems()
                )
                self._tell(place, keys, problems, whole.told)


def _known(of: DeviceClass) -> _Class:
    """The class of devices that are right already."""
    return _Class(of, {part: _of_made(getattr(of, part)) for part in CLASS_PARTS})


def _touched(of_class: Mapping[str, _Pieces | None], own: Mapping[str, Any]) -> dict[str, Any]:
    """The class's commands, where a device has attributes of another type for them to set."""
    if not any(isinstance(each, Attribute) for each in own.values()):
        return {}
    return {each.name: each.made for each in (of_class["commands"] or {}).values()}


_MARKS = {
    "attributes": {"data_type"},
    "commands": {"in_type", "out_type"},
    "pipes": {"blob", "data"},
}
"""The keys that tell which it is."""


def _part_of(data: Any, name: str, of: _Class, device: Device) -> str | None:
    """The part that a definition is of: what it says itself, else what has that name (lower
    case)."""
    keys = set(data) if isinstance(data, dict) else set()
    for part, marks in _MARKS.items():
        known = {*(of.pieces[part] or ()), *_BUILT_IN[part], *map(lower, getattr(device, part))}
        if marks & keys or (name in known and not _is_marked(keys)):
            return part
    return None


def _is_marked(keys: Iterable[str]) -> bool:
    return any(key in marks for marks in _MARKS.values() for key in keys)


def _no_base(
    name: str, base: str | None, circles: Mapping[str, list[str]], classes: Iterable[str]
) -> str:
    """Why a class cannot inherit what it says."""
    if base is None:
        return f"{cut(' -> '.join(circles[name]))} is a circle; expected an end"
    hint = mistakes.hint(base, (each for each in classes if each != name))
    return f"class {cut(base)!r} is not defined; {hint}"


def _classes_of(devices: Any) -> Iterator[tuple[str, str]]:
    """(device, class) of all that are written as they should be."""
    for name, each in devices.items() if isinstance(devices, dict) else ():
        if isinstance(each, dict) and isinstance(each.get("class"), str):
            yield name, each["class"]
