"""The fewest digits of a DevFloat: the same alone and in an array, on both backends."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists

from mtango_ref.backends.pytango.values import from_tango
from mtango_ref.dev_float import LARGEST, fewest_digits, fewest_digits_of, nearest
from mtango_ref.json_text import to_json
from mtango_ref.json_values import PLAIN, value
from mtango_ref.model import CmdArgType

SINGLES = floats(width=32)
"""Any DevFloat: subnormal, infinite and NaN, too."""


def of_one(number: float) -> str:
    return to_json(value(fewest_digits(number))).decode()


def of_array(*numbers: float) -> str:
    return to_json(value(np.array(numbers, np.float32))).decode()


@given(SINGLES)
def test_alone_is_as_in_an_array(number: float) -> None:
    assert [json.loads(of_one(number))] == json.loads(of_array(number))
    assert repr(fewest_digits_of(np.array([number], np.float32)).tolist()) == repr(
        [fewest_digits(number)]
    )


@given(SINGLES)
def test_it_reads_back(number: float) -> None:
    told = fewest_digits(number)
    assert repr(nearest(told)) == repr(number)
    assert repr(fewest_digits(told)) == repr(told)


@given(floats(min_value=-LARGEST, max_value=LARGEST) | SINGLES)
def test_backends_write_a_devfloat_alike(number: float) -> None:
    """The fake makes a DevFloat of any number; PyTango's has more digits."""
    fake = PLAIN[CmdArgType.DevFloat](number)
    real = from_tango(CmdArgType.DevFloat, nearest(number))
    assert repr(fake) == repr(real)


@given(lists(SINGLES, min_size=1, max_size=20))
def test_byte_order_makes_no_difference(numbers: list[float]) -> None:
    array = np.array(numbers, np.float32)
    swapped = array.astype(array.dtype.newbyteorder())
    assert to_json(value(swapped)) == to_json(value(array))
    assert to_json(value(swapped[::-1])) == to_json(value(array[::-1]))


def test_powers_of_two_have_the_fewest_digits() -> None:
    """The DevFloats below one are denser than those above, all others lie evenly."""
    powers = [math.ldexp(sign, exponent) for exponent in range(-149, 128) for sign in (1.0, -1.0)]
    assert [fewest_digits(each) for each in powers] == json.loads(of_array(*powers))


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0.10000000149011612, "0.1"),
        (3.4028234663852886e38, "3.4028235e+38"),
        (1.401298464324817e-45, "1e-45"),
        (1.1754943508222875e-38, "1.1754944e-38"),
        (1.1754942106924411e-38, "1.1754942e-38"),
        (16777216.0, "16777216.0"),
        (-0.0, "-0.0"),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
)
def test_number_has_the_fewest_digits(number: float, told: str) -> None:
    assert repr(fewest_digits(number)) == told


def test_number_beyond_the_range_overflows() -> None:
    with pytest.raises(OverflowError):
        fewest_digits(3.4028236e38)
