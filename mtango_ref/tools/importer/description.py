"""The content of one file in the words of a fixture, and what of it has no such words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from mtango_ref.interface import BackendError
from mtango_ref.messages import shown

_T = TypeVar("_T")
Words = dict[str, Any]
"""A mapping of the fixture."""

MAX_LINE = 2000
"""Characters that a report has of one thing."""

BUILT_IN = frozenset({"state", "status", "init"})
"""The names of every device, in lower case: no class of a fixture has them."""


def printable(text: str) -> str:
    """Make one line for a terminal: no control characters, whatever names a file has, and not
    without end."""
    cut = text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]} .."
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in cut)


class ImportRefused(BackendError):
    """Files that cannot be understood: a sentence of file, place and what was expected; below
    it a line of each of the details."""

    def __init__(self, text: str, *details: str) -> None:
        super().__init__("\n  ".join(map(printable, (text, *details))))


class Remark(NamedTuple):
    """Something that the person who imports has to know. line: 0 where there is none."""

    file: str
    line: int
    place: str
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return printable(": ".join(filter(None, (where, self.place, self.text))))


class Authority(Enum):
    """The authority of a file, where two have the same thing of a class."""

    CODE = "the description of a class: of two, the later, and it is reported"
    DATABASE = "a database, which is there to overrule the code"
    DEVICE = "one device: what differs from its class is its own"


@dataclass
class Description:
    """One file. classes and devices are as in a fixture, but for these: a class may have what
    is BUILT_IN, it `inherits` a list of classes, the closest last, and what it has of one of
    them is `inherited`; the class "" and the device "" are ones that the file does not name, and
    a device's attributes may have every word of an attribute."""

    file: str
    authority: Authority
    facility: Words = field(default_factory=dict)
    classes: dict[str, Words] = field(default_factory=dict)
    devices: dict[str, Words] = field(default_factory=dict)
    defaults: dict[str, Words] = field(default_factory=dict)
    """The properties that a device has unless its database says otherwise, by its class."""
    losses: list[Remark] = field(default_factory=list)

    def lose(self, place: str, text: str, line: int = 0) -> None:
        """Keep in mind what is not carried over, and why."""
        self.losses.append(Remark(self.file, line, place, text))

    def property_lines(self, value: Any, place: str) -> list[str]:
        """Give the lines of a property, as Tango's database keeps them.

        Args:
            value: a text, a number or a boolean, or a list of them.
            place: of the property, for the loss if it is of another shape.

        Returns:
            The lines; none if there is nothing, or nothing that anybody could mean.
        """
        lines = value if isinstance(value, list) else [value]
        if not all(isinstance(line, (str, int, float)) for line in lines):
            self.lose(place, f"{shown(value)}; expected a string, a number, or a list of them")
            return []
        # PyTango's put_device_property, and dsconfig with it, writes str(value): 1.0, True.
        return [str(line) for line in lines]

    def attempt(self, parse: Callable[[], _T], place: str, line: int = 0) -> _T | None:
        """Parse one element with tango-simlib; None, and a loss, if that fails."""
        try:
            return parse()
        except KeyError as error:
            self.lose(place, f"{error} is missing; expected it, as the other tool writes it", line)
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            why = str(error).splitlines()[0]
            self.lose(place, f"tango-simlib's parser cannot read it: {why}", line)
        return None


def filled(words: Mapping[str, Any]) -> Words:
    """Remove the keys that say nothing."""
    return {key: value for key, value in words.items() if value not in (None, "", {}, [])}
