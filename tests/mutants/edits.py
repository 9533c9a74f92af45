"""The changes that rules can make of an answer, and of a value in its JSON: a table of each.

A kind of change has the name that stands in rules, the form of what a rule gives for it, and a
function of that and of what is changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from mutants.json_paths import LOST, Condition, Path, edited, found, path_of
from mutants.wire import Answer


class Kind(NamedTuple):
    """A kind of change: change(given, old) is the new answer or value.

    expected: what has to be given, in words. fits: says if that is given.
    """

    expected: str
    fits: Callable[[Any], bool]
    change: Callable[[Any, Any], Any]


AS: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "number": int,
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "lines": "\n".join,
    "keys": list,
    "values": lambda value: [*value.values()],
    "twice": lambda value: value * 2,
    "reversed": lambda value: value[::-1],
    "shorter": lambda value: value[:-1],
    "sum": lambda value: sum(value.values() if isinstance(value, dict) else value),
    "list of one": lambda value: value if isinstance(value, list) else [value],
    "flat": lambda rows: [each for row in rows for each in row],
    "transposed": lambda rows: [[*row] for row in zip(*rows, strict=True)],
}
"""Conversions of a value; of another type than they are for, it stays as it is."""


# What is given


def _is(*types: type) -> Callable[[Any], bool]:
    """Make the check that a value has one of the types; a boolean is no number."""
    return lambda given: isinstance(given, types) and not isinstance(given, bool)


def _is_pattern(given: Any) -> bool:
    if not isinstance(given, list) or [*map(type, given)] != [str, str]:
        return False
    try:
        re.compile(given[0])
    except re.error:
        return False
    return True


def _are_texts(given: Any) -> bool:
    return isinstance(given, dict) and all(isinstance(each, str) for each in given.values())


def _are_headers(given: Any) -> bool:
    return isinstance(given, dict) and all(
        isinstance(name, str) and name == name.lower() and isinstance(text, (str, type(None)))
        for name, text in given.items()
    )


def _are_bounds(given: Any) -> bool:
    return (
        isinstance(given, list)
        and len(given) == 2
        and all(each is None or type(each) is int for each in given)
    )


# Of a value


def _renamed(names: dict[str, str], value: Any) -> Any:
    return {names.get(key, key): each for key, each in value.items()}


def _copied(sources: dict[str, str], value: Any) -> Any:
    copies = {key: found(value, path_of(source)) for key, source in sources.items()}
    return value | {key: values[0] for key, values in copies.items() if values}


def _mapped(others: dict[Any, Any], value: Any) -> Any:
    return others.get(value, value)


def _sorted(path: str, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return sorted(value, key=lambda each: [str(k).lower() for k in found(each, path_of(path))])


def _by(path: str, value: list[Any]) -> Any:
    return {found(each, path_of(path))[0]: each for each in value}


def replaced(given: list[str], text: str) -> str:
    """Return the text with what is given for a regular expression; \\1 is its first group."""
    return re.sub(given[0], given[1], text)


PATTERN = Kind("a regular expression and a text", _is_pattern, replaced)

VALUE: dict[str, Kind] = {
    "lose": Kind("true", lambda given: given is True, lambda _, value: LOST),
    "put": Kind("a value", lambda _: True, lambda given, _: given),
    "rename": Kind("a mapping from old to new keys", _are_texts, _renamed),
    "as": Kind(
        f"one of {', '.join(AS)}",
        lambda given: isinstance(given, str) and given in AS,
        lambda given, value: AS[given](value),
    ),
    "wrap": Kind("a key", _is(str), lambda key, value: {key: value}),
    "replace": PATTERN,
    "copy": Kind("a mapping from keys to paths", _are_texts, _copied),
    "map": Kind("a mapping from old to new values", _is(dict), _mapped),
    "take": Kind("a path", _is(str), lambda path, value: found(value, path_of(path))[0]),
    "by": Kind("a path", _is(str), _by),
    "sort": Kind("a path", _is(str), _sorted),
    "slice": Kind("two indices or null", _are_bounds, lambda ends, value: value[slice(*ends)]),
    "add": Kind("a number", _is(int, float), lambda more, value: value + more),
    "times": Kind("a number", _is(int, float), lambda factor, value: value * factor),
    "over": Kind("a number", _is(int, float), lambda divisor, value: value // divisor),
}
"""Changes of the value at a path, by the key that they have in a rule."""


def edit(at: Path, only: Condition, name: str, given: Any) -> Callable[[Answer], Answer]:
    """Make what changes the values at a path, those of the condition, in an answer's JSON.

    A value of another type than the change is for stays as it is, and a missing one is missing,
    except that put gives it.
    """

    def new(value: Any) -> Any:
        missing = value is LOST and name != "put"
        if missing or (only != Condition() and not only.fits(value)):
            return value
        try:
            return VALUE[name].change(given, value)
        except (AttributeError, LookupError, TypeError, ValueError):
            return value

    return partial(_with_data, lambda data: orjson.dumps(edited(data, at, new)))


# Of an answer


def _with_data(written: Callable[[Any], bytes], answer: Answer) -> Answer:
    data = answer.data()
    return answer if data is LOST else answer.with_body(written(data))


def _with_status(code: int, answer: Answer) -> Answer:
    return answer._replace(status=f"{code} {HTTPStatus(code).phrase}")


def _with_headers(lines: dict[str, str | None], answer: Answer) -> Answer:
    for name, text in lines.items():
        answer = answer.with_header(name, text)
    return answer


def _with_text(given: list[str], answer: Answer) -> Answer:
    text = replaced(given, answer.body.decode("utf-8", "surrogateescape"))
    return answer.with_body(text.encode("utf-8", "surrogateescape"))


ANSWER: dict[str, Kind] = {
    "status": Kind(
        "a status of HTTP", lambda given: given in [*map(int, HTTPStatus)], _with_status
    ),
    "header": Kind("names in lower case, each with a text or null", _are_headers, _with_headers),
    "body": Kind("a text", _is(str), lambda text, answer: answer.with_body(text.encode())),
    "text": Kind(PATTERN.expected, PATTERN.fits, _with_text),
    "cut": Kind(
        "a number of bytes", _is(int), lambda count, answer: answer.with_body(answer.body[:-count])
    ),
    "indent": Kind(
        "a number of spaces",
        _is(int),
        lambda count, answer: _with_data(
            lambda data: json.dumps(data, indent=count).encode(), answer
        ),
    ),
}
"""Changes of an answer, by the key that they have in a rule, in the order of their doing."""
