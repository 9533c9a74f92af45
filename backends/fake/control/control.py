"""Control of a simulation while it runs: values, states, faults, the clock.

What is given is checked by what checks a fixture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from mtango_ref.backends.fake.control.defining import Defining, Refused, one_at_a_time
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.backends.fake.device.not_exported import NotExportedDevice
from mtango_ref.fixture import mistakes
from mtango_ref.fixture.faults import Fault
from mtango_ref.fixture.language import Device as Definition
from mtango_ref.json_values import WrongValue
from mtango_ref.messages import shown, suggest
from mtango_ref.model import AttrMemorizedType
from mtango_ref.names import lower


class _Target(NamedTuple):
    """The target of a name: a device, or an attribute or command (lower case) of it."""

    device: FakeDevice
    part: str | None


class Control(Defining):
    """Names are domain/family/member, or that and the name of an attribute or command. What is
    changed is polled at once, where it is polled."""

    @one_at_a_time
    def set_value(self, name: str, value: Any) -> None:
        """Give an attribute a value from now on, as a fixture writes it. Raises Refused."""
        target = self._target(name)
        if target.part not in target.device.attributes:
            raise Refused(f"{name}: {_no_part(target, target.device.attributes, 'attribute')}")
        self._set(target, value, name)

    @one_at_a_time
    def set_state(self, device: str, state: str) -> None:
        """Give a device a state from now on. Raises Refused."""
        target = self._target(device)
        if target.part is not None:
            raise Refused(f"{device}: expected the name of a device, domain/family/member")
        self._set(_Target(target.device, "state"), state, device)

    @one_at_a_time
    def fail(self, name: str, fault: Mapping[str, Any]) -> None:
        """Add a fault from now on, as a fixture describes it. Raises Refused."""
        target = self._target(name)
        # A control device that fails could not be healed.
        if target.device.name == self._backend.capabilities.control_device:
            raise Refused(f"{name} controls the simulation; expected another device")
        # The name says whether the fault is of the device or of one part of it.
        given = dict(fault) if target.part is None else {**fault, "of": target.part}
        checked = _checked(given)
        known = target.device.attributes, target.device.commands
        problems = [f"{key}: {text}" for key, text in checked.problems(*known)]
        if problems:
            raise Refused(f"{name}: {'; '.join(problems)}")
        try:
            target.device.faults.add(checked)
        except ValueError as error:
            raise Refused(str(error)) from None
        _poll(target)

    @one_at_a_time
    def heal(self, name: str) -> None:
        """End the faults of a target from now on; `*` is everything. Raises Refused."""
        # All that can have a fault: those that were asked for, and those of the fixture.
        if name == "*":
            targets = [_Target(device, None) for device in self._backend.made()]
        else:
            targets = [self._target(name)]
        for target in targets:
            target.device.faults.heal(target.part)
            _poll(target)

    @one_at_a_time
    def advance(self, seconds: float) -> None:
        """Move the clock on. Refused."""
        try:
            self._backend.clock.advance(seconds)
        except ValueError as error:
            raise Refused(str(error)) from None
        for device in self._backend.made():
            # Threads wait by the clock of the machine, and look at this one when they are woken.
            device.faults.recheck()

    @one_at_a_time
    def reset(self) -> None:
        """Restore the initial facility, and forget every command that was run."""
        self._backend.clock.reset()
        self._backend.reset()

    def faults(self) -> list[str]:
        """List `name: fault` for each that is present or may come."""
        return [
            f"{device.name}: {_described(fault)}"
            for device in self._backend.made()
            for fault in device.faults.present()
        ]

    def changed(self) -> list[str]:
        """List device/attribute for each that is not as at the start.

        A device that is defined otherwise stands by its name alone.
        """
        return self.redefined() + [
            f"{device.name}/{attribute.config.name}"
            for device in self._backend.made()
            for attribute in device.attributes.values()
            if attribute.readings.is_changed
        ]

    def _set(self, target: _Target, value: Any, name: str) -> None:
        assert target.part is not None
        attribute = target.device.attributes[target.part]
        try:
            target.device.set_value(target.part, value, self._backend.clock())
        except WrongValue as error:
            raise Refused(f"{name}: {error}") from None
        # Tango: a server that starts writes what is MEMORIZED_WRITE_INIT, and nothing else.
        if attribute.config.memorized is AttrMemorizedType.MEMORIZED_WRITE_INIT:
            self._backend.memorized[lower(target.device.name), target.part] = value
        _poll(target)

    def _target(self, name: str) -> _Target:
        pieces = name.split("/") if isinstance(name, str) else []
        if len(pieces) not in (3, 4):
            raise Refused(
                f"{shown(name)} is not a valid name; expected domain/family/member, with or without"
                " /attribute or /command"
            )
        asked = "/".join(pieces[:3])
        self.defined(asked)
        device = self._backend.find(asked)
        if isinstance(device, NotExportedDevice):
            raise Refused(f"{asked} is not exported; expected a device that runs")
        target = _Target(device, lower(pieces[3]) if len(pieces) == 4 else None)
        parts = {**device.attributes, **device.commands}
        if target.part is not None and target.part not in parts:
            raise Refused(f"{name}: {_no_part(target, parts, 'attribute or command')}")
        return target


def _no_part(target: _Target, known: Mapping[str, Any], what: str) -> str:
    return f"{target.device.name} has no such {what}; {suggest(target.part or '', known)}"


def _poll(target: _Target) -> None:
    """Poll a target now, with State and Status, so that every client sees the change."""
    if target.part is None:
        target.device.poll()
    else:
        # cppTango: State and Status are computed from the attributes, so they change with them.
        target.device.poll(target.part, "state", "status")


def _checked(fault: Mapping[str, Any]) -> Fault:
    try:
        [checked] = Definition.model_validate({"class": "", "faults": [fault]}).faults
    except ValidationError as error:
        sentences = [_sentence(fault, each) for each in error.errors(include_url=False)]
        raise Refused("; ".join(sentences)) from None
    return checked


def _sentence(fault: Mapping[str, Any], error: Any) -> str:
    sentence = mistakes.sentence(error, Definition)
    key = ".".join(str(part) for part in error["loc"][2:] if part in fault or part is None)
    missing = error["type"] == "missing" and str(error["loc"][-1])
    return f"{missing or key or 'fault'}: {sentence}"


def _described(fault: Fault) -> str:
    words = fault.model_dump(mode="json", by_alias=True, exclude_unset=True)
    described = {"fault": fault.fault, **words}
    return "{" + ", ".join(f"{key}: {_short(value)}" for key, value in described.items()) + "}"


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
