"""A device that gives back what it is sent: a command of each type, and pipes.

The same fixture is the fake's, and a real device server of the test facility.
"""

from __future__ import annotations

from mtango_ref.fixture.loading import parse
from mtango_ref.model import CmdArgType
from mtango_ref.tango_types import NOT_SENT

DEVICE = "test/echoing/1"

# Of DevInt PyTango makes no command.
TYPES = [each for each in CmdArgType if each not in {*NOT_SENT, CmdArgType.DevInt}]
"""The types that a command can take and give."""

_COMMANDS = "".join(
    f"      {each.value}: {{in_type: {each.value}, out_type: {each.value}, behaviour: echo}}\n"
    for each in TYPES
)
FIXTURE = parse(
    f"""\
classes:
  Echoing:
    commands:
{_COMMANDS}\
    pipes:
      Kept: {{blob: first, writable: READ_WRITE, data: [{{name: x, type: DevLong, value: 1}}]}}
      other: {{writable: READ_WRITE, data: [{{name: x, type: DevLong, value: 2}}]}}
      fixed: {{data: [{{name: x, type: DevLong, value: 3}}]}}
      broken: {{writable: READ_WRITE, raises: {{reason: Broken, description: It is broken}}}}
devices:
  {DEVICE}: {{class: Echoing, server: Echoing/test}}
  test/echoing/2: {{class: Echoing, server: Echoing/none, exported: false}}
""",
    "echoing.yml",
    None,
)
