"""What can be a name in a fixture: what Tango serves and one segment of a path can hold.

Names that the gateway puts to no database (mtango_ref/names.py) are there only if the fixture says
`unsafe_names`. A host is no name of Tango's.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mtango_ref.names import is_askable

_PART = r"[^/\x00]+"
_HOST = r"""[!"$-.0-9;-~]+"""
_CHARACTERS = "text without / and NUL"
SAFE = "no quote, backslash or control character, or unsafe_names: true in facility"
"""What to expect of a name that is_askable refuses."""

MAX_LENGTH = 255
"""Of a name; Tango's database has no room for more."""

NameCheck = Callable[[str], str]
"""Gives the text back; ValueError says what was expected instead."""


def _check(pattern: str, expected: str) -> NameCheck:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if len(text) > MAX_LENGTH:
            raise ValueError(f"at most {MAX_LENGTH} characters")
        if compiled.fullmatch(text):
            return text
        raise ValueError(expected)

    return check


NAME, SERVER_NAME, DEVICE_NAME = ("/".join([_PART] * parts) for parts in (1, 2, 3))
HOST = _HOST
"""As regular expressions."""

name = _check(NAME, _CHARACTERS)
device_name = _check(DEVICE_NAME, f"domain/family/member, each {_CHARACTERS}")
server_name = _check(SERVER_NAME, f"executable/instance, each {_CHARACTERS}")
host = _check(HOST, "printable ASCII without blank, / : #")


def database_name(text: str) -> str:
    """Check the name of the facility's own database, by which all else is asked."""
    if not is_askable(device_name(text)) or "#" in text:
        raise ValueError("domain/family/member, without #, quote, backslash and control character")
    return text
