"""Any value that is written is the value that is read, of each type and format."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Rest
from mtango_ref.dev_float import fewest_digits
from mtango_ref.model import CmdArgType, DevState
from mtango_ref.tango_types import FLOATS, INTEGERS
from rest_answers import P
from writing.conftest import Restartable
from writing.settable import LABELS, names, path

MOST_X, MOST_Y = 4, 3

# Tango's texts are C's, in any encoding: what is sent is UTF-8.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)

SCALARS: dict[CmdArgType, st.SearchStrategy[Any]] = {
    **{kind: st.integers(int(low), int(high)) for kind, (_, low, high) in INTEGERS.items()},
    CmdArgType.DevBoolean: st.booleans(),
    CmdArgType.DevString: TEXTS,
    CmdArgType.DevState: st.sampled_from([state.value for state in DevState]),
    CmdArgType.DevEnum: st.sampled_from(LABELS),
    # WAttribute: neither NaN nor an infinity can be written.
    CmdArgType.DevDouble: st.floats(allow_nan=False, allow_infinity=False),
    CmdArgType.DevFloat: st.floats(
        allow_nan=False, allow_infinity=False, width=32, max_value=None
    ).map(fewest_digits),
    CmdArgType.DevEncoded: st.fixed_dictionaries(
        {"format": TEXTS, "data": st.sampled_from(["", "AA==", "AP8=", "aGVsbG8="])}
    ),
}


@st.composite
def images(draw: st.DrawFn, scalar: st.SearchStrategy[Any]) -> list[list[Any]]:
    """Draw rows of one length. Rows without elements are no rows to PyTango."""
    width, height = draw(st.integers(1, MOST_X)), draw(st.integers(0, MOST_Y))
    row = st.lists(scalar, min_size=width, max_size=width)
    return draw(st.lists(row, min_size=height, max_size=height))


def values(data_type: CmdArgType, form: str) -> st.SearchStrategy[Any]:
    scalar = SCALARS[data_type]
    if form == "spectrum":
        return st.lists(scalar, max_size=MOST_X)
    return images(scalar) if form == "image" else scalar


def same(one: Any, other: Any) -> bool:
    """Compare, with the sign of a zero."""
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return type(one) is type(other) and bool(one == other)


def text(value: Any) -> str:
    """Write one element as a query has it."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, float) else orjson.dumps(value).decode()


def texts(value: Any, data_type: CmdArgType, form: str) -> list[str]:
    """Write a value as the arguments of a query: of a spectrum of texts, JSON may have commas."""
    if form == "scalar":
        return [text(value)]
    is_plain = form == "spectrum" and len(value) > 1
    if is_plain and not (data_type is CmdArgType.DevString and "," in "".join(value)):
        return [text(each) for each in value]
    return [orjson.dumps(value).decode()]


ATTRIBUTES = [*names()]
EXAMPLES = {"FakeBackend": 10, "TangoBackend": 5}
"""Values drawn for an attribute: the real facility takes its time. The ends of the ranges are
written there by test_write_value.py."""
OF_NEWEST = 2
"""Values drawn of each type and format for the newest PyTango: the other PyTango draws more."""


@pytest.mark.parametrize("suffix", ["", "_w"])
@pytest.mark.parametrize("attribute", ATTRIBUTES, ids=[name for name, *_ in ATTRIBUTES])
def test_value_that_is_written_is_read(
    strict: Rest, restartable: Restartable, attribute: tuple[str, CmdArgType, str], suffix: str
) -> None:
    examples = EXAMPLES[type(restartable.backend).__name__]
    if not restartable.backend.capabilities.has_pipes:
        examples = OF_NEWEST
    name, data_type, form = attribute
    asked = f"{P}{path(name + suffix)}/value"

    def check(answer: Any, value: Any) -> None:
        assert same(answer.get("value"), value), answer
        assert same(strict.body(asked)["value"], value)

    @settings(max_examples=examples, suppress_health_check=[*HealthCheck], deadline=None)
    @given(values(data_type, form))
    def write(value: Any) -> None:
        value = [] if form == "image" and not any(value) else value
        headers = {"Content-Type": "application/json"}
        body = orjson.dumps(value)
        check(strict.request("PUT", asked, body=body, headers=headers).json, value)
        query = urlencode([("v", each) for each in texts(value, data_type, form)])
        check(strict.request("PUT", asked, query_string=query).json, value)

    write()


def test_every_type_is_drawn() -> None:
    assert {data_type for _, data_type, _ in ATTRIBUTES} <= {*SCALARS}
    assert {*FLOATS, *INTEGERS} <= {*SCALARS}
