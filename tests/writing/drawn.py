"""Values of each data type of Tango as JSON holds them, drawn at random; and the same as tables."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import strategies as st

from mtango_ref.dev_float import fewest_digits
from mtango_ref.json_values import value
from mtango_ref.model import CmdArgType, DevState
from mtango_ref.names import lower
from mtango_ref.pipe_input import TYPES
from mtango_ref.tango_types import ARRAYS, INTEGERS, PAIRS

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
"""The texts that Tango can send: no NUL, which ends its texts, and no half of a pair."""


def _encoded(format_: str, data: bytes) -> dict[str, str]:
    return {"format": format_, "data": base64.b64encode(data).decode()}


SCALARS: dict[CmdArgType, st.SearchStrategy[Any]] = {
    **{
        data_type: st.integers(int(number.least), int(number.largest))
        for data_type, number in INTEGERS.items()
    },
    CmdArgType.DevFloat: st.floats(width=32).map(lambda drawn: value(fewest_digits(drawn))),
    CmdArgType.DevDouble: st.floats(width=64).map(value),
    CmdArgType.DevBoolean: st.booleans(),
    CmdArgType.DevString: TEXTS,
    CmdArgType.DevState: st.sampled_from([*DevState.__members__]),
    CmdArgType.DevEncoded: st.builds(_encoded, TEXTS, st.binary(max_size=40)),
    CmdArgType.DevEnum: st.integers(0, 2**15 - 1),
}


def values(data_type: CmdArgType) -> st.SearchStrategy[Any]:
    """Draw values of a type, as a command echoes them."""
    if data_type in PAIRS:
        number, pair = PAIRS[data_type]
        key, _ = pair._fields
        numbers, texts = (st.lists(SCALARS[each], max_size=5) for each in (number, STRING))
        return st.fixed_dictionaries({key: numbers, "svalue": texts})
    if data_type in ARRAYS:
        return st.lists(SCALARS[ARRAYS[data_type]], max_size=9)
    return SCALARS[data_type]


STRING = CmdArgType.DevString


def blobs(depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Draw blobs for a pipe; one within another has elements, which Tango asks for."""
    leaf = st.sampled_from([TYPES[name] for name in TYPES if name != "DevPipeBlob"]).flatmap(
        lambda data_type: st.tuples(st.just(data_type.value), _in_a_pipe(data_type))
    )
    inner = st.tuples(st.just("DevPipeBlob"), blobs(depth - 1)) if depth else leaf
    elements = st.lists(
        st.tuples(TEXTS, st.one_of(leaf, leaf, inner)),
        min_size=1,
        max_size=5,
        unique_by=lambda drawn: lower(drawn[0]),
    )
    return st.builds(_blob, TEXTS, elements)


def _in_a_pipe(data_type: CmdArgType) -> st.SearchStrategy[Any]:
    """Draw a list of one also as its element alone, which stands for it."""
    alone = values(data_type)
    return alone if data_type in ARRAYS else st.one_of(alone, alone.map(lambda drawn: [drawn]))


def _blob(name: str, elements: list[tuple[str, tuple[str, Any]]]) -> dict[str, Any]:
    data = [{"name": each, "type": kind, "value": drawn} for each, (kind, drawn) in elements]
    return {"name": name, "data": data}
