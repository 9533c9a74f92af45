"""Sentences for the person who started the program, or wrote a file."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

MAX_COMPARED = 500
"""Known names that a wrong one is compared with, which takes long."""

MAX_LENGTH = 100
"""Characters of a wrong name that are compared."""

_MAX_SHOWN = 60
"""Characters of a value in a message."""

_MAX_EXPECTED = 40
"""Known names in a message."""

_MAX_LISTED = 10
"""Names of a list in a message."""


class StartError(Exception):
    """The program cannot do what it was started for; the text says why."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ..?)` if there is a known name like it, else nothing."""
    near = _nearest(name, sorted(known))
    return "" if near is None else f" (did you mean {near!r}?)"


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `did you mean ..?` if there is a known name like it, else all that are expected."""
    names = sorted(islice(known, MAX_COMPARED))
    near = _nearest(name, names)
    if near is not None:
        return f"did you mean {cut(near)}?"
    return f"expected {_one_of(names)}" if names else "none is defined"


def _nearest(name: str, known: Sequence[str]) -> str | None:
    """Return the known name that is most like it, whatever the case of their letters."""
    by_lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name[:MAX_LENGTH].lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None


def _one_of(names: Sequence[str]) -> str:
    more = f" or {len(names) - _MAX_EXPECTED} others" if len(names) > _MAX_EXPECTED else ""
    some = ", ".join(map(cut, names[:_MAX_EXPECTED]))
    return ("one of " if len(names) > 1 else "") + some + more


def listed(names: Sequence[str]) -> str:
    """Return `a, b and 3 more`: the first names of a list, and how many more there are."""
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return ", ".join(names[:_MAX_LISTED]) + more


def counted(number: int, noun: str) -> str:
    """Return `1 case`, `2 cases`: a number with its noun, whose plural ends in s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shown(value: Any) -> str:
    """Return a value as text, cut where it gets long. Null, true and false are as in JSON."""
    text = ""
    for piece in _pieces(value):
        text += piece
        # What is nested deeply, or in itself, comes to no end.
        if len(text) > _MAX_SHOWN:
            break
    return _shortened(text)


def _pieces(value: Any) -> Iterator[str]:
    """Yield the text of a value; of lists and mappings one element after the other."""
    if isinstance(value, (list, dict)):
        start, end = "[]" if isinstance(value, list) else "{}"
        yield start
        for number, each in enumerate(value):
            yield ", " if number else ""
            yield from _pieces(each)
            if isinstance(value, dict):
                yield ": "
                yield from _pieces(value[each])
        yield end
    else:
        # JSON and YAML write these alike, and Python does not.
        is_word = value is None or isinstance(value, bool)
        yield json.dumps(value) if is_word else repr(value)


def cut(text: str) -> str:
    """Return a text, cut where it gets long; what moves a terminal's cursor is escaped."""
    text = _shortened(text)
    return text if text.isprintable() else repr(text)[1:-1]


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + ".."
