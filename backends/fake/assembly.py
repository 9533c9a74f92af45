"""What the fixture says of a device, made into one that answers."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mtango_ref.backends.fake import language, simulation
from mtango_ref.backends.fake.alarms import guard, is_told, told_line
from mtango_ref.backends.fake.attributes import Clock, FakeAttribute, reader
from mtango_ref.backends.fake.configuration import attribute_info, command_info, pipe_blob
from mtango_ref.backends.fake.device import FakeCommand, FakeDevice, PipeContent
from mtango_ref.backends.fake.polling import Polling
from mtango_ref.backends.fake.values import fit_argument
from mtango_ref.model import DeviceDataHistory, DevState

STATE, STATUS = language.BUILT_IN_ATTRIBUTES
_TANGO_10 = "6"
"""The version of a device, which is that of its IDL."""


class Run(NamedTuple):
    """One run of the fake: what its answers depend on besides the fixture."""

    seed: int
    clock: Clock
    since: float
    """When it began, in s since the epoch; all polling began then."""


def assemble(
    name: str, device: language.Device, device_class: language.DeviceClass, run: Run
) -> FakeDevice:
    """A running device."""
    parts = _Parts(
        name,
        device,
        device_class.attributes_of(device),
        device_class.commands_of(device),
        {*device_class.commands, *language.BUILT_IN_COMMANDS},
        run,
    )
    attributes = {key: parts.attribute(key) for key in parts.attributes}
    commands = [parts.command(key, attributes) for key in parts.commands]
    pipes = {key: _content(pipe) for key, pipe in device_class.pipes_of(device).items()}
    return FakeDevice(
        name,
        run.clock,
        attributes.values(),
        commands,
        pipes,
        is_of_tango_10=device.version == _TANGO_10,
    )


def _content(pipe: language.Pipe) -> PipeContent:
    return pipe_blob(pipe.blob, pipe.data) if pipe.raises is None else pipe.raises.errors


@dataclass(frozen=True)
class _Parts:
    """A device as the fixture has it, and what is to be made of it."""

    name: str
    device: language.Device
    attributes: Mapping[str, language.Attribute]
    commands: Mapping[str, language.Command]
    class_commands: Container[str]
    """The names of those that are not this device's alone."""
    run: Run

    def attribute(self, key: str) -> FakeAttribute:
        attribute = self.attributes[key]
        polling = self._polling(key, attribute.polling_period)
        return FakeAttribute(
            attribute_info(key, attribute),
            reader(key, attribute, self._source(key)),
            _dating(self.run.clock, polling),
            polling,
        )

    def command(self, key: str, attributes: Mapping[str, FakeAttribute]) -> FakeCommand:
        command = self.commands[key]
        return FakeCommand(
            command_info(key, command),
            _as_command(attributes[key]) if key in (STATE, STATUS) else _constantly(command),
            self._polling(key, command.polling_period),
            key not in self.class_commands,
        )

    def _polling(self, key: str, period: int | None) -> Polling | None:
        if key in (STATE, STATUS):
            # Tango polls the attribute and the command as one.
            period = self.attributes[key].polling_period or self.commands[key].polling_period
        return None if period is None else Polling(self.run.since, period / 1000)

    def _source(self, key: str) -> simulation.Source:
        attribute = self.attributes[key]
        if attribute.simulation is not None:
            seed = f"{self.run.seed}/{self.name.lower()}/{key.lower()}"
            return simulation.source(attribute.simulation, attribute.shape, seed)
        if attribute.value is not None:
            return simulation.constant(attribute.shape.fit(attribute.value))
        if key == STATE:
            return self._state()
        if key == STATUS:
            return self._status()
        return simulation.constant(attribute.default)

    def _state(self) -> simulation.Source:
        """A device that is ON is in ALARM while a value has reached a limit, or if it tells
        of one itself that it is alarming."""
        state = self.device.state
        if state is not DevState.ON:
            return simulation.constant(state)
        if any(is_told(attribute) for attribute in self.attributes.values()):
            return simulation.constant(DevState.ALARM)
        alarms_at = self._alarms()
        return lambda time: DevState.ALARM if alarms_at(time) else state

    def _status(self) -> simulation.Source:
        """Of a device in ALARM: with the alarms, but those that its own status ends with, as
        that of a recorded device does."""
        state_at, alarms_at, status = self._source(STATE), self._alarms(), self.device.status

        def status_at(time: float) -> str:
            state = state_at(time)
            lines = [f"The device is in {state.value} state." if status is None else status]
            if state is DevState.ALARM:
                told = lines[0].splitlines()
                lines += [alarm for alarm in alarms_at(time) if alarm not in told]
            return "\n".join(lines)

        return status_at

    def _alarms(self) -> Callable[[float], list[str]]:
        """The alarms at a time, as Tango tells them in the Status."""
        guarded = [
            (attribute.label or key, breach_of, self._source(key))
            for key, attribute in self.attributes.items()
            if (breach_of := guard(attribute)) is not None
        ]
        told = [
            line
            for key, each in self.attributes.items()
            if (line := told_line(key, each)) is not None
        ]
        return lambda time: [
            *(
                f"{breach.text} {label}"
                for label, breach_of, value_at in guarded
                if (breach := breach_of(value_at(time))) is not None
            ),
            *told,
        ]


def _dating(clock: Clock, polling: Polling | None) -> Clock:
    """The time of a reading: of a polled attribute, that of its last polling."""
    return clock if polling is None else lambda: polling.last(clock())


def _as_command(attribute: FakeAttribute) -> Callable[[float], DeviceDataHistory]:
    def execute_at(time: float) -> DeviceDataHistory:
        reading = attribute.read_at(time)
        return DeviceDataHistory(reading.value, time, reading.err_stack)

    return execute_at


def _constantly(command: language.Command) -> Callable[[float], DeviceDataHistory]:
    value = fit_argument(command.out_type, command.value)
    return lambda time: DeviceDataHistory(value, time)
