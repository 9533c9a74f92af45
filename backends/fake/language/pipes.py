"""Pipes of a class or a device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from mtango_ref.backends.fake.language.terms import Loose, Raises
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.backends.fake.values import fit_argument
from mtango_ref.json_values import WrongValue
from mtango_ref.model import CmdArgType


class PipeElement(Model):
    """One element; DevPipeBlob has `data`, all others `value`."""

    name: str
    type: Loose[CmdArgType]
    value: Any = None
    blob: str | None = None
    """The name of the inner blob; that of the element unless said."""
    data: list[PipeElement] | None = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) of all that types alone do not say."""
        if self.type is CmdArgType.DevPipeBlob:
            for index, element in enumerate(self.data or ()):
                yield from ((f"data.{index}.{key}", text) for key, text in element.problems())
            return
        for key in ("blob", "data"):
            if getattr(self, key) is not None:
                yield key, f"beside type {self.type.value}; expected it only of a DevPipeBlob"
        try:
            fit_argument(self.type, self.value)
        except WrongValue as error:
            yield "value", str(error)


class Pipe(Model):
    """A pipe of a class: the blob that reading it gives, or its error; a device's own takes
    the place of its class's."""

    blob: str = ""
    data: list[PipeElement] = Field(default_factory=list)
    raises: Raises | None = None

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) of all that types alone do not say."""
        if len(self.model_fields_set & {"data", "raises"}) != 1:
            yield "data", "expected either data or raises"
        for index, element in enumerate(self.data):
            yield from ((f"data.{index}.{key}", text) for key, text in element.problems())
