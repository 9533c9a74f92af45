"""A fixture as a real device server of the test facility: fixture_server.py does what is said here.

What PyTango cannot do is left out (`UNABLE`), and what a fixture says of one device alone has to be
what Tango can keep of one: value, quality, error, properties and polling.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tango

from mtango_ref.fixture.language import (
    BUILT_IN_ATTRIBUTES,
    Attribute,
    Command,
    Device,
    DeviceClass,
    Effects,
    Facility,
    Pipe,
    Raises,
)
from mtango_ref.fixture.values import fit_argument
from mtango_ref.model import AttrWriteType
from mtango_ref.tools.recorder.model_to_fixture import written

Words = dict[str, Any]

UNABLE = frozenset({AttrWriteType.READ_WITH_WRITE})
"""PyTango cannot name the attribute that is written with it."""


OWN = {
    "attributes": {"value", "quality", "raises", "takes", "properties", "polling_period"},
    "commands": {"polling_period"},
    "pipes": set[str](),
}
"""The keys of a device that may differ from its class."""


class FromFixture:
    """The devices of one device server of a fixture, and those that do not run.

    define() before the server is started by `command`, poll() afterwards. AssertionError: the
    fixture has what cannot be made.
    """

    def __init__(self, facility: Facility, server: str) -> None:
        self.executable, _, self.instance = server.partition("/")
        self._classes = {
            name: each for name, each in facility.classes.items() if _can_be_made(each)
        }
        devices = facility.devices.items()
        self._devices = {name: each for name, each in devices if each.class_ in self._classes}
        self._running = {name: each for name, each in self._devices.items() if each.exported}
        others = {name for name, each in self._running.items() if each.server != server}
        assert not others, f"{others} run elsewhere than in {server}"
        for name, device in self._running.items():
            _check_own(name, device)

    def define(self) -> None:
        """Define the devices in the database, with what has to be known before they run."""
        database = tango.Database()
        for name, device_class in self._classes.items():
            if device_class.properties:
                database.put_class_property(name, device_class.properties)
        for name, device in self._devices.items():
            info = tango.DbDevInfo()
            info.name, info._class, info.server = name, device.class_, device.server
            database.add_device(info)
            if device.properties:
                database.put_device_property(name, device.properties)
            for key, attribute in device.attributes.items():
                if attribute.properties:
                    database.put_device_attribute_property(name, {key: attribute.properties})

    def command(self, python: Path, folder: Path) -> list[str]:
        """Write the server's description into the folder, and return the command that starts it."""
        description = folder / f"{self.executable}.json"
        description.write_text(json.dumps(self._description()), "utf-8")
        script = Path(__file__).with_name("fixture_server.py")
        return [str(python), str(script), str(description), self.instance]

    def poll(self) -> None:
        """Have polled what only single devices poll, as an operator would."""
        for name, device in self._running.items():
            proxy = tango.DeviceProxy(name)
            for key, attribute in device.attributes.items():
                if attribute.polling_period is not None:
                    proxy.poll_attribute(key, attribute.polling_period)
            for key, command in device.commands.items():
                if command.polling_period is not None:
                    proxy.poll_command(key, command.polling_period)

    def forget(self) -> None:
        """Undo what define() did, when the server has ended."""
        database = tango.Database()
        servers = {f"dserver/{device.server}" for device in self._devices.values()}
        for name in (*self._devices, *servers):
            database.delete_device(name)
        for name, device_class in self._classes.items():
            if device_class.properties:
                database.delete_class_property(name, [*device_class.properties])

    def _description(self) -> Words:
        classes = {name: _class_words(each) for name, each in self._classes.items()}
        devices = {
            name.lower(): self._device_words(device) for name, device in self._running.items()
        }
        return {"classes": classes, "devices": devices}

    def _device_words(self, device: Device) -> Words:
        attributes = self._classes[device.class_].attributes_of(device)
        [only] = device.states
        return {
            "state": only.state.value,
            "status": device.status,
            "attributes": {
                name: _attribute_words(each)
                for name, each in attributes.items()
                if name not in BUILT_IN_ATTRIBUTES
            },
        }


def _check_own(name: str, device: Device) -> None:
    for part, able in OWN.items():
        for key, each in getattr(device, part).items():
            assert each.model_fields_set <= able, f"{name}, {key}: only {able} may be its own"


def _can_be_made(device_class: DeviceClass) -> bool:
    return not any(each.writable in UNABLE for each in device_class.attributes.values())


def _class_words(device_class: DeviceClass) -> Words:
    return {
        "attributes": {k: _attribute_words(each) for k, each in device_class.attributes.items()},
        "commands": {k: _command_words(each) for k, each in device_class.commands.items()},
        "pipes": {k: _pipe_words(each) for k, each in device_class.pipes.items()},
    }


def _attribute_words(attribute: Attribute) -> Words:
    is_given = attribute.value is not None
    value = attribute.shape.fit(attribute.value) if is_given else attribute.default
    return {
        **attribute.model_dump(),
        "value": written(value),
        "is_given": is_given,
        "raises": [*_levels(attribute.raises)],
    }


def _command_words(command: Command) -> Words:
    value = fit_argument(command.out_type, command.value)
    does = command.behaviour if isinstance(command.behaviour, Effects) else Effects()
    assert not does.changes, "what a command changes is not made"
    return {
        **command.model_dump(),
        "value": written(value),
        "is_echo": command.behaviour == "echo",
        "takes": does.takes,
        "raises": [*_levels(does.raises)],
    }


def _pipe_words(pipe: Pipe) -> Words:
    return {**pipe.model_dump(), "raises": [*_levels(pipe.raises)]}


def _levels(raises: Raises | None) -> Iterator[Words]:
    if raises is not None:
        yield from (each.model_dump() for each in (raises, *raises.outer))
