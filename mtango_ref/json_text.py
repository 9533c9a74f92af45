"""Representations as compact JSON text; json_values.py makes them of Tango's values.

orjson holds the interpreter until it is done, for 50 ms with an image of 2048 x 2048. So what is
large is written in pieces, and other threads run in between.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

PIECE = 2**15
"""Elements that are written at a time, in a millisecond or two."""

_PLACE = b"\0"
"""The place of what is written apart. JSON escapes NUL in texts, and has none elsewhere."""


class Large:
    """A list or an array of more elements than PIECE."""

    __slots__ = ("elements",)

    def __init__(self, elements: Any) -> None:
        self.elements = elements


def marked(elements: Any) -> Any:
    """Mark a list or an array, [x] or [y][x], if it is large."""
    is_large = len(elements) and len(elements) * _width(elements) > PIECE
    return Large(elements) if is_large else elements


def to_json(body: Any) -> bytes:
    """Write JSON. Numpy arrays are written as they are, [x] or [y][x]."""
    large: list[Large] = []

    def other(value: Any) -> Any:
        if type(value) is not Large:
            return _copied(value)
        large.append(value)
        return orjson.Fragment(_PLACE)

    frame = orjson.dumps(body, default=other, option=_options())
    return b"".join(_filled(frame, large)) if large else frame


def _filled(frame: bytes, large: Sequence[Large]) -> Iterator[bytes]:
    first, *others = frame.split(_PLACE)
    yield first
    for each, text in zip(large, others, strict=True):
        yield from _pieces(each.elements)
        yield text


def _pieces(elements: Any) -> Iterator[bytes]:
    width = _width(elements) if len(elements) else 1
    yield b"["
    if width > PIECE:
        for number, row in enumerate(elements):
            if number:
                yield b","
            yield from _pieces(row)
    else:
        step = PIECE // width
        for start in range(0, len(elements), step):
            piece = elements[start : start + step]
            text = orjson.dumps(piece, default=_copied, option=_options())
            if start:
                yield b","
            yield text[1:-1]
    yield b"]"


def _options() -> int:
    # With it orjson imports numpy for a type that it does not know, and the fake has no arrays.
    return orjson.OPT_SERIALIZE_NUMPY if "numpy" in sys.modules else 0


def _width(elements: Any) -> int:
    """Return the length of the first row, or 1 where there are no rows."""
    first = elements[0]
    dimensions: int = getattr(first, "ndim", 0)
    is_row = dimensions > 0 or isinstance(first, (list, tuple))
    return max(len(first), 1) if is_row else 1


def _copied(array: Any) -> Any:
    # orjson writes only contiguous arrays itself, of the types of numbers that Tango has.
    return array.copy(order="C") if array.dtype.kind == "f" and array.ndim else array.tolist()
