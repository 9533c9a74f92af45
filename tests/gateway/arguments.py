"""Some forty arguments for a command of each data type of Tango, as JSON can hold them."""

from __future__ import annotations

from typing import Any

from mtango_ref.model import CmdArgType, DevState

NAN, INF = float("nan"), float("inf")

SHALLOW: list[Any] = [[[]], {"a": {"a": [1]}}]
DEEP: list[Any] = []
for _ in range(1000):  # a body of JSON may be 1,023 deep
    DEEP = [DEEP]

ANYWHERE: list[Any] = [
    *(None, True, False, 0, 1, -1, 7, 1.0, -0.0, 0.5, 2**64, 1e300, NAN, INF, -INF),
    *("", "1", "ON", "RED", "NaN", "Infinity", "-Infinity", "nan", "Größe 5 µm", "日本", "\0"),
    *("a\0b", "\ud800", "a\udfffb", "\U0001f600", [], [[]], {}, {"a": 1}, *SHALLOW, DEEP),
]
"""The arguments for each type: its own zero, and what is another type's."""

INTEGERS = {
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in (
        ("Short", 16), ("Long", 32), ("Long64", 64), ("Int", 32), ("Enum", 15)
    )},
    **{name: (0, 2**bits - 1) for name, bits in (
        ("UChar", 8), ("UShort", 16), ("ULong", 32), ("ULong64", 64)
    )},
}  # fmt: skip
ENDS: dict[str, list[Any]] = {
    **{name: [low, high, low - 1, high + 1, float(high)] for name, (low, high) in INTEGERS.items()},
    "Enum": [2**15 - 1, -(2**15), 2**15, -(2**15) - 1, "GREEN"],
    "Float": [
        *(3.4028235e38, -3.4028235e38, 3.4028234663852886e38, 3.4028236e38, 3.402823669209385e38),
        *(1e39, -1e39, 1e-45, 1e-46, 0.1, 16777217, 10**309),
    ],
    "Double": [1.7976931348623157e308, -1.7976931348623157e308, 5e-324, 10**308, 10**309, 2**53],
    "State": [*DevState.__members__, "on", "NOPE", 13],
    "String": ["a b", "Ã¼ is two characters", "\ufffe", "\x7f\x80\xff", "x" * 5000],
    "Encoded": [
        *({"format": "raw", "data": data} for data in ("", "AAH/", "AAH", "?", "A A=", 1, None)),
        *({"format": format_, "data": "AAH/"} for format_ in ("", "µ", "a\0", "\ud800", 1, None)),
        *({"data": ""}, {"format": ""}, {"format": "", "data": "", "more": 1}, ["raw", "AAH/"]),
    ],
}
"""Both ends of a type, what is one beyond, and what only it can hold."""

PAIRS: dict[str, tuple[str, list[Any]]] = {
    "DevVarLongStringArray": ("lvalue", [*ENDS["Long"], 1.0, True, "1", None]),
    "DevVarDoubleStringArray": ("dvalue", [*ENDS["Double"], NAN, INF, "NaN", "nan", True, None]),
}
NO_NUMBERS: list[Any] = [None, 1, "1", {}, [[1]]]
NO_TEXTS: list[Any] = [None, 1, "ab", {}, [["a"]]]
TEXTS: list[Any] = ["a", "日本", "", "a\0b", "\ud800", 1, None, ["a"]]


def arguments(data_type: CmdArgType) -> list[Any]:
    """List what a command that takes the type is asked with; NaN and lone surrogates too,
    which only a client of the backend can send."""
    name = data_type.value
    if name in PAIRS:
        return [*ANYWHERE, *_pairs(*PAIRS[name])]
    if name.startswith("DevVar"):
        element = name.removeprefix("DevVar").removesuffix("Array").replace("Char", "UChar")
        return [*ANYWHERE, *_lists([*ANYWHERE, *ENDS.get(element, [])])]
    own = name.removeprefix("Const").removeprefix("Dev")
    return [*ANYWHERE, *ENDS.get(own, [])]


def _lists(elements: list[Any]) -> list[Any]:
    return [*([each] for each in elements), *([0, each] for each in elements), [True, False], [""]]


def _pairs(key: str, numbers: list[Any]) -> list[Any]:
    return [
        {key: [], "svalue": []},
        *({key: [each], "svalue": ["a"]} for each in numbers),
        *({key: [1], "svalue": [each]} for each in TEXTS),
        *({key: each, "svalue": []} for each in NO_NUMBERS),
        *({key: [], "svalue": each} for each in NO_TEXTS),
        *({key: []}, {"svalue": []}, {key: [], "svalue": [], "more": []}, [[1], ["a"]]),
        *({"lvalue": [1], "svalue": []}, {"dvalue": [1], "svalue": []}, {"dvalue": [0.5]}),
    ]
