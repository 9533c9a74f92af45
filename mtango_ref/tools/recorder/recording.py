"""One device of a real facility, written down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import tango

from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.device import TangoDevice
from mtango_ref.backends.pytango.values import text
from mtango_ref.fixture.language import BUILT_IN_ATTRIBUTES, BUILT_IN_COMMANDS
from mtango_ref.model import AttributeInfoEx, CommandInfo, DbDevFullInfo, DevFailed
from mtango_ref.names import lower
from mtango_ref.tools.recorder.model_to_fixture import (
    Words,
    attribute_words,
    command_words,
    device_words,
    element_count,
    pipe_words,
    raises_words,
    shortened,
    written,
)
from mtango_ref.tools.recorder.readings import watch

TIMEOUT = 10.0
"""Seconds for each call: a person waits, and a slow device shall be recorded too."""

_POLLED = re.compile(r"Polled (attribute|command) name = (.+)\nPolling period \(mS\) = (\d+)")
"""A part of polling_status; what is polled by a trigger has no period."""


@dataclass
class Recording:
    """A device in the words of a fixture. Its attributes and commands, in the device's order,
    have every word, those of the defaults too."""

    name: str
    words: Words
    runs: bool = False
    parts: dict[str, dict[str, Words]] = field(default_factory=dict)
    """`attributes`, `commands` and `pipes`."""
    failure: str = ""
    """The reason why it could not be recorded as it runs."""
    shortened: dict[str, None] = field(default_factory=dict)
    """The attributes whose arrays are not whole, in order."""

    @property
    def class_name(self) -> str:
        """The Tango class of the device."""
        return str(self.words["class"])

    @property
    def element_count(self) -> int:
        """Elements of all arrays."""
        return sum(map(element_count, self._attributes.values()))

    def shorten(self, largest: int) -> None:
        """Keep the first element, repeated, of arrays with more elements than that."""
        names = (name for name, words in self._attributes.items() if shortened(words, largest))
        self.shortened |= dict.fromkeys(names)

    @property
    def _attributes(self) -> dict[str, Words]:
        return self.parts.get("attributes", {})


def recorded(backend: TangoBackend, name: str) -> Recording:
    """Record a device, what it has and its values (see readings.py); an attribute or a pipe that
    cannot be read raises what it raised. One that does not run, or does not answer as a whole,
    is recorded as not exported. DevFailed: the database does not answer."""
    info = backend.database.get_device_info(name)
    properties = backend.database.get_device_property(name)
    failure = ""
    if info.exported:
        try:
            return _running(backend, backend.get_device_proxy(name), info, properties)
        except DevFailed as error:
            failure = error.errors[0].desc
    return Recording(name, device_words(info, properties, exported=False), failure=failure)


def _running(
    backend: TangoBackend,
    device: TangoDevice,
    info: DbDevFullInfo,
    properties: dict[str, list[str]],
) -> Recording:
    state, status = device.state().value, device.status()
    implied = status == f"The device is in {state} state."
    words = device_words(info, properties, exported=True) | {"state": state}
    periods = _periods(device)
    names = device.get_attribute_list()
    configs = device.get_attribute_config(names)
    own = [each for each in configs if each.name not in BUILT_IN_ATTRIBUTES]
    watched = watch(backend, device, own)
    attribute_properties = backend.database.get_device_attribute_properties(device.name, names)
    parts = {
        "attributes": _attributes(configs, watched.words, periods, attribute_properties),
        "commands": _commands(device, periods),
        "pipes": _pipes(device) if backend.capabilities.has_pipes else {},
    }
    return Recording(
        device.name,
        words if implied else {**words, "status": status},
        True,
        parts,
        shortened=dict.fromkeys(watched.shortened),
    )


_Periods = dict[tuple[str, str], int]
"""The polling period in ms, by kind (attribute or command) and name in lower case."""


def _periods(device: TangoDevice) -> _Periods:
    lines = device.ask(tango.DeviceProxy.polling_status)
    found = (_POLLED.match(text(line)) for line in lines)
    return {(each[1], lower(each[2])): int(each[3]) for each in found if each}


def _attributes(
    configs: Sequence[AttributeInfoEx],
    values: Mapping[str, Words],
    periods: _Periods,
    properties: Sequence[Words],
) -> dict[str, Words]:
    return {
        config.name: {
            **attribute_words(config),
            **values.get(config.name, {}),
            "polling_period": periods.get(("attribute", lower(config.name))),
            "properties": own,
        }
        for config, own in zip(configs, properties, strict=True)
    }


def _commands(device: TangoDevice, periods: _Periods) -> dict[str, Words]:
    return {
        info.cmd_name: _command(device, info, periods.get(("command", lower(info.cmd_name))))
        for info in device.command_list_query()
    }


def _command(device: TangoDevice, info: CommandInfo, period: int | None) -> Words:
    words = {**command_words(info), "polling_period": period}
    if period and info.cmd_name not in BUILT_IN_COMMANDS:
        with suppress(DevFailed):  # nothing has been kept yet
            last = device.command_history(info.cmd_name)[-1]
            if last.err_stack:
                return {**words, "behaviour": {"raises": raises_words(last.err_stack)}}
            words["value"] = written(last.value)
    return words


def _pipes(device: TangoDevice) -> dict[str, Words]:
    names, writable = device.get_pipe_list(), device.writable_pipes()
    access = {name: {"writable": "READ_WRITE"} if name in writable else {} for name in names}
    return {name: {**_pipe(device, name), **access[name]} for name in names}


def _pipe(device: TangoDevice, name: str) -> Words:
    try:
        return pipe_words(device.read_pipe(name))
    except DevFailed as error:
        device.connect()  # or it is the device that fails
        return {"raises": raises_words(error.errors)}
