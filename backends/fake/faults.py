"""The fixture language's faults: what is wrong with a device on purpose, and when.

A fault is there from `from` until `until`, and again `every` so many s; all three are s since
the facility's start, or since the fault was made at run time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from mtango_ref.backends.fake import mistakes
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.model import DevError, ErrSeverity
from mtango_ref.names import lower

Seconds = Annotated[float, Field(ge=0, le=1e9)]
Name = Annotated[str, Field(min_length=1, max_length=255)]

MAX_FAULTS = 100
"""Of one device."""

ALWAYS_VALID = frozenset({"state", "status"})
"""The attributes that a device's `invalid` leaves alone, as Tango does."""


class Window(Model):
    """When a fault is there."""

    from_: Annotated[Seconds, Field(alias="from")] = 0.0
    until: Seconds | None = None
    every: Annotated[Seconds, Field(gt=0)] | None = None

    @property
    def length(self) -> float:
        """s"""
        return float("inf") if self.until is None else self.until - self.from_

    def is_over(self, seconds: float) -> bool:
        """Whether it comes no more, so many s after the start."""
        return self.every is None and self._inside(seconds) >= self.length

    def left(self, seconds: float) -> float:
        """s that it stays, so many s after the start; 0 where it is not there."""
        return max(self.length - self._inside(seconds), 0.0) if self.number(seconds) >= 0 else 0.0

    def number(self, seconds: float) -> int:
        """How many times it was there before, so many s after the start; -1 where it is not
        there."""
        inside = self._inside(seconds)
        if not 0 <= inside < self.length:
            return -1
        return int((seconds - self.from_) // self.every) if self.every else 0

    def _inside(self, seconds: float) -> float:
        since = seconds - self.from_
        return since % self.every if self.every and since >= 0 else since


class _Fault(Window):
    def problems(
        self, attributes: Iterable[str], commands: Iterable[str]
    ) -> Iterator[tuple[str, str]]:
        """(key, what is wrong and what was expected) of a device with those attributes and
        commands, told in lower case."""
        if self.length <= 0:
            yield "until", f"{self.until:g} is not after from; expected a later time"
        elif self.every is not None and self.length > self.every:
            yield "every", f"{self.every:g}; expected until, and at least until - from"
        of, known = getattr(self, "of", None), {*attributes, *self._commands_too(commands)}
        if of is not None and lower(of) not in known:
            yield "of", f"the device has no {of!r}; {mistakes.hint(of, known)}"

    def _commands_too(self, commands: Iterable[str]) -> Iterable[str]:
        return commands


class Latency(_Fault):
    """It answers late."""

    fault: Literal["latency"]
    of: Name | None = None
    seconds: Annotated[float, Field(gt=0, le=86_400)]


class Timeout(_Fault):
    """It does not answer in time."""

    fault: Literal["timeout"]
    of: Name | None = None


class Failure(_Fault):
    """To read it, or to run it, fails."""

    fault: Literal["failure"]
    of: Name | None = None
    reason: str = "Simulated_Failure"
    description: str = "Failed on purpose"
    severity: Annotated[ErrSeverity, Field(strict=False)] = ErrSeverity.ERR
    origin: str = "the fixture"

    @property
    def error(self) -> DevError:
        """The innermost error."""
        return DevError(self.reason, self.description, self.severity, self.origin)


class Invalid(_Fault):
    """The attribute, or all of them, has no valid value."""

    fault: Literal["invalid"]
    of: Name | None = None

    def _commands_too(self, _: Iterable[str]) -> Iterable[str]:
        return ()


class Hang(_Fault):
    """The device server hangs."""

    fault: Literal["hang"]


class Away(_Fault):
    """The device server was killed; the database goes on believing that it runs."""

    fault: Literal["away"]


Fault = Annotated[Latency | Timeout | Failure | Invalid | Hang | Away, Field(discriminator="fault")]
