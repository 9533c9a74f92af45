"""Blobs for pipes: values of each type that an element can have, and blobs that are refused."""

from __future__ import annotations

from typing import Any

from mtango_ref.pipe_input import MAX_DEPTH, TYPES

TEXTS = [
    "",
    "a",
    "Größe 5 µm",
    "\u65e5\u672c",
    "Ã© is two characters",
    "a,b/c+d_e \\ \"'\n",
    "\U0001f600",
]
INTEGERS = {
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in (
        ("Short", 16), ("Long", 32), ("Long64", 64)
    )},
    **{name: (0, 2**bits - 1) for name, bits in (
        ("UShort", 16), ("ULong", 32), ("ULong64", 64)
    )},
    "Enum": (0, 2**15 - 1),
}  # fmt: skip
SCALARS: dict[str, list[Any]] = {
    **{f"Dev{name}": [*ends, 1] for name, ends in INTEGERS.items()},
    "DevBoolean": [True, False],
    "DevFloat": [0.1, -0.0, 3.4028235e38, "NaN", "Infinity", "-Infinity"],
    "DevDouble": [0.1, 5e-324, 1.7976931348623157e308, "NaN", "Infinity", "-Infinity"],
    "DevString": TEXTS,
    "DevState": ["ON", "RUNNING", "UNKNOWN"],
    "DevEncoded": [
        {"format": "raw", "data": "AAH/"},
        {"format": "", "data": ""},
        {"format": "5 µm \u65e5", "data": "AA=="},
    ],
}
LISTS: dict[str, list[Any]] = {
    "DevVarCharArray": [0, 1, 255],
    **{
        f"DevVar{name.removeprefix('Dev')}Array": values
        for name, values in SCALARS.items()
        if name not in ("DevEnum", "DevEncoded")
    },
}
assert {*SCALARS, *LISTS, "DevPipeBlob"} == {*TYPES}


def element(data_type: Any, value: Any, name: Any = "x") -> dict[str, Any]:
    return {"name": name, "type": data_type, "value": value}


def blob(*elements: Any, name: str = "b") -> dict[str, Any]:
    return {"name": name, "data": [*elements]}


def nested(depth: int) -> dict[str, Any]:
    """Make a blob with so many others within it."""
    inner = blob(element("DevLong", 1))
    for _ in range(depth):
        inner = blob(element("DevPipeBlob", inner))
    return inner


def read_back(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what reading the pipe answers as `data`: lists without types, blobs with theirs."""
    return [
        {"name": each["name"], "value": _answered(each["type"], each["value"])}
        for each in content["data"]
    ]


def _answered(data_type: str, value: Any) -> Any:
    if data_type == "DevPipeBlob":
        inner = value[0] if isinstance(value, list) else value
        return {"name": inner["name"], "data": read_back(inner)}
    return value if isinstance(value, list) else [value]


AN_ELEMENT = "expected an element: {name: .., type: .., value: ..}"
A_BLOB = "expected a blob: {name: .., data: [..]}"
A_TYPE = f"expected one of {', '.join(TYPES)}"
ONE = element("DevLong", 1)
REFUSED: list[tuple[Any, str]] = [
    (None, f"null is not valid; {A_BLOB}"),
    ([], f"[] is not valid; {A_BLOB}"),
    ("text", f"'text' is not valid; {A_BLOB}"),
    ({}, f"name is missing; {A_BLOB}"),
    ({"name": "b"}, f"data is missing; {A_BLOB}"),
    ({**blob(), "size": 1}, f"'size' is not a key here; {A_BLOB}"),
    ({"name": 5, "data": [ONE]}, "name: 5 is not valid; expected text"),
    (
        {"name": "a\0", "data": [ONE]},
        r"name: 'a\x00' is not valid; expected text without NUL and lone surrogates",
    ),
    ({"name": "b", "data": {}}, "data: {} is not valid; expected a list of elements"),
    (blob(), "data: [] is not valid; expected at least one element"),
    (blob(5), f"data[0]: 5 is not valid; {AN_ELEMENT}"),
    (blob(ONE, {"name": "y", "value": 1}), f"data[1]: type is missing; {AN_ELEMENT}"),
    (blob({"name": "y", "type": "DevLong"}), f"data[0]: value is missing; {AN_ELEMENT}"),
    (blob({"type": "DevLong", "value": 1}), f"data[0]: name is missing; {AN_ELEMENT}"),
    (blob({**ONE, "dtype": 1}), f"data[0]: 'dtype' is not a key here; {AN_ELEMENT}"),
    (blob(element("DevLong", 1, name=None)), "data[0].name: null is not valid; expected text"),
    *(
        (
            blob(element(name, 1)),
            f"data[0].type: {name!r} is not valid; {A_TYPE}",
        )
        for name in (
            *("DevUChar", "DevVoid", "DevInt", "ConstDevString", "DevVarEncodedArray", "devlong"),
            *("DevVarLongStringArray", "DevVarDoubleStringArray", "", 5, ["DevLong"]),
        )
    ),
    (blob(element(None, 1)), f"data[0].type: null is not valid; {A_TYPE}"),
    (
        blob(element("DevLong", "x")),
        "data[0].value (DevLong): 'x' is not valid; expected an integer in -2147483648..2147483647",
    ),
    (
        blob(element("DevLong", [1, 2])),
        "data[0].value (DevLong): [1, 2] is not valid; expected an integer in"
        " -2147483648..2147483647",
    ),
    (
        blob(element("DevVarShortArray", [1, 2**15])),
        "data[0].value (DevVarShortArray): element 1: 32768 is not valid; expected an integer in"
        " -32768..32767",
    ),
    (
        blob(element("DevVarShortArray", 1)),
        "data[0].value (DevVarShortArray): 1 is not valid; expected a list",
    ),
    (
        blob(element("DevString", 5)),
        "data[0].value (DevString): 5 is not valid; expected text",
    ),
    (
        blob(element("DevEncoded", "AAH/")),
        "data[0].value (DevEncoded): 'AAH/' is not valid; expected {format: text, data: base64}",
    ),
    (
        blob(ONE, element("DevPipeBlob", blob(ONE, element("DevLong", 1.5, name="y")), name="z")),
        "data[1].value.data[1].value (DevLong): 1.5 is not valid; expected an integer in"
        " -2147483648..2147483647",
    ),
    (
        blob(element("DevPipeBlob", [1])),
        f"data[0].value: 1 is not valid; {A_BLOB}",
    ),
    (
        blob(element("DevPipeBlob", blob())),
        "data[0].value.data: [] is not valid; expected at least one element",
    ),
    (
        blob(ONE, element("DevPipeBlob", [blob(element("DevPipeBlob", blob()))], name="y")),
        "data[1].value.data[0].value.data: [] is not valid; expected at least one element",
    ),
    (
        nested(MAX_DEPTH + 1),
        "data[0].value." * MAX_DEPTH + "data[0].value: more than 50 blobs within one another",
    ),
]
"""The bodies that are refused, and the sentence that says where and why."""
DUPLICATE = (
    blob(ONE, element("DevLong", 2, name="y"), element("DevLong", 3, name="X")),
    "data[2].name: 'X' is the name of two elements; expected another one",
)
