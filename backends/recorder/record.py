"""A real facility's devices -> the content of a fixture, in the words of fake/language.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import tango

from mtango_ref.backends.fake.language import (
    BUILT_IN_ATTRIBUTES,
    BUILT_IN_COMMANDS,
    AttributeOverride,
    CommandOverride,
)
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.device import TangoDevice
from mtango_ref.backends.recorder.readings import SECONDS, read_for_a_while
from mtango_ref.backends.recorder.wording import (
    COMMAND_DEFAULTS,
    Words,
    attribute_defaults,
    attribute_words,
    command_words,
    different,
    pipe_words,
    written,
)
from mtango_ref.interface import BackendError
from mtango_ref.model import CommandInfo, ConnectionFailed, DevFailed

TIMEOUT = 10.0
"""Seconds for each call: a person waits, and a slow device shall be recorded too."""

_OVERRIDES = {
    "attributes": frozenset(AttributeOverride.model_fields),
    "commands": frozenset(CommandOverride.model_fields),
}
"""The words that a device may have otherwise than its class."""
_OWN: Words = {"polling_period": None, "properties": {}}
"""What is a device's own, even if it is the only one of its class; and its defaults."""


@dataclass
class _Recording:
    """One device. Its attributes and commands have every word, those of the defaults too."""

    name: str
    words: Words
    runs: bool = False
    parts: dict[str, dict[str, Words]] = field(default_factory=dict)
    pipes: dict[str, Words] = field(default_factory=dict)

    @property
    def class_name(self) -> str:
        return str(self.words["class"])


def record(devices: Sequence[str], progress: Callable[[str], None]) -> Words:
    """The fixture of these devices of the facility that TANGO_HOST names.

    A class is what the first of its devices is; the others have what differs from it. Values
    are as they are read, and read for SECONDS s: a scalar number that moves becomes a
    GaussianSlewLimited of the mean, deviation, bounds and rate that were seen, an array of whole
    numbers or booleans that moves a Uniform of the range that was seen. Whatever else moves
    stands still in the fixture. An attribute that cannot be read raises what it raised. A device
    that does not run is recorded as not exported.

    progress is called with a sentence per device. BackendError: no facility, no such device,
    or devices of one class that differ in what the language has only once for a class.
    """
    backend = TangoBackend(TIMEOUT)
    host, _, port = backend.database.tango_host.rpartition(":")
    names = {name.lower(): name for name in devices}.values()
    recordings = [_recorded(backend, name, progress) for name in names]
    firsts: dict[str, _Recording] = {}
    for each in sorted(recordings, key=lambda each: not each.runs):
        firsts.setdefault(each.class_name, each)
    return {
        "facility": {"host": host, "port": int(port), "database": backend.database.name},
        "classes": {name: _class(first) for name, first in firsts.items()},
        "devices": {each.name: _device(each, firsts[each.class_name]) for each in recordings},
    }


def _recorded(backend: TangoBackend, name: str, progress: Callable[[str], None]) -> _Recording:
    try:
        info = backend.database.get_device_info(name)
        properties = backend.database.get_device_property(info.name)
        words = {"class": info.class_name, "server": info.ds_full_name}
        recording = _Recording(info.name, {**words, **_filled({"properties": properties})})
        if info.exported:
            progress(f"{info.name}: recording, {SECONDS} s or more")
            try:
                return _running(backend, backend.get_device_proxy(info.name), recording.words)
            except ConnectionFailed as error:
                progress(f"{info.name}: {error.errors[0].desc}")
    except DevFailed as error:
        raise BackendError(f"{name} cannot be recorded: {error.errors[0].desc}") from error
    progress(f"{info.name} does not run: recorded as not exported")
    recording.words["exported"] = False
    return recording


def _running(backend: TangoBackend, device: TangoDevice, words: Words) -> _Recording:
    words = {**words, "state": written(device.state()), "status": device.status()}
    configs = device.get_attribute_config(device.get_attribute_list())
    own = [each for each in configs if each.name not in BUILT_IN_ATTRIBUTES]
    sources = read_for_a_while(backend, device, own)
    attributes = {
        config.name: {
            **attribute_words(config),
            **sources.get(config.name, {}),
            "polling_period": device.ask(_attribute_period, config.name) or None,
            "properties": backend.database.get_device_attribute_property(device.name, config.name),
        }
        for config in configs
    }
    commands = {info.cmd_name: _command(device, info) for info in device.command_list_query()}
    pipes = device.get_pipe_list() if backend.has_pipes else []
    return _Recording(
        device.name,
        words,
        True,
        {"attributes": attributes, "commands": commands},
        {name: pipe_words(device.read_pipe(name)) for name in pipes},
    )


def _command(device: TangoDevice, info: CommandInfo) -> Words:
    period = device.ask(_command_period, info.cmd_name) or None
    words = {**command_words(info), "polling_period": period}
    if period and info.cmd_name not in BUILT_IN_COMMANDS:
        with suppress(DevFailed):  # nothing has been kept yet
            last = device.command_history(info.cmd_name)[-1]
            words["value"] = written(last.value)
    return words


def _attribute_period(proxy: tango.DeviceProxy, name: str) -> int:
    """ms; 0 if it is not polled."""
    return int(proxy.get_attribute_poll_period(name))


def _command_period(proxy: tango.DeviceProxy, name: str) -> int:
    return int(proxy.get_command_poll_period(name))


def _class(first: _Recording) -> Words:
    """What the first device of the class has and does not own, without Tango's defaults."""
    if not first.runs:
        return {}
    attributes = {
        name: different(_shared(words), attribute_defaults(name, words))
        for name, words in first.parts["attributes"].items()
        if name not in BUILT_IN_ATTRIBUTES
    }
    commands = {
        name: different(_shared(words), COMMAND_DEFAULTS)
        for name, words in first.parts["commands"].items()
        if name not in BUILT_IN_COMMANDS
    }
    return _filled({"attributes": attributes, "commands": commands, "pipes": first.pipes})


def _shared(words: Words) -> Words:
    return {key: value for key, value in words.items() if key not in _OWN}


def _device(recording: _Recording, first: _Recording) -> Words:
    """What the device owns, and what it has otherwise than the first of its class."""
    overrides = {part: _overrides(recording, first, part) for part in _OVERRIDES if recording.runs}
    return {**recording.words, **_filled(overrides)}


def _overrides(recording: _Recording, first: _Recording, part: str) -> dict[str, Words]:
    pieces, bases = recording.parts[part], first.parts[part]
    overrides = {
        name: different(words, {**_shared(_base(part, name, bases.get(name, {}))), **_OWN})
        for name, words in pieces.items()
    }
    wrong = {*pieces} ^ {*bases} | {
        name for name, words in overrides.items() if not words.keys() <= _OVERRIDES[part]
    }
    if wrong:
        raise BackendError(
            f"{first.name} and {recording.name}, both of class {first.class_name}, differ too much "
            f"in {', '.join(sorted(wrong))}: record them into a fixture each"
        )
    return _filled(overrides)


def _base(part: str, name: str, first: Words) -> Words:
    """What a device has of its class without saying so."""
    if name in BUILT_IN_COMMANDS and part == "commands":
        return BUILT_IN_COMMANDS[name].model_dump()
    if name in BUILT_IN_ATTRIBUTES and part == "attributes":
        data_type = BUILT_IN_ATTRIBUTES[name].data_type.value
        return attribute_defaults(name, {"data_type": data_type}) | {"data_type": data_type}
    return first


def _filled(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value}
