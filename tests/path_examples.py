"""A value for each field of a path: something that both backends of the tests have."""

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
