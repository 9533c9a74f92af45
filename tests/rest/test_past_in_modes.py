"""Histories of values that were not valid, and of failures."""

from __future__ import annotations

from typing import Any

import pytest

from mtango_ref.http.rc3_json import Rc3
from mtango_ref.model import (
    AttrQuality,
    DevError,
    DeviceAttribute,
    DeviceDataHistory,
    ErrSeverity,
)
from rest_answers import error

BOOM = DevError("boom", "It failed", ErrSeverity.ERR, "device")
NOW = 2000.0
MODES = [("strict", 1000, "ATTR_ALARM"), ("implementation", NOW * 1000, "ATTR_VALID")]


def failed(timestamp: float) -> dict[str, Any]:
    errors = [{**error("boom", "It failed"), "origin": "device"}]
    return {"errors": errors, "quality": "FAILURE", "timestamp": timestamp}


@pytest.mark.parametrize(("mode", "failed_at", "quality"), MODES)
def test_attribute_history(mode: str, failed_at: int, quality: str) -> None:
    """Implementation: a value is ATTR_VALID, a failure is from now; what is no value stays so."""
    past = 1000 if mode == "strict" else 1_000_000
    readings = [
        DeviceAttribute("a", 1.5, AttrQuality.ATTR_ALARM, 1000.0),
        DeviceAttribute("a", None, AttrQuality.ATTR_INVALID, 1000.0),
        DeviceAttribute("a", None, AttrQuality.ATTR_INVALID, 1000.0, (BOOM,)),
        DeviceAttribute("a", None, AttrQuality.ATTR_INVALID, None, (BOOM,)),
    ]
    assert Rc3(mode).attribute_history(readings, NOW) == [
        {"name": "a", "value": 1.5, "quality": quality, "timestamp": past},
        {"name": "a", "value": None, "quality": "ATTR_INVALID", "timestamp": past},
        failed(failed_at),
        failed(NOW if mode == "strict" else NOW * 1000),
    ]


@pytest.mark.parametrize(("mode", "failed_at", "_"), MODES)
def test_command_history(mode: str, failed_at: int, _: str) -> None:
    records = [DeviceDataHistory(None, 1000.0, (BOOM,))]
    assert Rc3(mode).command_history("c", records, NOW) == [failed(failed_at)]
