"""Large arrays, which are written in pieces, and read as if they were not."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists

from mtango_ref import json_text
from mtango_ref.json_text import Large, marked, to_json, to_parts
from mtango_ref.json_values import value

NUMBERS = np.arange(30, dtype=np.int32)
ARRAYS = {
    "integers": NUMBERS,
    "doubles": NUMBERS / 7,
    "floats": (NUMBERS / 7).astype(np.float32),
    "booleans": NUMBERS % 2 == 0,
    "narrow rows": NUMBERS.reshape(15, 2),
    "rows of a piece": NUMBERS.reshape(6, 5),
    "rows longer than a piece": NUMBERS.reshape(3, 10),
    "columns before rows": (NUMBERS / 7).reshape(3, 10).T,
    "every second": NUMBERS[::2],
    "not finite": np.array([np.nan, np.inf, -np.inf, 1.5] * 5),
    "no columns": np.empty((12, 0), np.int32),
}
LISTS = {
    "texts": [f"\0{number}\x00" for number in range(12)],
    "numbers": [*range(12)],
    "rows": [[number] * 3 for number in range(7)],
    "rows of any length": [[1], [], [*range(12)], [2]],
    "empty rows": [[]] * 12,
    "not finite": [[float("nan"), float("inf")]] * 7,
}
NAMES = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "PIECE", 5)


def parsed(text: bytes) -> Any:
    def named(part: Any) -> Any:
        return [*map(named, part)] if isinstance(part, list) else NAMES.get(part, part)

    return named(orjson.loads(text))


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("kind", ARRAYS)
def test_array_in_pieces_is_read_as_whole(kind: str) -> None:
    array = ARRAYS[kind]
    text = to_json(value(array))
    np.testing.assert_array_equal(np.array(parsed(text), array.dtype).reshape(array.shape), array)
    assert b" " not in text


@given(lists(floats()))
def test_array_has_the_text_of_a_list(numbers: list[float]) -> None:
    assert to_json(value(np.array(numbers, float))) == to_json(value(numbers))


@pytest.mark.parametrize("kind", LISTS)
def test_list_in_pieces_has_the_same_text(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def text() -> bytes:
        return to_json({"value": value(LISTS[kind]), "others": [value(LISTS[kind]), "\0"]})

    whole = text()
    monkeypatch.setattr(json_text, "PIECE", 5)
    assert text() == whole


@pytest.mark.usefixtures("small_pieces")
def test_only_what_is_large_is_marked() -> None:
    assert [type(marked([1] * size)) for size in (0, 5, 6)] == [list, list, Large]
    assert [type(marked(np.ones((2, width)))) for width in (2, 3)] == [np.ndarray, Large]


def test_no_call_of_the_writer_has_more_than_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two calls, other threads run."""
    sizes: list[int] = []
    plainly = orjson.dumps

    def dumps(body: Any, **options: Any) -> bytes:
        sizes.append(np.size(body) if isinstance(body, np.ndarray) else 0)
        return plainly(body, **options)

    monkeypatch.setattr(json_text, "PIECE", 5)
    monkeypatch.setattr(orjson, "dumps", dumps)
    to_json({"value": value(np.ones((7, 3)))})
    assert sizes == [0, 3] + [3] * 7  # the first piece twice: it says how long the text will be


def test_text_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"value": value(NUMBERS.reshape(6, 5)), "others": [value(NUMBERS / 7)]}
    monkeypatch.setattr(json_text, "PIECE", 5)
    whole = to_json(body)
    monkeypatch.setattr(json_text, "PART", 20)
    parts = to_parts(body)
    assert b"".join(parts) == whole
    assert [len(each) for each in parts[:-1] if not 20 <= len(each) < 70] == []


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("kind", [*ARRAYS, "texts", "numbers", "rows", "empty rows"])
def test_length_is_claimed_before_what_is_large_is_written(kind: str) -> None:
    claims: list[int] = []
    text = b"".join(to_parts(value({**ARRAYS, **LISTS}[kind]), claims.append))
    [claim] = claims
    assert len(text) / 3 <= claim <= 3 * len(text)


@pytest.mark.usefixtures("small_pieces")
def test_nothing_is_written_that_is_claimed_in_vain() -> None:
    def refuse(_: int) -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        to_parts(value(NUMBERS), refuse)
    assert to_parts([1], refuse) == [b"[1]"]
    assert parsed(to_json(value(NUMBERS))) == NUMBERS.tolist()
