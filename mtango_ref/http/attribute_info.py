"""The configuration of an attribute as rc3's JSON."""

from __future__ import annotations

from typing import Any

from mtango_ref.model import (
    AttributeAlarmInfo,
    AttributeEventInfo,
    AttributeInfoEx,
    AttrMemorizedType,
)

_MEMORIZED = {
    AttrMemorizedType.MEMORIZED: "MEMORIZED",
    AttrMemorizedType.MEMORIZED_WRITE_INIT: "MEMORIZED_WRITE_INIT",
}


def configuration(info: AttributeInfoEx, *, has_objects: bool = False) -> dict[str, Any]:
    """Describe the configuration of an attribute; has_objects: with its `tangoObj`s."""
    described = _configuration(info)
    return _with_objects(described) if has_objects else described


def _configuration(info: AttributeInfoEx) -> dict[str, Any]:
    # cppTango has NONE and NOT_KNOWN; rc3 has NOT_MEMORIZED for both.
    memorized = _MEMORIZED.get(info.memorized, "NOT_MEMORIZED")
    return {
        "name": info.name,
        # rc3: "All constants and magic numbers in responses, i.e. data type, data format, writable,
        # level must be replaced with their string representation".
        "writable": info.writable,
        "data_format": info.data_format,
        "data_type": info.data_type,
        "max_dim_x": info.max_dim_x,
        "max_dim_y": info.max_dim_y,
        "description": info.description,
        "label": info.label,
        "unit": info.unit,
        "standard_unit": info.standard_unit,
        "display_unit": info.display_unit,
        "format": info.format,
        "min_value": info.min_value,
        "max_value": info.max_value,
        # rc3 has min_alarm and max_alarm twice: beside the alarms and in them, as AttributeInfoEx.
        "min_alarm": info.min_alarm,
        "max_alarm": info.max_alarm,
        "writable_attr_name": info.writable_attr_name,
        "level": info.disp_level,
        "extensions": info.extensions,
        "alarms": alarms(info.alarms),
        "events": events(info.events),
        "sys_extensions": info.sys_extensions,
        # rc3's example has isSetAtInit without isMemorized; Tango has one value for all three.
        "isMemorized": memorized != "NOT_MEMORIZED",
        "isSetAtInit": memorized == "MEMORIZED_WRITE_INIT",
        "memorized": memorized,
        "root_attr_name": info.root_attr_name,
        "enum_label": info.enum_labels,
    }


def alarms(info: AttributeAlarmInfo) -> dict[str, Any]:
    """Describe the limits of an attribute."""
    return {
        "min_alarm": info.min_alarm,
        "max_alarm": info.max_alarm,
        "min_warning": info.min_warning,
        "max_warning": info.max_warning,
        "delta_t": info.delta_t,
        "delta_val": info.delta_val,
        "extensions": info.extensions,
    }


def events(info: AttributeEventInfo) -> dict[str, Any]:
    """Describe when an attribute sends events."""
    change, periodic, archive = info.ch_event, info.per_event, info.arch_event
    return {
        "ch_event": {
            "rel_change": change.rel_change,
            "abs_change": change.abs_change,
            "extensions": change.extensions,
        },
        # rc3's example has a tangoObj here, and nowhere else; strict has none.
        "per_event": {"period": periodic.period, "extensions": periodic.extensions},
        # rc3 leaves out the archive_ with which Tango's names of these begin.
        "arch_event": {
            "rel_change": archive.archive_rel_change,
            "abs_change": archive.archive_abs_change,
            "period": archive.archive_period,
            "extensions": archive.extensions,
        },
    }


_OBJECT = "tangoObj"


def _with_objects(configuration: dict[str, Any]) -> dict[str, Any]:
    """Add to alarms, events and each kind of event what TangoORB has of it: the same once more."""
    alarms, events = configuration["alarms"], configuration["events"]
    kinds = {kind: {**event, _OBJECT: event} for kind, event in events.items()}
    return {
        **configuration,
        "alarms": {**alarms, _OBJECT: alarms},
        "events": {**kinds, _OBJECT: events},
    }


def without_objects(given: dict[str, Any]) -> dict[str, Any]:
    """Take these out again, wherever they stand."""
    return {
        key: without_objects(each) if isinstance(each, dict) else each
        for key, each in given.items()
        if key != _OBJECT
    }
