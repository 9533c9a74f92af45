"""Writing several attributes of a device: all that is given is converted before any is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtango_ref import tango_errors
from mtango_ref.http.input.values import Given
from mtango_ref.interface import Device
from mtango_ref.model import AttributeInfoEx, AttrQuality, DevError, DevFailed, DeviceAttribute

Config = AttributeInfoEx | DevFailed
"""The configuration of an attribute, or why there is none."""
Fit = tuple[AttributeInfoEx, Any] | DevFailed
"""The same with the value that it is given, or why it cannot be given that."""


def written(device: Device, given: Mapping[str, Given]) -> list[DeviceAttribute]:
    """Write what is given, by the names as asked, and read each then, in that order.

    If one is unknown, or cannot be given its value, none is written, and each element says so.
    DevFailed: the device did not answer, or a name comes twice.
    """
    fits = _fits(device, given)
    return _misfits(fits) or device.write_read_attributes(
        [fit for fit in fits.values() if not isinstance(fit, DevFailed)]
    )


def not_fitted(device: Device, given: Mapping[str, Given]) -> list[DeviceAttribute]:
    """Return what `written` would where nothing can be written; else nothing. DevFailed."""
    return _misfits(_fits(device, given)) if given else []


def _fits(device: Device, given: Mapping[str, Given]) -> dict[str, Fit]:
    # The query can name an attribute in two spellings, which Tango takes for one.
    tango_errors.check_distinct([*given])
    configs = _configs(device, [*given])
    return {name: _fit(each, configs[name]) for name, each in given.items()}


def _misfits(fits: Mapping[str, Fit]) -> list[DeviceAttribute]:
    """Return an element for each of them, if one cannot be given its value; else none."""
    failures = {name: fit.errors for name, fit in fits.items() if isinstance(fit, DevFailed)}
    if not failures:
        return []
    # Tango has no error for a value that is right and not written: this one names the wrong ones.
    others = (tango_errors.not_written([*failures]),)
    return [_failed(name, failures.get(name, others)) for name in fits]


def _fit(given: Given, config: Config) -> Fit:
    """Convert what is given, or return why that cannot be."""
    if isinstance(config, DevFailed):
        return config
    try:
        return config, given.fit(config)
    except DevFailed as failed:
        return failed


def _configs(device: Device, names: list[str]) -> dict[str, Config]:
    try:
        return dict(zip(names, device.get_attribute_config(names), strict=True))
    except DevFailed as failed:
        # cppTango: one unknown name, and get_attribute_config fails as a whole.
        if failed.errors[0].reason != "API_AttrNotFound":
            raise
    return {name: _config(device, name) for name in names}


def _config(device: Device, name: str) -> Config:
    try:
        return device.get_attribute_config([name])[0]
    except DevFailed as failed:
        if failed.errors[0].reason != "API_AttrNotFound":
            raise
        return failed


def _failed(name: str, errors: tuple[DevError, ...]) -> DeviceAttribute:
    return DeviceAttribute(name, None, AttrQuality.ATTR_INVALID, None, errors)
