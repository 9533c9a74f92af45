"""What names look like that the REST API can address: printable ASCII, and of that neither
blanks, which Tango does not have in names, nor `/`, `:` and `#`, which mean something there."""

from __future__ import annotations

import re
from collections.abc import Callable

_PART = r"""[!"$-.0-9;-~]+"""
_CHARACTERS = "printable ASCII without blank, / : #"

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
"""As regular expressions."""

name = _check(NAME, _CHARACTERS)
device_name = _check(DEVICE_NAME, f"domain/family/member, of {_CHARACTERS}")
server_name = _check(SERVER_NAME, f"executable/instance, of {_CHARACTERS}")
