"""A device server with every data type that PyTango can give an attribute, a command or a pipe.

It needs PyTango alone, as one_of_each.py. The values never change.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from tango import CmdArgType, DevState
from tango.server import Device, attribute, command, run

try:
    from tango.server import pipe
except ImportError:  # PyTango 10.1 and later
    pipe = None

PERIOD = 500
"""ms between two executions of a command that is polled."""

NAN, INF = float("nan"), float("inf")
FLOATS = [0.1, -0.0, 1e-45, 3.4028235e38, 16777216.0, NAN, INF, -INF]

VALUES: dict[str, list[Any]] = {
    "DevBoolean": [True, False],
    "DevShort": [-(2**15), 2**15 - 1],
    "DevLong": [-(2**31), 2**31 - 1],
    "DevLong64": [-(2**63), 2**63 - 1],
    "DevUChar": [0, 255],
    "DevUShort": [0, 2**16 - 1],
    "DevULong": [0, 2**32 - 1],
    "DevULong64": [0, 2**64 - 1],
    "DevFloat": FLOATS,
    "DevDouble": [0.1, -0.0, 5e-324, 1.7976931348623157e308, NAN, INF, -INF],
    "DevString": ["a", ""],
    "DevState": [DevState.RUNNING, DevState.ON],
}
"""The values of an attribute: of a scalar each of them, of an array all of them."""

PAIRS: dict[str, Any] = {
    "DevVarLongStringArray": [[1, -2], ["a", "b"]],
    "DevVarDoubleStringArray": [[0.1, -0.0, NAN], ["a"]],
}
OTHERS: dict[str, Any] = {
    **PAIRS,
    "DevEncoded": ("raw", b"\x00\xff"),
    "DevEnum": 1,
    "DevPipeBlob": ("blob", [{"name": "x", "value": 1.5}]),
}
"""The other types that a command can give."""

UNREADABLE = frozenset(
    {"DevUShort", "DevULong", "DevVarUShortArray", "DevVarULongArray", "DevVarBooleanArray"}
)
"""The types that PyTango loses, or reads where nothing is, in the history of a command."""


def array_type(name: str) -> str:
    """Name the type of a list of a type; a list of bytes is one of characters."""
    return "DevVarCharArray" if name == "DevUChar" else f"DevVar{name.removeprefix('Dev')}Array"


def constant(value: Any) -> Callable[..., Any]:
    def read(_device):  # type: ignore[no-untyped-def]  # PyTango looks at annotations
        return value

    return read


def attributes() -> dict[str, attribute]:
    made = {}
    for name, values in VALUES.items():
        data_type = getattr(CmdArgType, name)
        size = {"max_dim_x": 9, "max_dim_y": 9}
        for number, value in enumerate(values):
            made[f"{name}_{number}"] = attribute(fget=constant(value), dtype=data_type)
        made[f"{name}_spectrum"] = attribute(
            fget=constant(values), dtype=(data_type,), max_dim_x=size["max_dim_x"]
        )
        image = [values, values[::-1]]
        made[f"{name}_image"] = attribute(fget=constant(image), dtype=((data_type,),), **size)
    return made


def commands() -> dict[str, Any]:
    """Make one command that gives each type, polled if that can be read, and one that takes it."""
    outputs = {
        **{name: values[0] for name, values in VALUES.items()},
        **{array_type(name): values for name, values in VALUES.items()},
        **OTHERS,
    }
    made = {"Fail": failing("Fail")}
    for name, value in outputs.items():
        data_type = getattr(CmdArgType, name)
        made[f"Give{name}"] = giving(f"Give{name}", data_type, value, name not in UNREADABLE)
        made[f"Take{name}"] = taking(f"Take{name}", data_type)
    return made


# PyTango takes the function's name for the command's, and its parameters for its input.


def giving(name: str, data_type: CmdArgType, value: Any, is_polled: bool) -> Any:
    give = constant(value)
    give.__name__ = name
    return command(give, dtype_out=data_type, polling_period=PERIOD if is_polled else -1)


def taking(name: str, data_type: CmdArgType) -> Any:
    def take(_device, _argument):  # type: ignore[no-untyped-def]  # PyTango looks at annotations
        pass

    take.__name__ = name
    return command(take, dtype_in=data_type)


def failing(name: str) -> Any:
    def fail(_device):  # type: ignore[no-untyped-def]  # as above
        raise RuntimeError("failed on purpose")

    fail.__name__ = name
    return command(fail, polling_period=PERIOD)


def pipes() -> dict[str, Any]:
    """Make a pipe for each type, whose blob has one of it and a list; PyTango loses a DevUChar."""
    types = VALUES.keys() - {"DevUChar"} if pipe else ()
    return {f"of_{name}": pipe_of(name, VALUES[name]) for name in sorted(types)}


def pipe_of(name: str, values: Sequence[Any]) -> Any:
    types = getattr(CmdArgType, name), getattr(CmdArgType, array_type(name))
    elements = [
        {"name": "one", "dtype": types[0], "value": values[0]},
        {"name": "list", "dtype": types[1], "value": values},
    ]
    return pipe(fget=constant((name, elements)))


EveryType = type("EveryType", (Device,), {**attributes(), **commands(), **pipes()})

if __name__ == "__main__":
    run([EveryType], args=["EveryType", *sys.argv[1:]])
