"""Every mistake of a fixture at once: the document is checked piece by piece against the
language, so that a mistake in one piece hides none in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mtango_ref.backends.fake import mistakes, names
from mtango_ref.backends.fake.control_class import CONTROL_CLASS, SIM_CONTROL
from mtango_ref.backends.fake.csv_columns import CsvFolder
from mtango_ref.backends.fake.document import Document, Problem
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
from mtango_ref.backends.fake.values import shown

_M = TypeVar("_M", bound=Model)
_Keys = tuple[str | int, ...]

_BUILT_IN: dict[str, Mapping[str, Model]] = {
    "attributes": BUILT_IN_ATTRIBUTES,
    "commands": BUILT_IN_COMMANDS,
}
_CLASS_PARTS: dict[str, type[Model]] = {"attributes": Attribute, "commands": Command, "pipes": Pipe}
_DEVICE_PARTS: dict[str, type[Model]] = {
    "attributes": AttributeOverride,
    "commands": CommandOverride,
    "pipes": Pipe,
}
_OF_ITS_OWN: dict[type[Model], tuple[type[Model], frozenset[str]]] = {
    AttributeOverride: (Attribute, frozenset({"data_type"})),
    CommandOverride: (Command, frozenset({"in_type", "out_type"})),
}
"""What a device's part is instead, where one of these keys says so."""


class _Place(NamedTuple):
    """A class or a device: how a problem calls it, and its path in the document."""

    where: str
    path: _Keys


