"""The named wildcards of expected answers: what stands where a value varies.

A wildcard is a string `$name` or `$name(argument)`; schema.json of the cases lists them all.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

from mtango_ref.model import DevState

_AROUND_NOW = 3600
"""s. Clocks differ a little, units and time zones by more."""
TIMES = ("$seconds", "$milliseconds", "$now", "$date")
"""The wildcards that mean the time. Their argument is the s that the server's clock is ahead."""
_WILDCARD = re.compile(r"\$([a-z0-9_]+)(?:\((.*)\))?", re.DOTALL)
_WHOLE = re.compile(r"-?\d{1,11}")
_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_RANGE = re.compile(r"(-?\d+), (-?\d+)")


class Wildcard(NamedTuple):
    """A value that may differ.

    what: for people, as in "expected an integer". kind: the same without what differs between
    requests, runs and servers; empty where that is nothing. argument: for programs, by names of
    its own: {"low": 0, "high": 9}. all_fit: one look at many values, True only where each fits.
    """

    what: str
    fits: Callable[[Any], bool]
    kind: str = ""
    argument: Mapping[str, Any] = {}
    all_fit: Callable[[list[Any]], bool] = lambda values: not values


@lru_cache(maxsize=1024)
def wildcard(text: str) -> Wildcard | None:
    """Return what the text stands for; None if it does not begin as a wildcard does.

    Raises ValueError, with a sentence, for one that there is not.
    """
    if not text.startswith("$"):
        return None
    match = _WILDCARD.fullmatch(text)
    if match is None or match[1] not in KINDS:
        raise ValueError(f"{text} is not a wildcard; expected one of ${', $'.join(KINDS)}")
    return KINDS[match[1]](match[2])


def named(text: str) -> str:
    """Return the name of a wildcard: `text` of `$text(.+)`."""
    match = _WILDCARD.fullmatch(text)
    return match[1] if match else ""


def _of_type(what: str, *types: type) -> Callable[[str | None], Wildcard]:
    """Match values of a type; the argument `low, high` is a range."""
    are_all = _are_all(*types)

    def kind(argument: str | None) -> Wildcard:
        if argument is None:
            return Wildcard(what, lambda value: type(value) in types, all_fit=are_all)
        match = _RANGE.fullmatch(argument)
        if match is None or not set(types) <= {int, float}:
            raise ValueError(f"({argument}) is not a range; expected low, high")
        low, high = int(match[1]), int(match[2])
        return Wildcard(
            f"{what} from {low} to {high}",
            lambda value: type(value) in types and low <= value <= high,
            argument={"low": low, "high": high},
            all_fit=lambda values: (
                are_all(values)
                and low <= min(values, default=low) <= max(values, default=low) <= high
            ),
        )

    return kind


def _are_all(*types: type) -> Callable[[list[Any]], bool]:
    """Test if all values are of these types, without a call for each."""
    return lambda values: set(map(type, values)) <= set(types)


def _double(_: str | None) -> Wildcard:
    return Wildcard(
        "a number, or NaN, Infinity or -Infinity as a string",
        lambda value: type(value) in (int, float) or value in _NOT_FINITE,
        all_fit=_are_all(int, float),
    )


def _text(pattern: str | None) -> Wildcard:
    if pattern is None:
        return Wildcard("a string", lambda value: isinstance(value, str), all_fit=_are_all(str))
    try:
        compiled = re.compile(pattern, re.DOTALL)
    except re.error as error:
        raise ValueError(f"$text({pattern}) has no valid regular expression: {error}") from error
    return Wildcard(
        f"a string that matches {pattern}",
        lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None,
        "a string of the expected form",
        {"pattern": pattern},
    )


def _link(url: str | None) -> Wildcard:
    """Match the URL, absolute or without scheme and host, with or without a slash at its end."""
    path = re.sub(r"^\w+://[^/]*", "", url or "")
    return Wildcard(
        f"the link {url}",
        lambda value: isinstance(value, str) and value.removesuffix("/") in (url, path),
        "the link",
        {"url": url, "path": path},
    )


def _href(url: str | None) -> Wildcard:
    return Wildcard(f'"{url}"', lambda value: value == url, "the absolute link", {"url": url})


def _now(ahead: str | None, *, unit: str, ticks: int, whole: bool = True) -> Wildcard:
    types = (int,) if whole else (int, float)
    today, is_now = _clock(ahead)
    return Wildcard(
        f"a time of {today}, in {'whole ' * whole}{unit} since the epoch",
        lambda value: type(value) in types and is_now(value / ticks),
        f"a time of today, in {'whole ' * whole}{unit} since the epoch",
    )


def _date(ahead: str | None) -> Wildcard:
    today, is_now = _clock(ahead)

    def fits(value: Any) -> bool:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            return False
        return is_now(parsedate_to_datetime(value).timestamp())

    kind = "a date of today, as HTTP writes it"
    return Wildcard(f"a date of {today}, as HTTP writes it", fits, kind)


def _clock(ahead: str | None) -> tuple[str, Callable[[float], bool]]:
    """Name the day, and test for a time about now (s since the epoch), on the server's clock.

    ahead: s from our clock to that one. Raises ValueError for what is no whole number.
    """
    if ahead is None:
        return "today", lambda time_there: abs(time_there - time.time()) < _AROUND_NOW
    if not _WHOLE.fullmatch(ahead):
        raise ValueError(f"({ahead}) is not a whole number of seconds")
    offset = int(ahead)
    return (
        "the server's today",
        lambda time_there: abs(time_there - time.time() - offset) < _AROUND_NOW,
    )


def _state(_: str | None) -> Wildcard:
    names = {state.value for state in DevState}
    return Wildcard(
        "the name of a Tango state",
        lambda value: value in names,
        argument={"words": sorted(names)},
    )


def _methods(argument: str | None) -> Wildcard:
    """Match a header that lists just these, in whatever order."""
    expected = _listed(argument or "")
    return Wildcard(
        f"the methods {', '.join(sorted(expected))}",
        lambda value: isinstance(value, str) and _listed(value.upper()) == expected,
        argument={"words": sorted(expected)},
    )


def _words(argument: str | None) -> Wildcard:
    """Match a header that lists these at least, in whatever order and case."""
    expected = _listed((argument or "").lower())
    return Wildcard(
        f"a list with {', '.join(sorted(expected))}",
        lambda value: isinstance(value, str) and _listed(value.lower()) >= expected,
        argument={"words": sorted(expected)},
    )


def _listed(text: str) -> set[str]:
    return {word.strip() for word in text.split(",")}


KINDS: dict[str, Callable[[str | None], Wildcard]] = {
    "boolean": _of_type("true or false", bool),
    "integer": _of_type("an integer", int),
    "number": _of_type("a number", int, float),
    "double": _double,
    "text": _text,
    "link": _link,
    "href": _href,
    "object": _of_type("an object", dict),
    "state": _state,
    "seconds": partial(_now, unit="seconds", ticks=1),
    "milliseconds": partial(_now, unit="milliseconds", ticks=1000),
    "now": partial(_now, unit="seconds", ticks=1, whole=False),
    "date": _date,
    "methods": _methods,
    "words": _words,
}
"""The makers of wildcards from their arguments, by name."""
