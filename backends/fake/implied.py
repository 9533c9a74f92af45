"""What every Tango facility has, whether or not its fixture tells of it: devices, properties."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from mtango_ref.backends.fake.language import (
    BUILT_IN_ATTRIBUTES,
    AttributeOverride,
    CommandOverride,
    Device,
    DeviceClass,
    Facility,
    Properties,
)
from mtango_ref.names import lower

DATABASE_CLASS, SERVER_CLASS = "DataBase", "DServer"


def server_of(device: Device) -> str:
    """The device server, executable/instance; a fixture need not tell."""
    return device.server or f"{device.class_}/fake"


def completed(facility: Facility) -> Facility:
    """The facility with its database device, and with the administration device of each
    device server, which runs where any of the server's devices runs."""
    database = facility.facility.database
    devices = _with({database: _database(database)}, facility.devices)
    servers = {lower(server_of(device)): server_of(device) for device in devices.values()}
    running = {lower(server_of(device)) for device in devices.values() if device.exported}
    administrations = {
        f"dserver/{server}": _administration(server, key in running)
        for key, server in servers.items()
    }
    classes = {DATABASE_CLASS: DeviceClass(), SERVER_CLASS: DeviceClass(), **facility.classes}
    return facility.model_copy(
        update={"classes": classes, "devices": _with(administrations, devices)}
    )


def properties_of(device: Device, device_class: DeviceClass) -> Properties:
    """Return the properties of a device. In polled_attr and polled_cmd Tango keeps what it polls,
    and how often (ms); State and Status are polled as attributes, whoever asked for it, unless
    the device tells of them in a polled_cmd of its own."""
    pieces = (device_class.attributes, device_class.commands, device.attributes, device.commands)
    if not any(_periods(each) for each in pieces):
        return device.properties
    attributes = _periods(device_class.attributes_of(device))
    commands = _periods(device_class.commands_of(device))
    for name in map(lower, BUILT_IN_ATTRIBUTES):
        if name in commands:
            attributes.setdefault(name, commands.pop(name))
    for name in device.properties.get("polled_cmd", ())[::2]:
        attributes.pop(lower(name), None)
    polled = {"polled_attr": attributes, "polled_cmd": commands}
    implied = {key: [*chain.from_iterable(each.items())] for key, each in polled.items() if each}
    return {**implied, **device.properties}


def _periods(
    pieces: Mapping[str, AttributeOverride] | Mapping[str, CommandOverride],
) -> dict[str, str]:
    return {
        lower(name): str(each.polling_period)
        for name, each in pieces.items()
        if each.polling_period is not None
    }


def _with(implied: Mapping[str, Device], told: Mapping[str, Device]) -> dict[str, Device]:
    known = {lower(name) for name in told}
    return {**told, **{name: each for name, each in implied.items() if lower(name) not in known}}


def _database(name: str) -> Device:
    instance = name.rpartition("/")[2]
    server = f"DataBaseds/{instance}"
    return Device.model_validate({"class": DATABASE_CLASS, "server": server})


def _administration(server: str, exported: bool) -> Device:
    status = "The device is ON\nThe polling is ON"
    return Device.model_validate(
        {"class": SERVER_CLASS, "server": server, "exported": exported, "status": status}
    )
