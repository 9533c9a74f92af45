"""A furnace with its attribute heat, in POGO's format, in SimDD's, and as fandango exports it."""

from __future__ import annotations

import json
from typing import Any

from description_files import attribute, pogo

HOT = pogo(attribute("heat", properties='unit="K" maxAlarm="90"'))


def simdd(attributes: dict[str, dict[str, Any]], **more: Any) -> str:
    constant = {"dataSimulationParameters": {"quantity_simulation_type": "ConstantQuantity"}}
    elements = [
        {"basicAttributeData": {"name": name, **constant, **each}}
        for name, each in attributes.items()
    ]
    return json.dumps({"dynamicAttributes": elements, **more})


def start(value: Any) -> dict[str, Any]:
    constant = {"quantity_simulation_type": "ConstantQuantity", "initial_value": value}
    return {"dataSimulationParameters": constant}


def export(name: str, **heat: Any) -> str:
    unset = {"extensions": "[]"}
    events = {"ch_event": {"rel_change": "Not specified"}, "per_event": {"period": "1000"}}
    config = {
        "name": "heat",
        "data_type": "DevDouble",
        "data_format": "SCALAR",
        "writable": "READ",
        "max_dim_x": 1,
        "max_dim_y": 0,
        "unit": "",
        "description": "",
        "quality": "ATTR_VALID",
        "polling": 0,
        "events": events,
        "alarms": unset,
        **heat,
    }
    device = {"name": name, "dev_class": "Furnace", "server": "Furnace/lab", "commands": {}}
    return json.dumps({**device, "attributes": {"heat": config}})
