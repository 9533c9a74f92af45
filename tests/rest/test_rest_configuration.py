"""The configuration of attributes, on both backends and in both modes."""

from __future__ import annotations

from typing import Any

from conftest import Rest
from rest_answers import D, error, failure, info_of
from tango_test_device import ATTRIBUTES, Row

A = f"{D}/attributes"


ALARMS = {
    "min_alarm": "Not specified",
    "max_alarm": "Not specified",
    "min_warning": "Not specified",
    "max_warning": "Not specified",
    "delta_t": "Not specified",
    "delta_val": "Not specified",
    "extensions": [],
}
EVENTS = {
    "ch_event": {
        "rel_change": "Not specified",
        "abs_change": "Not specified",
        "extensions": [],
    },
    "per_event": {"period": "1000", "extensions": []},
    "arch_event": {
        "rel_change": "Not specified",
        "abs_change": "Not specified",
        "period": "Not specified",
        "extensions": [],
    },
}


def info(row: Row, **differences: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "writable": row.writable,
        "data_format": row.data_format,
        "data_type": row.data_type,
        "max_dim_x": 1,
        "max_dim_y": 0,
        "description": "No description",
        "label": row.name,
        "unit": "",
        "standard_unit": "No standard unit",
        "display_unit": "No display unit",
        "format": "%6.2f",
        "min_value": "Not specified",
        "max_value": "Not specified",
        "min_alarm": "Not specified",
        "max_alarm": "Not specified",
        "writable_attr_name": "None",
        "level": "OPERATOR",
        "extensions": [],
        "alarms": ALARMS,
        "events": EVENTS,
        "sys_extensions": [],
        "isMemorized": False,
        "isSetAtInit": False,
        "memorized": "NOT_MEMORIZED",
        "root_attr_name": "Not specified",
        "enum_label": [],
        **differences,
    }


ROWS = {row.name: row for row in ATTRIBUTES}
DOUBLE = info(ROWS["double_scalar"], writable_attr_name="double_scalar")
UCHAR = info(
    ROWS["uchar_image_ro"],
    max_dim_x=251,
    max_dim_y=251,
    label="uchar_image",
    format="%d",
    description="An unsigned char image attribute",
    min_value="0",
    max_value="255",
)
WITH_WRITE = info(ROWS["double_scalar_rww"], writable_attr_name="double_scalar_w")


def test_info_has_the_configuration(both: Rest) -> None:
    double = info_of(both.settings.rc3_mode, DOUBLE)
    assert both.body(f"{A}/double_scalar/info") == double
    assert both.body(f"{A}/Double_Scalar/info") == double
    assert both.body(f"{A}/uchar_image_ro/info") == info_of(both.settings.rc3_mode, UCHAR)


def test_infos_are_in_the_order_asked(both: Rest) -> None:
    body = both.body(f"{A}/info", "attr=uchar_image_ro&attr=DOUBLE_SCALAR_RWW&attr=double_scalar")
    assert body == [info_of(both.settings.rc3_mode, row) for row in (UCHAR, WITH_WRITE, DOUBLE)]


def test_info_of_an_unknown_attribute_is_a_failure(both: Rest) -> None:
    failed = failure(error("API_AttrNotFound", "nope attribute not found"), ticks=both.ticks)
    assert both.body(f"{A}/nope/info") == failed
    assert both.body(f"{A}/info", "attr=State&attr=nope") == failed
