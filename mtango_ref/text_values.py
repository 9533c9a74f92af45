"""Input for an attribute, as text or as JSON -> values of the model.

Text is what a query has, and a body of plain text. What a number, a state or an object may be is
said in json_values.py alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from mtango_ref.json_values import (
    JSON,
    NOT_FINITE,
    Check,
    WrongValue,
    convert,
    elements,
    label_or_number,
    refuse,
)
from mtango_ref.model import AttrDataFormat, AttributeInfoEx, CmdArgType
from mtango_ref.tango_types import FLOATS, INTEGERS, NUMBERS

BOOLEANS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
"""The words for a boolean, in lower case."""

_MANY = 10_000
"""Characters of a text that is worth another way to read it."""

_DEPTHS = {AttrDataFormat.SCALAR: 0, AttrDataFormat.SPECTRUM: 1, AttrDataFormat.IMAGE: 2}


def of_json(config: AttributeInfoEx, value: Any) -> Any:
    """Convert JSON to a value that an attribute of this configuration can be given. WrongValue."""
    checks: Mapping[CmdArgType, Check] = JSON
    if config.data_type is CmdArgType.DevEnum:
        checks = {**JSON, CmdArgType.DevEnum: label_or_number(config.enum_labels)}
    fit = convert(config.data_type, value, checks, _DEPTHS[config.data_format])
    return _even(fit) if config.data_format is AttrDataFormat.IMAGE else fit


def _even(rows: list[list[Any]]) -> list[list[Any]]:
    # Tango sends an image as its elements and two numbers: all rows are of one length.
    for y, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise WrongValue(f"row {y} has {len(row)} elements; expected {len(rows[0])}, as row 0")
    return rows


def of_texts(config: AttributeInfoEx, texts: Sequence[str]) -> Any:
    """Convert one or several texts likewise. WrongValue.

    A scalar is one text. The elements of a spectrum are separated by commas, in as many texts as
    one likes; or it is JSON, as an image always is.
    """
    if config.data_format is AttrDataFormat.SPECTRUM:
        return _spectrum(config, texts)
    if len(texts) != 1:
        raise WrongValue(f"{len(texts)} values are given; expected one")
    if config.data_format is AttrDataFormat.IMAGE:
        return of_json(config, _parsed(texts[0], "an image as JSON, a list of rows"))
    return _element(config)(texts[0])


def _spectrum(config: AttributeInfoEx, texts: Sequence[str]) -> list[Any]:
    if len(texts) == 1:
        [text] = texts
        # No text between no commas: an empty spectrum.
        if not text:
            return []
        if text.lstrip().startswith("["):
            try:
                given: list[Any] = of_json(config, orjson.loads(text))
            except orjson.JSONDecodeError:
                # It may be the first of several strings.
                if config.data_type is not CmdArgType.DevString:
                    refuse(text, "a list as JSON, or elements between commas")
            else:
                return given
    if (numbers := _as_json(config, texts)) is not None:
        spectrum: list[Any] = of_json(config, numbers)
        return spectrum
    return elements(_element(config), [part for text in texts for part in text.split(",")])


def _as_json(config: AttributeInfoEx, texts: Sequence[str]) -> list[Any] | None:
    """Read many numbers at once, where they are spelled as in JSON: that takes a quarter of the
    time. None: they are not."""
    text = ",".join(texts)
    # JSON has no integer -0.
    if len(text) < _MANY or config.data_type not in NUMBERS or "-0" in text:
        return None
    try:
        numbers: list[Any] = orjson.loads(f"[{text}]")
    except orjson.JSONDecodeError:
        return None
    return numbers if {*map(type, numbers)} <= {int, float} else None


def _parsed(text: str, expected: str) -> Any:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return refuse(text, expected)


def _element(config: AttributeInfoEx) -> Check:
    """Return what converts one text to one element."""
    data_type = config.data_type
    if data_type is CmdArgType.DevEnum:
        check = label_or_number(config.enum_labels)
        return lambda text: check(text if text in config.enum_labels else number(int, text))
    check = JSON[data_type]
    if data_type in INTEGERS:
        return lambda text: check(number(int, text))
    if data_type in FLOATS:
        return lambda text: check(number(float, text))
    if data_type is CmdArgType.DevEncoded:
        return lambda text: check(_parsed(text, "{format: text, data: base64} as JSON"))
    return _boolean if data_type is CmdArgType.DevBoolean else check


def _boolean(text: str) -> bool:
    known = BOOLEANS.get(text.strip().lower())
    return refuse(text, ", ".join(BOOLEANS)) if known is None else known


def number(kind: Callable[[str], float], text: str) -> Any:
    """Return a number, or the text itself where it is none, which no check accepts."""
    # WHATWG URL, 5.1: a plus in a query is read as a blank, and 1e+3 arrives as "1e 3".
    digits = text.strip().replace(" ", "+")
    # Python takes digits of all scripts, and 1_000.
    if not digits.isascii() or "_" in digits or digits in NOT_FINITE:
        return digits
    try:
        number = kind(digits)
    except ValueError:
        return text
    # Too large for a float, which then is infinite; and Python's words, such as `inf`.
    return text if number in NOT_FINITE.values() or number != number else number
