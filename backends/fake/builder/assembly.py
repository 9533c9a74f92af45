"""The assembly of a device of the fixture into one that answers."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mtango_ref.backends.fake.builder.configuration import attribute_info, command_info, pipe_blob
from mtango_ref.backends.fake.builder.state_and_status import (
    STATE,
    STATUS,
    AlarmsAt,
    alarm_lines,
    following,
    guarded,
    state_source,
    status_source,
)
from mtango_ref.backends.fake.device.alarms import ALARM_LIMITS
from mtango_ref.backends.fake.device.attributes import (
    FakeAttribute,
    ReadAt,
    Readings,
    reader,
    reconfigured,
)
from mtango_ref.backends.fake.device.commands import (
    Effect,
    ExecuteAt,
    FakeCommand,
    no_effect,
    overlaid_command,
)
from mtango_ref.backends.fake.device.device import FakeDevice
from mtango_ref.backends.fake.device.faults import DeviceFaults
from mtango_ref.backends.fake.device.memory import Memory, is_written_at_start
from mtango_ref.backends.fake.device.pipes import FakePipe
from mtango_ref.backends.fake.device.state import DeviceState
from mtango_ref.backends.fake.processes import Process
from mtango_ref.backends.fake.timing.clock import Clock
from mtango_ref.backends.fake.timing.polling import Polling
from mtango_ref.backends.fake.timing.sources import Source, constant, source
from mtango_ref.calls import Calls
from mtango_ref.fixture import language
from mtango_ref.fixture.definitions import Defined
from mtango_ref.fixture.language import Effects, TimedState
from mtango_ref.fixture.simulations.simlib import ConstantQuantity
from mtango_ref.fixture.values import fit_argument
from mtango_ref.model import (
    AttrDataFormat,
    AttributeInfoEx,
    AttrQuality,
    AttrWriteType,
    CmdArgType,
    DeviceDataHistory,
)
from mtango_ref.names import lower

INIT, *_ = language.BUILT_IN_COMMANDS
_TANGO_10 = "6"
"""The version of a device, which is that of its IDL."""


class Run(NamedTuple):
    """One run of the fake: what its answers depend on apart from the fixture."""

    seed: int
    clock: Clock
    since: float
    """The time at which it began, in s since the epoch."""
    calls: Calls
    """Makes the calls that a device keeps waiting."""


class BuiltIn(NamedTuple):
    """The behaviour of a built-in device class, by the names of its attributes and commands."""

    sources: Mapping[str, Source]
    functions: Mapping[str, Callable[[Any], Any]]


def assemble(
    defined: Defined,
    run: Run,
    server: Process,
    faults: DeviceFaults,
    memory: Memory,
    built_in: BuiltIn | None = None,
) -> FakeDevice:
    """Make the device that runs in a server's process; all of its polling begins with that."""
    name, device, of = defined
    parts = _Parts(
        name,
        device,
        {**of.attributes_of(device)},
        of.commands_of(device),
        {*of.commands, *language.BUILT_IN_COMMANDS},
        run._replace(since=server.since),
        faults,
        built_in or BuiltIn({}, {}),
        DeviceState(),
        memory,
    )
    for key in parts.attributes:
        parts.state.attributes[key] = parts.attribute(key)
    # Attributes first: the effects of commands change them.
    commands = [parts.command(key) for key in parts.commands]
    return FakeDevice(
        name,
        server,
        run.clock,
        parts.state.attributes.values(),
        commands,
        [_pipe(key, pipe) for key, pipe in of.pipes_of(device).items()],
        faults,
        parts.with_value,
        parts.with_written,
        memory,
        parts.configure,
        is_of_tango_10=device.version == _TANGO_10,
    )


def _pipe(name: str, pipe: language.Pipe) -> FakePipe:
    # What a fixture's `raises` says is the whole stack of the device server, innermost first.
    raises = pipe.raises
    content = pipe_blob(pipe.blob, pipe.data) if raises is None else raises.errors
    return FakePipe(name, content, is_writable=pipe.writable == "READ_WRITE")


