"""Sentences for the person who started the program, or wrote a file."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MAX_LENGTH = 100
"""Characters of a wrong name that are compared with the known ones."""


class StartError(Exception):
    """The program cannot do what it was started for; the text says why."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ..?)` if there is a known name like it, else nothing."""
    near = difflib.get_close_matches(name[:MAX_LENGTH], [*known], n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def counted(number: int, noun: str) -> str:
    """Return `1 case`, `2 cases`: a number with its noun, whose plural ends in s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
