"""Devices that every Tango facility has, whether or not its fixture tells of them."""

from __future__ import annotations

from collections.abc import Mapping

from mtango_ref.backends.fake.language import Device, DeviceClass, Facility

DATABASE_CLASS, SERVER_CLASS = "DataBase", "DServer"


def server_of(device: Device) -> str:
    """The device server, executable/instance; a fixture need not tell."""
    return device.server or f"{device.class_}/fake"


def completed(facility: Facility) -> Facility:
    """The facility with its database device, and with the administration device of each
    device server, which runs where any of the server's devices runs."""
    database = facility.facility.database
    devices = _with({database: _database(database)}, facility.devices)
    servers = {server_of(device).lower(): server_of(device) for device in devices.values()}
    running = {server_of(device).lower() for device in devices.values() if device.exported}
    administrations = {
        f"dserver/{server}": _administration(server, key in running)
        for key, server in servers.items()
    }
    classes = {DATABASE_CLASS: DeviceClass(), SERVER_CLASS: DeviceClass(), **facility.classes}
    return facility.model_copy(
        update={"classes": classes, "devices": _with(administrations, devices)}
    )


def _with(implied: Mapping[str, Device], told: Mapping[str, Device]) -> dict[str, Device]:
    known = {name.lower() for name in told}
    return {**told, **{name: each for name, each in implied.items() if name.lower() not in known}}


def _database(name: str) -> Device:
    instance = name.rpartition("/")[2]
    server = f"DataBaseds/{instance}"
    return Device.model_validate({"class": DATABASE_CLASS, "server": server})


def _administration(server: str, exported: bool) -> Device:
    status = "The device is ON\nThe polling is ON"
    return Device.model_validate(
        {"class": SERVER_CLASS, "server": server, "exported": exported, "status": status}
    )