class Checker:
    """Makes the facility of a document and gathers its problems; where there are any, the
    facility is not whole."""

    def __init__(self, document: Document, csv_folder: CsvFolder) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._csv_folder = csv_folder

    def facility(self) -> Facility:
        """The facility, of which the pieces that are wrong are left out."""
        whole = _Place("fixture", ())
        data = self._mapping(whole, (), self._document.data)
        if data is None:
            return Facility()
        for key in set(data) - set(Facility.model_fields):
            hint = mistakes.hint(key, Facility.model_fields)
            self._report(whole, (key,), f"unknown key; {hint}")
        if not data.get("devices"):
            self._report(whole, ("devices",), "no devices; expected at least one")
        options = self._model(Options, whole, ("facility",), data.get("facility"))
        classes = {
            name: self._class(name, value)
            for name, value in self._named(whole, ("classes",), data.get("classes"))
        }
        self._control(classes, data.get("devices"))
        devices = {
            name: self._device(name, value, classes)
            for name, value in self._named(
                whole, ("devices",), data.get("devices"), names.device_name
            )
        }
        return Facility.model_construct(facility=options, classes=classes, devices=devices)

    def _control(self, classes: dict[str, DeviceClass | None], devices: Any) -> None:
        """Add the built-in class of the one device that has it."""
        named = devices.items() if isinstance(devices, dict) else ()
        having = [
            name
            for name, data in named
            if isinstance(data, dict) and data.get("class") == SIM_CONTROL
        ]
        if having and SIM_CONTROL in classes:
            place = _Place(f"class {SIM_CONTROL}", ("classes", SIM_CONTROL))
            self._report(place, (), "is built in; expected another name")
        for name in having[1:]:
            place = _Place(f"device {name}", ("devices", name))
            self._report(place, ("class",), f"{having[0]} is a {SIM_CONTROL}; expected one only")
        if having:
            classes[SIM_CONTROL] = CONTROL_CLASS

    def _class(self, name: str, data: Any) -> DeviceClass | None:
        place = _Place(f"class {name}", ("classes", name))
        made = self._whole(DeviceClass, place, data, _CLASS_PARTS)
        if made is None:
            return None
        for part in _CLASS_PARTS:
            built_in = {each.lower(): each for each in _BUILT_IN.get(part, ())}
            for key, piece in getattr(made, part).items():
                self._problems_of(place, (part, key), piece.problems())
                if key.lower() in built_in:
                    what = f"every class has {built_in[key.lower()]}; expected it in a device only"
                    self._report(place, (part, key), what)
        self._effects(place, made.commands, {**made.attributes, **BUILT_IN_ATTRIBUTES}, data)
        return made

    def _device(
        self, name: str, data: Any, classes: Mapping[str, DeviceClass | None]
    ) -> Device | None:
        place = _Place(f"device {name}", ("devices", name))
        made = self._whole(Device, place, data, _DEVICE_PARTS)
        if made is None:
            return None
        if made.class_ not in classes:
            hint = mistakes.hint(made.class_, classes)
            self._report(place, ("class",), f"class {made.class_!r} is not defined; {hint}")
        device_class = classes.get(made.class_)
        if device_class is None:
            return made
        self._faults(place, made, device_class)
        if made.attributes:
            whole = device_class.attributes_of(made)
            self._overrides(place, "attributes", made, device_class, whole)
        if made.commands:
            self._overrides(place, "commands", made, device_class, device_class.commands_of(made))
            written = self._written_class(made)
            self._effects(place, made.commands, device_class.attributes_of(made), written)
        for name, pipe in made.pipes.items():
            self._problems_of(place, ("pipes", name), pipe.problems())
        return made

    def _faults(self, place: _Place, device: Device, device_class: DeviceClass) -> None:
        attributes = _by_lower(device_class.attributes_of(device))
        commands = _by_lower(device_class.commands_of(device))
        for index, fault in enumerate(device.faults):
            self._problems_of(place, ("faults", index), fault.problems(attributes, commands))

    def _effects(
        self,
        place: _Place,
        commands: Mapping[str, CommandOverride],
        attributes: Mapping[str, Attribute],
        written: Any,
    ) -> None:
        """What the commands do to attributes; one that is so wrong that there is none is told
        where it is written."""
        known = _by_lower(attributes)
        given = written.get("attributes") if isinstance(written, dict) else None
        wrong = set(_by_lower(given if isinstance(given, dict) else {})) - set(known)
        for name, command in commands.items():
            if isinstance(command.behaviour, Effects):
                for key, text in command.behaviour.problems(known):
                    what, _, attribute = key.partition(".")
                    if attribute.lower() not in wrong:
                        keys = ("commands", name, "behaviour", what, attribute)
                        self._report(place, keys, text)

    def _overrides(
        self,
        place: _Place,
        part: str,
        device: Device,
        device_class: DeviceClass,
        pieces: Mapping[str, Any],
    ) -> None:
        """What a device has otherwise than its class. What is wrong in the class already is
        told there, be it there as a piece or so wrong that there is none."""
        written = self._written_class(device).get(part) or {}
        if not isinstance(written, dict):
            return
        of_class = _by_lower(getattr(device_class, part))
        whole = _by_lower(pieces)
        for name, piece in getattr(device, part).items():
            key = name.lower()
            own = isinstance(piece, Attribute | Command)
            if own and key in map(str.lower, _BUILT_IN[part]):
                what = "every device has it; expected no type"
                self._report(place, (part, name), what)
            elif key in whole:
                told = of_class[key].problems() if key in of_class and not own else ()
                self._problems_of(place, (part, name), set(whole[key].problems()) - set(told))
            elif key not in map(str.lower, written):
                what = f"class {device.class_} has none such; {mistakes.hint(name, pieces)}"
                self._report(place, (part, name), what)

    def _written_class(self, device: Device) -> dict[str, Any]:
        """The class of a device as it is written; nothing of it where it is built in."""
        return (self._document.data.get("classes") or {}).get(device.class_) or {}

    def _whole(
        self, model: type[_M], place: _Place, data: Any, parts: Mapping[str, type[Model]]
    ) -> _M | None:
        """A class or a device, with those of its named parts that are right."""
        mapping = self._mapping(place, (), data)
        if mapping is None:
            return None
        self._properties(place, (), mapping)
        rest = {key: value for key, value in mapping.items() if key not in parts}
        made = self._model(model, place, (), rest) or _bare(model, mapping)
        update = {
            key: {
                name: piece
                for name, value in self._named(place, (key,), mapping.get(key))
                if (piece := self._model(_meant(part, value), place, (key, name), value))
                is not None
            }
            for key, part in parts.items()
        }
        return None if made is None else made.model_copy(update=update)

    def _problems_of(self, place: _Place, keys: _Keys, problems: Iterable[tuple[str, str]]) -> None:
        for key, text in problems:
            below = (int(each) if each.isdecimal() else each for each in key.split("."))
            self._report(place, (*keys, *below), text)

    def _model(self, model: type[_M], place: _Place, keys: _Keys, data: Any) -> _M | None:
        mapping = self._mapping(place, keys, data)
        if mapping is None:
            return None
        if keys:
            self._properties(place, keys, mapping)
        try:
            # The context is for quantities that replay a file (generators/replay.py).
            return model.model_validate(mapping, context=self._csv_folder)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                loc = _written(mapping, each["loc"])
                self._report(place, (*keys, *loc), _sentence(each, model))
        return None

    def _properties(self, place: _Place, keys: _Keys, data: Mapping[str, Any]) -> None:
        if isinstance(data.get("properties"), dict):
            self._distinct(place, (*keys, "properties"), data["properties"])

    def _named(
        self, place: _Place, keys: _Keys, data: Any, check: names.NameCheck = names.name
    ) -> Iterator[tuple[str, Any]]:
        """The items of a mapping whose keys are names of the user's choice."""
        mapping = self._mapping(place, keys, data) or {}
        self._distinct(place, keys, mapping)
        for name, value in mapping.items():
            try:
                check(name)
            except ValueError as error:
                self._report(place, (*keys, name), f"{shown(name)} is no name; expected {error}")
            yield name, value

    def _distinct(self, place: _Place, keys: _Keys, names: Iterable[str]) -> None:
        """Tango compares names without regard to case."""
        first: dict[str, str] = {}
        for name in names:
            other = first.setdefault(name.lower(), name)
            if other != name:
                what = f"differs from {other} only in case; expected another name"
                self._report(place, (*keys, name), what)

    def _mapping(self, place: _Place, keys: _Keys, data: Any) -> dict[str, Any] | None:
        """The data, of which nothing is as good as an empty mapping; None if it is none."""
        if data is None or isinstance(data, dict):
            return data or {}
        self._report(place, keys, f"{shown(data)} does not fit; expected a mapping")
        return None

    def _report(self, place: _Place, keys: _Keys, text: str) -> None:
        line = self._document.line((*place.path, *keys))
        key = ".".join(map(str, keys))
        self.problems.append(
            Problem(line, f"{place.where}, {key}: {text}" if key else f"{place.where}: {text}")
        )


