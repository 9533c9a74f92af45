"""Representations as compact JSON text; json_values.py makes them of Tango's values.

orjson holds the interpreter until it is done, for 50 ms with an image of 2048 x 2048. So what is
large is written in pieces, and other threads run in between. Its text stays in parts: to copy all
of it takes as long as to write it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import orjson

PIECE = 2**13
"""Elements that are written at a time, in some tenths of a millisecond."""
PART = 2**18
"""Bytes from which on a part of a text is whole. A part has pages of its own, see memory.py, and
most pieces are small enough to have none: to get them takes longer than to write the piece."""

_PLACE = b"\0"
"""The place of what is written apart. JSON escapes NUL in texts, and has none elsewhere."""

_writing = threading.Lock()
"""Held by who writes what is large, and wants the interpreter all the time. Several at once would
be ready no sooner, and who wants it for a moment would wait for each of them."""

Claim = Callable[[int], None]
"""Takes the bytes that a large text will have, as far as is known. Raises if they are too many."""


class Large:
    """A list or an array of more elements than PIECE."""

    __slots__ = ("elements",)

    def __init__(self, elements: Any) -> None:
        self.elements = elements


def marked(elements: Any) -> Any:
    """Mark a list or an array, [x] or [y][x], if it is large."""
    is_large = len(elements) and len(elements) * _width(elements) > PIECE
    return Large(elements) if is_large else elements


def marked_array(array: Any) -> Any:
    """Mark a numpy array, of any shape, if it is large; rows without elements count, too."""
    is_large = array.ndim and (array.size > PIECE or len(array) > PIECE)
    return Large(array) if is_large else array


def to_json(body: Any) -> bytes:
    """Write JSON. Numpy arrays are written as they are, [x] or [y][x]."""
    return b"".join(to_parts(body))


def to_parts(body: Any, claim: Claim = lambda _: None) -> list[bytes]:
    """Write JSON as to_json, in several parts if something is large. Raises what `claim` raises."""
    large: list[Large] = []

    def other(value: Any) -> Any:
        if type(value) is not Large:
            return _copied(value)
        large.append(value)
        return orjson.Fragment(_PLACE)

    frame = orjson.dumps(body, default=other, option=_options())
    if not large:
        return [frame]
    claim(len(frame) + sum(_estimate(each.elements) for each in large))
    with _writing:
        return [*joined(_filled(frame, large))]


def joined(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Put pieces of a text together, as many as make a part."""
    part: list[bytes | memoryview] = []
    length = 0
    for piece in pieces:
        part.append(piece)
        length += len(piece)
        if length >= PART:
            yield b"".join(part)
            part.clear()
            length = 0
    yield b"".join(part)


def _filled(frame: bytes, large: Sequence[Large]) -> Iterator[bytes | memoryview]:
    first, *others = frame.split(_PLACE)
    yield first
    for each, text in zip(large, others, strict=True):
        yield from _pieces(each.elements)
        yield text


def _pieces(elements: Any) -> Iterator[bytes | memoryview]:
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
            if start:
                yield b","
            yield memoryview(written(elements[start : start + step]))[1:-1]
    yield b"]"


def _estimate(elements: Any) -> int:
    """Estimate the bytes of a text by its first piece, as if all were as long."""
    width = _width(elements)
    if width > PIECE:
        return len(elements) * _estimate(elements[0])
    step = PIECE // width
    return len(written(elements[:step])) * -(-len(elements) // step)


def written(piece: Any) -> bytes:
    """Write an array or a list at once."""
    return orjson.dumps(piece, default=_copied, option=_options())


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
