"""The paths, and a value for each field of one: something that both backends of the tests have."""

from __future__ import annotations

from mtango_ref.openapi import operations

PATHS = sorted({operation.path for operation in operations()})
EXAMPLES = {
    "host": "localhost",
    "port": "10000",
    "domain": "sys",
    "family": "tg_test",
    "member": "1",
    "attribute": "double_scalar",
    "property": "polled_attr",
    "command": "State",
    "pipe": "string_long_short_ro",
}