def _sentence(error: ErrorDetails, model: type[Model]) -> str:
    """What is wrong; a device's own parts may have keys that others may not."""
    definition, marks = _OF_ITS_OWN.get(model, (model, ()))
    if error["type"] == "extra_forbidden" and error["loc"][-1] in definition.model_fields:
        return f"is the class's; expected it only beside {' or '.join(sorted(marks))}"
    return mistakes.sentence(error, definition)


def _meant(part: type[Model], data: Any) -> type[Model]:
    """The model of a part, be it one that a device defines of its own."""
    definition, keys = _OF_ITS_OWN.get(part, (part, frozenset()))
    return definition if isinstance(data, dict) and keys & data.keys() else part


def _bare(model: type[_M], mapping: Mapping[str, Any]) -> _M | None:
    """A class or a device that is wrong, so that nothing of its parts stays unchecked."""
    try:
        return model.model_validate({key: mapping[key] for key in ("class",) if key in mapping})
    except ValidationError:
        return None


def _by_lower(pieces: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): piece for name, piece in pieces.items()}


def _written(data: Any, loc: Iterable[str | int]) -> Iterator[str | int]:
    """pydantic's path without the parts that nobody wrote (a union's tag); the last stays,
    unless it is a tag of ours."""
    parts = list(loc)
    for index, part in enumerate(parts):
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            if index < len(parts) - 1 or str(part).startswith("|"):
                continue
        yield part
