"""The built-in device class by which clients control a simulation, as a fixture would tell it."""

from __future__ import annotations

from mtango_ref.backends.fake.language import Device, DeviceClass, Facility

SIM_CONTROL = "SimControl"

_TEXTS = {"data_type": "DevString", "data_format": "SPECTRUM", "max_dim_x": 100_000}

CONTROL_CLASS = DeviceClass.model_validate(
    {
        "attributes": {
            "Time": {
                "data_type": "DevDouble",
                "unit": "s",
                "description": "The clock of the facility, since the epoch",
            },
            "Faults": {**_TEXTS, "description": "What is wrong on purpose, now or later"},
            "Changed": {
                **_TEXTS,
                "description": "The devices and attributes that are not as at the start",
            },
        },
        "commands": {
            "SetValue": {
                "in_type": "DevVarStringArray",
                "in_type_desc": "device/attribute, value in YAML",
            },
            "SetState": {"in_type": "DevVarStringArray", "in_type_desc": "device, state"},
            "Fail": {
                "in_type": "DevVarStringArray",
                "in_type_desc": "device, device/attribute or device/command; fault in YAML",
            },
            "Heal": {
                "in_type": "DevString",
                "in_type_desc": "device, device/attribute or device/command; * is everything",
            },
            "Advance": {"in_type": "DevDouble", "in_type_desc": "s to move the clock on"},
            "Restart": {
                "in_type": "DevString",
                "in_type_desc": "device server, or a device of it",
            },
            "Define": {
                "in_type": "DevVarStringArray",
                "in_type_desc": "device, device/attribute, /command or /pipe; definition in YAML",
            },
            "Rename": {
                "in_type": "DevVarStringArray",
                "in_type_desc": "device, another name of it",
            },
            "Delete": {
                "in_type": "DevString",
                "in_type_desc": "device, device/attribute, /command or /pipe",
            },
            "Reset": {},
        },
    }
)


def control_device(facility: Facility) -> str | None:
    """The name of the device of this class that runs; None if there is none."""
    devices = facility.devices.items()
    return next((name for name, each in devices if _controls(each)), None)


def _controls(device: Device) -> bool:
    return device.class_ == SIM_CONTROL and device.exported
