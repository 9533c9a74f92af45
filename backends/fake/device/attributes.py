"""Attributes of running devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mtango_ref.backends.fake.device.alarms import ALARM_LIMITS, guard
from mtango_ref.backends.fake.device.faults import DeviceFaults
from mtango_ref.backends.fake.timing.clock import Clock
from mtango_ref.backends.fake.timing.polling import Polling
from mtango_ref.backends.fake.timing.sources import Source
from mtango_ref.backends.fake.timing.timeline import Timeline
from mtango_ref.fixture import language
from mtango_ref.model import AttributeInfoEx, AttrQuality, DeviceAttribute
from mtango_ref.names import lower

ReadAt = Callable[[float], DeviceAttribute]
"""The reading at a time; a failed one has the device server's errors in its err_stack."""


class Readings(Timeline[DeviceAttribute]):
    """The readings of an attribute by time; read_at lets the device's faults have their effect,
    too."""

    __slots__ = ("_faults", "_name")

    def __init__(
        self,
        name: str,
        first: ReadAt,
        pollings: Sequence[Polling],
        faults: DeviceFaults,
    ) -> None:
        super().__init__(first, pollings, faults.lock)
        self._name, self._faults = name, faults

    def read_at(self, time: float) -> DeviceAttribute:
        """Read as at a time, in s since the epoch."""
        # A fault hides the reading, which comes back once it is healed.
        if self._faults.entries and (found := self._faulty(time)) is not None:
            return found
        return self(time) if self.begun else self.first(time)

    def _faulty(self, time: float) -> DeviceAttribute | None:
        name, key = self._name, lower(self._name)
        if (fault := self._faults.failure(key, time)) is not None:
            # PyTango: a failed reading has the value None and the quality ATTR_INVALID.
            return DeviceAttribute(name, None, AttrQuality.ATTR_INVALID, time, (fault.error,))
        if self._faults.invalid(key, time):
            return DeviceAttribute(name, None, AttrQuality.ATTR_INVALID, time)
        return None


class FakeAttribute(NamedTuple):
    """One attribute of a running device."""

    config: AttributeInfoEx
    readings: Readings
    clock: Clock
    """The time of a reading made now: of a polled attribute, that of its last polling."""
    polling: Polling | None
    takes: float
    """s that a reading takes; for a polled one, the device server waits."""

    def read_now(self) -> DeviceAttribute:
        """Read now, as a client does."""
        return self.readings.read_at(self.clock())


def reconfigured(read_at: ReadAt, before: language.Attribute, after: language.Attribute) -> ReadAt:
    """Return the function that reads the same under another configuration; itself if that changes
    nothing of it."""
    if any(getattr(before, each) != getattr(after, each) for each in ALARM_LIMITS):
        read_at = _requalified(read_at, after)
    if before.enum_labels != after.enum_labels:
        read_at = _relabelled(read_at, before.enum_labels, after.enum_labels)
    return read_at


def _requalified(before: ReadAt, attribute: language.Attribute) -> ReadAt:
    """Return the function that reads the same, with the limits that the attribute has by now."""
    # A quality that the device itself sets is no matter of limits.
    if attribute.quality is not AttrQuality.ATTR_VALID:
        return before
    breach_of = guard(attribute)

    def read(time: float) -> DeviceAttribute:
        reading = before(time)
        # Neither a failure nor ATTR_INVALID has anything to compare with a limit.
        if reading.value is None or reading.err_stack:
            return reading
        breach = breach_of(reading.value) if breach_of is not None else None
        quality = AttrQuality.ATTR_VALID if breach is None else breach.quality
        return reading._replace(quality=quality)

    return read


def _relabelled(before: ReadAt, old: Sequence[str], new: Sequence[str]) -> ReadAt:
    """Return the function that reads the same, each old label by the new one in its place."""
    # Tango: the value of a DevEnum is a number, and the labels only name it.
    names = dict(zip(old, new, strict=True))

    def renamed(value: Any) -> Any:
        return [*map(renamed, value)] if isinstance(value, list) else names.get(value, value)

    def read(time: float) -> DeviceAttribute:
        reading = before(time)
        return reading._replace(value=renamed(reading.value))

    return read


def reader(name: str, attribute: language.Attribute, value_at: Source) -> ReadAt:
    """Return the function that reads an attribute of that name."""
    invalid, raises, quality = AttrQuality.ATTR_INVALID, attribute.raises, attribute.quality
    # cppTango: polling keeps failures as well, so a failed reading is one, with its errors in it.
    if raises is not None:
        return lambda time: DeviceAttribute(name, None, invalid, time, raises.errors)
    # rc3: "ATTR_INVALID: value null". That is no failure: it has a time, and no error stack.
    if quality is invalid:
        return lambda time: DeviceAttribute(name, None, invalid, time)
    # cppTango checks the limits at each reading: the quality is that of this very value.
    breach_of = guard(attribute)
    if breach_of is None:
        return lambda time: DeviceAttribute(name, value_at(time), quality, time)

    def read_guarded(time: float) -> DeviceAttribute:
        value = value_at(time)
        breach = breach_of(value)
        return DeviceAttribute(name, value, breach.quality if breach else quality, time)

    return read_guarded
