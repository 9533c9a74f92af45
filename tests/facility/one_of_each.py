"""A device server with the data types, qualities and failures that TangoTest 9.3.4 lacks."""

from __future__ import annotations

import sys
import time
from enum import IntEnum
from typing import Any

import numpy as np
from tango import AttrQuality, AttrWriteType, DevState, DispLevel
from tango.server import Device, attribute, command, run

try:
    from tango.server import pipe
except ImportError:  # PyTango 10.1 and later
    pipe = None

NAN, INF = float("nan"), float("inf")
LATIN = "Größe 5 µm"
"""Text that is not ASCII, but Latin-1, all that PyTango can send."""


class Colour(IntEnum):
    """Labels of the enumerated attributes."""

    RED = 0
    GREEN = 1
    DARK_BLUE = 2


def constant(value: Any, dtype: Any, **settings: Any) -> attribute:
    """Make an attribute that always has this value, or (value, time, quality)."""

    def read(_device: Device) -> Any:
        return value

    return attribute(fget=read, dtype=dtype, **settings)


def of_quality(quality: AttrQuality) -> attribute:
    """Make a scalar that always has this quality."""
    return constant((1.5, 1.6e9, quality), float)


class OneOfEach(Device):
    """One attribute or command of each kind; the values never change by themselves."""

    enum_scalar = attribute(dtype=Colour, access=AttrWriteType.READ_WRITE, memorized=True)
    enum_spectrum = constant([Colour.DARK_BLUE, Colour.RED], (Colour,), max_dim_x=4)
    enum_image = constant([[Colour.GREEN], [Colour.RED]], ((Colour,),), max_dim_x=4, max_dim_y=4)
    encoded_scalar = attribute(dtype="DevEncoded", access=AttrWriteType.READ_WRITE)
    state_scalar = constant(DevState.MOVING, DevState)
    state_spectrum = constant([DevState.ON, DevState.FAULT], (DevState,), max_dim_x=4)
    state_image = constant(
        [[DevState.ON, DevState.OFF], [DevState.INIT, DevState.ALARM]],
        ((DevState,),),
        max_dim_x=4,
        max_dim_y=4,
    )
    empty_spectrum = constant([], (float,), max_dim_x=4)
    empty_image = constant(np.zeros((0, 0)), ((float,),), max_dim_x=4, max_dim_y=4)
    empty_strings = constant([], (str,), max_dim_x=4)
    empty_states = constant([], (DevState,), max_dim_x=4)
    empty_text = constant("", str)
    invalid_scalar = constant((0.0, 1.6e9, AttrQuality.ATTR_INVALID), float)
    invalid_spectrum = constant(
        (np.zeros(2), 1.6e9, AttrQuality.ATTR_INVALID), (float,), max_dim_x=4
    )
    alarm = of_quality(AttrQuality.ATTR_ALARM)
    warning = of_quality(AttrQuality.ATTR_WARNING)
    changing = of_quality(AttrQuality.ATTR_CHANGING)
    nan_scalar = constant(NAN, float)
    inf_scalar = constant(-INF, "DevFloat")
    nan_spectrum = constant([1.5, NAN, INF, -INF], (float,), max_dim_x=4)
    nan_image = constant([[1.5, NAN], [INF, -INF]], ((float,),), max_dim_x=4, max_dim_y=4)
    lowest_long64 = constant(-(2**63), "DevLong64")
    highest_ulong64 = constant(2**64 - 1, "DevULong64")
    extreme_long64s = constant(np.array([-(2**63), 2**63 - 1]), ("DevLong64",), max_dim_x=4)
    latin_scalar = constant(
        LATIN, str, label=LATIN, unit="µm", description=LATIN, display_unit="µm"
    )
    latin_spectrum = constant([LATIN, "plain"], (str,), max_dim_x=4)
    latin_image = constant([[LATIN, "a"], ["b", "c"]], ((str,),), max_dim_x=4, max_dim_y=4)
    crash = attribute(dtype=float)
    slow = attribute(dtype=float)
    delay = attribute(dtype=float, access=AttrWriteType.READ_WRITE, unit="s", memorized=True)
    configured = attribute(
        dtype=float,
        access=AttrWriteType.READ_WRITE,
        memorized=True,
        hw_memorized=True,
        display_level=DispLevel.EXPERT,
        description="All is set",
        label="Configured",
        unit="mm",
        standard_unit="m",
        display_unit="mm!",
        format="%4.1f",
        min_value=-100,
        max_value=100,
        min_alarm=-90,
        max_alarm=90,
        min_warning=-80,
        max_warning=80,
        delta_t=500,
        delta_val=5,
        rel_change=1,
        abs_change=0.5,
        period=250,
        archive_rel_change=2,
        archive_abs_change=3,
        archive_period=4000,
        polling_period=500,
    )

    def init_device(self) -> None:
        super().init_device()
        self.set_state(DevState.STANDBY)
        self.set_status(LATIN)
        self.colour, self.encoded, self.seconds, self.set_value = (
            Colour.GREEN,
            ("raw", b""),
            0.0,
            0.0,
        )

    def read_enum_scalar(self) -> Colour:
        return self.colour

    def write_enum_scalar(self, value: Colour) -> None:
        self.colour = value

    def read_encoded_scalar(self) -> tuple[str, bytes]:
        return self.encoded

    def write_encoded_scalar(self, value: tuple[str, bytes]) -> None:
        self.encoded = value

    def read_configured(self) -> float:
        return self.set_value

    def write_configured(self, value: float) -> None:
        self.set_value = value

    def read_crash(self) -> float:
        raise RuntimeError("crashed on purpose")

    def read_delay(self) -> float:
        return self.seconds

    def write_delay(self, value: float) -> None:
        self.seconds = value

    def read_slow(self) -> float:
        time.sleep(self.seconds)
        return self.seconds

    @command(polling_period=500, dtype_out="DevVarLongStringArray")
    def longs_and_strings(self) -> Any:
        return [[1, -2, 2**31 - 1], ["a", LATIN]]

    @command(polling_period=500, dtype_out="DevVarDoubleStringArray")
    def doubles_and_strings(self) -> Any:
        return [[1.5, NAN, -INF], ["a", "b"]]

    @command(polling_period=500, dtype_out=(str,))
    def strings(self) -> list[str]:
        return ["a", LATIN]

    @command(polling_period=500, dtype_out=(float,))
    def doubles(self) -> list[float]:
        return [1.5, INF]

    @command(polling_period=500, dtype_out=(bool,))
    def booleans(self) -> list[bool]:
        return [True, False]

    @command(polling_period=500, dtype_out="DevEncoded")
    def encoded_bytes(self) -> tuple[str, bytes]:
        return "raw", b"\x00\xff"

    @command(polling_period=500, dtype_out=DevState, display_level=DispLevel.EXPERT)
    def a_state(self) -> DevState:
        return DevState.MOVING

    @command(polling_period=500)
    def nothing(self) -> None:
        pass

    @command(polling_period=500, dtype_out=float)
    def failing(self) -> float:
        raise RuntimeError("failed on purpose")

    @command(dtype_in="DevVarLongStringArray", dtype_out="DevVarLongStringArray")
    def echo_longs_and_strings(self, value: Any) -> Any:
        return value

    @command(dtype_in="DevVarDoubleStringArray", dtype_out="DevVarDoubleStringArray")
    def echo_doubles_and_strings(self, value: Any) -> Any:
        return value

    @command(dtype_in="DevEncoded", dtype_out="DevEncoded")
    def echo_encoded(self, value: tuple[str, bytes]) -> tuple[str, bytes]:
        return value

    if pipe is not None:

        @pipe
        def nested(self) -> Any:
            inner = (
                "inner",
                [{"name": "x", "value": 1.5}, {"name": "names", "value": ["a", LATIN]}],
            )
            return (
                "outer",
                [
                    {"name": "blob", "value": inner},
                    {"name": "longs", "value": [1, 2], "dtype": ("DevLong",)},
                    {"name": "state", "value": DevState.ON},
                    {"name": "flag", "value": True},
                    {"name": "nan", "value": NAN},
                ],
            )


if __name__ == "__main__":
    run([OneOfEach], args=["OneOfEach", *sys.argv[1:]])
