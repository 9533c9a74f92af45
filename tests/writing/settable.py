"""A device whose attributes can be written, of every type and format.

The same fixture is the fake's, and a real device server of the test facility.
"""

from __future__ import annotations

from collections.abc import Iterator

from mtango_ref.fixture.loading import parse
from mtango_ref.model import CmdArgType
from mtango_ref.tango_types import ELEMENTS

DEVICE = "test/settable/1"

# Of DevInt PyTango makes no attribute.
TYPES = [each for each in ELEMENTS if each is not CmdArgType.DevInt]

FORMATS = {
    "scalar": "",
    "spectrum": ", data_format: SPECTRUM, max_dim_x: 4",
    "image": ", data_format: IMAGE, max_dim_x: 4, max_dim_y: 3",
}
LABELS = ["RED", "GREEN", "dark blue", "1", "a/b"]


def names() -> Iterator[tuple[str, CmdArgType, str]]:
    """List the name of each attribute that is one of its type and format, with these."""
    for data_type in TYPES:
        for form in FORMATS:
            # Tango has no more of them.
            if data_type is not CmdArgType.DevEncoded or form == "scalar":
                yield f"{data_type.value}_{form}", data_type, form


def _attribute(name: str, data_type: CmdArgType, form: str) -> str:
    words = f"data_type: {data_type.value}{FORMATS[form]}"
    if data_type is CmdArgType.DevEnum:
        words += f", enum_labels: {LABELS}"
    return "".join(
        f"      {name}{suffix}: {{{words}, writable: {writable}}}\n"
        for suffix, writable in (("", "READ_WRITE"), ("_w", "WRITE"))
    )


MEMORIZED = [
    ("kept_boolean", CmdArgType.DevBoolean),
    ("kept_long64", CmdArgType.DevLong64),
    ("kept_float", CmdArgType.DevFloat),
    ("kept_double", CmdArgType.DevDouble),
    ("kept_string", CmdArgType.DevString),
    ("kept_enum", CmdArgType.DevEnum),
]
"""The attributes that their device is given again when its server starts."""


def _memorized(name: str, data_type: CmdArgType) -> str:
    words = f"data_type: {data_type.value}, memorized: MEMORIZED_WRITE_INIT"
    if data_type is CmdArgType.DevEnum:
        words += f", enum_labels: {LABELS}"
    return f"      {name}: {{{words}, writable: READ_WRITE}}\n"


FIXTURE = parse(
    f"""\
classes:
  Settable:
    attributes:
{"".join(_attribute(*each) for each in names())}\
      fixed: {{data_type: DevLong, value: 3}}
      limited: {{data_type: DevDouble, writable: READ_WRITE, min_value: -10, max_value: 10,
        min_alarm: -5, max_alarm: 5, min_warning: -3, max_warning: 3}}
      limits: {{data_type: DevShort, data_format: SPECTRUM, max_dim_x: 4, writable: READ_WRITE,
        min_value: -10, max_value: 10, max_alarm: 5}}
      rows: {{data_type: DevFloat, data_format: IMAGE, max_dim_x: 4, max_dim_y: 3,
        writable: READ_WRITE, max_value: 10}}
      large: {{data_type: DevULong64, writable: READ_WRITE, max_value: "9007199254740993"}}
      polled: {{data_type: DevDouble, writable: READ_WRITE, polling_period: 1000}}
      broken: {{data_type: DevLong, writable: READ_WRITE,
        raises: {{reason: Broken, description: It is broken}}}}
      invalid: {{data_type: DevLong, writable: READ_WRITE, quality: ATTR_INVALID}}
      changing: {{data_type: DevLong, writable: READ_WRITE, quality: ATTR_CHANGING}}
{"".join(_memorized(*each) for each in MEMORIZED)}\
      lost: {{data_type: DevLong, writable: READ_WRITE, memorized: MEMORIZED}}
      lost_w: {{data_type: DevLong, writable: WRITE, memorized: MEMORIZED}}
      kept_w: {{data_type: DevLong, writable: WRITE, memorized: MEMORIZED_WRITE_INIT}}
devices:
  {DEVICE}: {{class: Settable, server: Settable/test, state: ON}}
  test/settable/2: {{class: Settable, server: Settable/other, exported: false}}
""",
    "settable.yml",
    None,
)


def path(name: str) -> str:
    """Return the path of an attribute, below that of the facility."""
    return f"/devices/{DEVICE}/attributes/{name}"