@dataclass(frozen=True)
class _Parts:
    """A device as the fixture has it, and the state that is made of it."""

    name: str
    device: language.Device
    attributes: dict[str, language.Attribute]
    commands: Mapping[str, language.Command]
    class_commands: Container[str]
    """The names of those that are not this device's alone."""
    run: Run
    faults: DeviceFaults
    built_in: BuiltIn
    state: DeviceState
    memory: Memory
    first: dict[str, language.Attribute] = field(default_factory=dict)
    """The attributes as the fixture has them, of those that clients have configured."""

    def attribute(self, key: str) -> FakeAttribute:
        attribute = self.attributes[key]
        polling = self._polling(key, attribute.polling_period)
        # State and Status show what the other attributes were when they were polled.
        asking = [self._polling(each, None) for each in (STATE, STATUS)]
        readings = Readings(
            key,
            reader(key, attribute, self._source(key)),
            tuple(each for each in {polling, *asking} if each is not None),
            self.faults,
        )
        return FakeAttribute(
            attribute_info(key, attribute),
            readings,
            _dating(self.run.clock, polling),
            polling,
            # cppTango: the polling thread waits for a polled attribute, its clients have the cache.
            0.0 if polling else attribute.takes,
        )

    def command(self, key: str) -> FakeCommand:
        command = self.commands[key]
        effects = command.behaviour if isinstance(command.behaviour, Effects) else Effects()
        return FakeCommand(
            command_info(key, command),
            overlaid_command(key, self._execution(key, effects), self.faults),
            self.run.clock,
            self.faults,
            self._polling(key, command.polling_period),
            is_dynamic=key not in self.class_commands,
            is_echo=command.behaviour == "echo",
            takes=effects.takes,
            effect=self._effect(key, effects),
            function=self.built_in.functions.get(key),
        )

    def _execution(self, key: str, effects: Effects) -> ExecuteAt:
        if effects.raises is not None:
            # A command that raises has no value and no effect.
            errors = effects.raises.errors
            return lambda time: DeviceDataHistory(None, time, errors)
        return (
            _as_command(self.state.attributes[key])
            if key in (STATE, STATUS)
            else self._constantly(key)
        )

    def _constantly(self, key: str) -> ExecuteAt:
        command = self.commands[key]
        value = fit_argument(command.out_type, command.value)
        return lambda time: DeviceDataHistory(value, time)

    def _effect(self, key: str, effects: Effects) -> Effect:
        # Tango: Init deletes the device and initialises it, so it always has an effect.
        if key != INIT and not effects.changes:
            return no_effect
        by_lower = {lower(name): name for name in self.state.attributes}
        # An attribute that was deleted is none that a command can change.
        values = {
            by_lower[lower(name)]: value
            for name, value in effects.set_attributes.items()
            if lower(name) in by_lower
        }
        if effects.set_status is not None:
            values[STATUS] = effects.set_status
        read_ats = {name: self.with_value(name, value) for name, value in values.items()}

        def act(at: float, now: float) -> None:
            with self.state.acting:
                # First what every Init does, then what the fixture lets this one change.
                if key == INIT:
                    self._put_back(at, now)
                for name, read_at in read_ats.items():
                    there = self._as_configured(name, read_at)
                    self.state.attributes[name].readings.become(there, at, now)
                if effects.states:
                    readings = self.state.attributes[STATE].readings
                    state = following(readings(now).value, effects.states)
                    readings.become(self.with_value(STATE, state), at, now)

        return act

    def _put_back(self, at: float, now: float) -> None:
        for attribute in self.state.attributes.values():
            # cppTango: Init leaves set points as they are.
            if attribute.config.writable is not AttrWriteType.WRITE:
                attribute.readings.put_back(at, now)
                # cppTango: and the configuration as clients have changed it.
                read_at = self._as_configured(attribute.config.name, attribute.readings.first)
                if read_at is not attribute.readings.first:
                    attribute.readings.become(read_at, at, now)
        # cppTango, DeviceClass::set_memorized_values: and writes what is memorized, as a start.
        for name, attribute in self.state.attributes.items():
            value = self.memory.kept(attribute.config)
            if value is not None and is_written_at_start(attribute.config):
                memorized = self.with_written(name, value)
                if memorized is not None:
                    attribute.readings.become(memorized, at, now)

    def with_value(self, key: str, value: Any) -> ReadAt:
        """Make the function that reads an attribute which is given a value. Raises WrongValue."""
        attribute = self.attributes[key]
        quality = attribute.quality
        # An attribute that is given a value is valid from then on.
        if quality is AttrQuality.ATTR_INVALID:
            quality = AttrQuality.ATTR_VALID
        attribute = attribute.model_copy(
            update={"value": value, "simulation": None, "raises": None, "quality": quality}
        )
        fitted = attribute.shape.fit(value)
        # A state that was set can be alarmed, and a status has the alarms' lines, as at the start.
        if key == STATE:
            states = [TimedState(state=fitted, lasts=1)]
            return reader(key, attribute, state_source(states, self.run.since, self._alarms()))
        if key == STATUS:
            return reader(key, attribute, status_source(fitted, self.state, self._alarms()))
        return reader(key, attribute, constant(fitted))

    def with_written(self, key: str, value: Any) -> ReadAt | None:
        """Make the function that reads an attribute which a client has written (a value of the
        model); None if it reads what it read before."""
        attribute = self.attributes[key]
        # A device that computes what it gives does not give what it was given; what can be written
        # only is its set point.
        is_computed = attribute.simulation is not None and not isinstance(
            attribute.simulation, ConstantQuantity
        )
        if attribute.raises is not None or (
            is_computed and attribute.writable is not AttrWriteType.WRITE
        ):
            return None
        # PyTango: an image of texts without a text has no rows either.
        is_texts = attribute.data_type is CmdArgType.DevString
        if is_texts and attribute.data_format is AttrDataFormat.IMAGE and not any(value):
            value = []
        return reader(key, attribute, constant(value))

    def configure(self, config: AttributeInfoEx, at: float) -> None:
        """Let an attribute have the label, the limits and the labels of its values of another
        configuration from a time on (now, in s since the epoch)."""
        key = config.name
        before = self.attributes[key]
        limits = {each: getattr(config.alarms, each) for each in ALARM_LIMITS}
        labels = [*config.enum_labels]
        others = {"label": config.label, "enum_labels": labels}
        after = before.model_copy(update={**limits, **others})
        self.attributes[key] = after
        self.state.guarded = guarded(self.attributes)
        self.first.setdefault(key, before)
        readings = self.state.attributes[key].readings
        # cppTango: new limits count from the next reading on; what polling kept stays as it was.
        present = readings.at(at)
        read_at = reconfigured(present, before, after)
        if read_at is not present:
            readings.become(read_at, at, at)

    def _as_configured(self, key: str, read_at: ReadAt) -> ReadAt:
        """Return a function of the fixture's as it reads under the present configuration."""
        first = self.first.get(key)
        return read_at if first is None else reconfigured(read_at, first, self.attributes[key])

    def _polling(self, key: str, period: int | None) -> Polling | None:
        if key not in (STATE, STATUS):
            return None if period is None else Polling(self.run.since, period / 1000)
        # Tango polls the attribute and the command as one.
        period = self.attributes[key].polling_period or self.commands[key].polling_period
        if period is None:
            return None
        return self.state.pollings.setdefault(key, Polling(self.run.since, period / 1000))

    def _source(self, key: str) -> Source:
        attribute = self.attributes[key]
        if key in self.built_in.sources:
            return self.built_in.sources[key]
        if attribute.simulation is not None:
            # A seed of its own: no other device in the fixture changes its values.
            seed = f"{self.run.seed}/{lower(self.name)}/{lower(key)}"
            return source(attribute.simulation, attribute.shape, seed, self.run.since)
        if attribute.value is not None:
            return constant(attribute.shape.fit(attribute.value))
        if key == STATE:
            return state_source(self.device.states, self.run.since, self._alarms())
        if key == STATUS:
            return status_source(self.device.status, self.state, self._alarms())
        return constant(attribute.default)

    def _alarms(self) -> AlarmsAt:
        return alarm_lines(self.attributes, self.state)


def _dating(clock: Clock, polling: Polling | None) -> Clock:
    """Return the function that dates a reading: a polled one has the time of its polling."""
    return clock if polling is None else lambda: polling.last(clock())


def _as_command(attribute: FakeAttribute) -> ExecuteAt:
    def execute_at(time: float) -> DeviceDataHistory:
        reading = attribute.readings.read_at(time)
        return DeviceDataHistory(reading.value, time, reading.err_stack)

    return execute_at
