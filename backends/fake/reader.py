"""Pieces of a document as the language's models, and every problem on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mtango_ref.backends.fake import mistakes, names
from mtango_ref.backends.fake.csv_columns import CsvFolder
from mtango_ref.backends.fake.document import Placed, Problem, cut
from mtango_ref.backends.fake.language import Attribute, AttributeOverride, Command, CommandOverride
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.json_values import shown
from mtango_ref.names import is_askable, lower

_M = TypeVar("_M", bound=Model)
Keys = tuple[str | int, ...]

_OF_ITS_OWN: dict[type[Model], tuple[type[Model], frozenset[str]]] = {
    AttributeOverride: (Attribute, frozenset({"data_type"})),
    CommandOverride: (Command, frozenset({"in_type", "out_type"})),
}
"""What an override is instead, where one of these keys says so."""


class Place(NamedTuple):
    """A class or a device: how a problem calls it, and its path in the document."""

    where: str
    path: Keys


class Enough(Exception):
    """There are so many problems that there is no use in looking further."""


class Reader:
    """Makes models of what is written, and gathers the problems."""

    def __init__(self, document: Placed, csv_folder: CsvFolder, most: float) -> None:
        self.problems: list[Problem] = []
        self._document, self._most = document, most
        self._csv_folder = csv_folder
        self.unsafe_names = False
        """Whether the fixture says that there are names that no database is asked for."""

    def report(self, place: Place, keys: Keys, text: str) -> None:
        """One problem, of what lies there. Raises Enough."""
        path = (*place.path, *keys)
        where = ", ".join(filter(None, (cut(place.where), cut(".".join(map(str, keys))))))
        self.problems.append(Problem(*self._document.place(path), f"{where}: {text}", path))
        if len(self.problems) >= self._most:
            raise Enough

    def mapping(self, place: Place, keys: Keys, data: Any) -> dict[str, Any] | None:
        """The data, of which nothing is as good as an empty mapping; None if it is none."""
        if data is None or isinstance(data, dict):
            return data or {}
        self.report(place, keys, f"{shown(data)} does not fit; expected a mapping")
        return None

    def named(
        self, place: Place, keys: Keys, data: Any, check: names.NameCheck = names.name
    ) -> Iterator[tuple[str, Any]]:
        """The items of a mapping whose keys are names of the user's choice."""
        mapping = self.mapping(place, keys, data) or {}
        self._distinct(place, keys, mapping)
        for name, value in mapping.items():
            try:
                check(name)
            except ValueError as error:
                self.report(place, (*keys, name), f"{shown(name)} is no name; expected {error}")
            else:
                self.safe(place, (*keys, name), name)
            yield name, value

    def safe(self, place: Place, keys: Keys, name: str) -> None:
        """Report a name that no database is asked for, unless the fixture allows it."""
        if not self.unsafe_names and not is_askable(name):
            self.report(place, keys, f"{shown(name)} is not safe; expected {names.SAFE}")

    def model(self, model: type[_M], place: Place, keys: Keys, data: Any) -> _M | None:
        """What is written there as a model; None if that cannot be."""
        mapping = self.mapping(place, keys, data)
        if mapping is None:
            return None
        if isinstance(mapping.get("properties"), dict):
            self._distinct(place, (*keys, "properties"), mapping["properties"])
            for name in mapping["properties"]:
                self.safe(place, (*keys, "properties", name), name)
        try:
            # The context is for quantities that replay a file (generators/replay.py).
            return model.model_validate(mapping, context=self._csv_folder)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                loc = _written(mapping, each["loc"])
                self.report(place, (*keys, *loc), _sentence(each, model))
        return None

    def rest(
        self, model: type[_M], place: Place, mapping: Mapping[str, Any], parts: Iterable[str]
    ) -> _M | None:
        """A class or a device without its parts. One that is wrong is made with its class
        alone, so that nothing of its parts stays unchecked."""
        rest = {key: value for key, value in mapping.items() if key not in parts}
        made = self.model(model, place, (), rest)
        try:
            return made or model.model_validate({key: rest[key] for key in rest if key == "class"})
        except ValidationError:
            return None

    def _distinct(self, place: Place, keys: Keys, names: Iterable[str]) -> None:
        """Tango compares names without regard to case."""
        first: dict[str, str] = {}
        for name in names:
            other = first.setdefault(lower(name), name)
            if other != name:
                what = f"differs from {cut(other)} only in case; expected another name"
                self.report(place, (*keys, name), what)


def meant(part: type[Model], data: Any) -> type[Model]:
    """The model of an override, be it that of something of its own."""
    definition, keys = _OF_ITS_OWN.get(part, (part, frozenset()))
    return definition if isinstance(data, dict) and keys & data.keys() else part


def _sentence(error: ErrorDetails, model: type[Model]) -> str:
    """What is wrong; what is of one's own may have keys that an override may not."""
    definition, marks = _OF_ITS_OWN.get(model, (model, ()))
    if error["type"] == "extra_forbidden" and error["loc"][-1] in definition.model_fields:
        return f"is the class's; expected it only beside {' or '.join(sorted(marks))}"
    return mistakes.sentence(error, definition)


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
