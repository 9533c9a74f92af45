"""An attribute's values as a fixture has them: one that stands still, an error, a simulation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, pstdev
from typing import NamedTuple

import numpy as np

from mtango_ref.interface import Attribute, Backend, Device
from mtango_ref.model import (
    AttrDataFormat,
    AttributeInfoEx,
    CmdArgType,
    ConnectionFailed,
    DevFailed,
    DeviceAttribute,
)
from mtango_ref.tango_types import NUMBERS
from mtango_ref.tools.recorder.model_to_fixture import (
    Words,
    raises_words,
    shortened,
    value_words,
)

SECONDS = 5
"""A scalar number is read at the beginning and again after each second, an array of numbers at
the beginning and at the end, anything else at the beginning."""


LARGEST = 10_000
"""Elements of an array beyond which it is shortened; a fixture is to be read by people too."""

TIMEOUTS = 3
"""Attributes of a device that may not answer before the device counts as not answering."""


class Watched(NamedTuple):
    """The outcome of watching the attributes of a device."""

    words: dict[str, Words]
    """The words of each attribute: value and quality, or raises, or simulation."""
    shortened: list[str]
    """The attributes whose arrays had more than LARGEST elements."""


def watch(backend: Backend, device: Device, configs: Sequence[AttributeInfoEx]) -> Watched:
    """Read for SECONDS s. ConnectionFailed: the device does not answer any more."""
    reader = _Reader(backend, device)
    scalars, arrays = _numbers(configs)
    words = {
        # At once, for texts are large.
        each.name: _reading_words(reader.read(each.name))
        for each in configs
        if each.name not in (*scalars, *arrays)
    }
    cut = [name for name, each in words.items() if shortened(each, LARGEST)]
    first = {name: reader.read(name) for name in (*scalars, *arrays)}
    series = {name: _finite(first[name]) for name in scalars}
    for _ in range(SECONDS if scalars or arrays else 0):
        time.sleep(1)
        for name in scalars:
            series[name] += _finite(reader.read(name))
    simulations = {
        **{name: _slewing(values) for name, values in series.items()},
        **{name: _uniform(first[name], reader.read(name)) for name in arrays},
    }
    for name, simulation in simulations.items():
        words[name] = {"simulation": simulation} if simulation else _reading_words(first.pop(name))
        if shortened(words[name], LARGEST):
            cut.append(name)
    return Watched(words, cut)


class _Reader:
    """Reads the attributes of one device."""

    def __init__(self, backend: Backend, device: Device) -> None:
        self._backend, self._device = backend, device
        self._proxies: dict[str, Attribute] = {}
        self._timeouts = 0

    def read(self, name: str) -> DeviceAttribute | DevFailed:
        """Read a value, or why there is none. ConnectionFailed: not this attribute's fault."""
        proxy = self._proxies.get(name)
        if proxy is None:
            proxy = self._backend.get_attribute_proxy(self._device, name)
            self._proxies[name] = proxy
        try:
            return proxy.read()
        except ConnectionFailed as error:
            self._timeouts += 1
            if self._timeouts == TIMEOUTS:
                raise
            self._device.state()
            return error
        except DevFailed as error:
            return error


def _reading_words(reading: DeviceAttribute | DevFailed) -> Words:
    if isinstance(reading, DevFailed):
        return {"raises": raises_words(reading.errors)}
    return value_words(reading)


def _numbers(configs: Sequence[AttributeInfoEx]) -> tuple[list[str], list[str]]:
    """List the names of the attributes that are a number, and of those that are many."""
    scalar = AttrDataFormat.SCALAR
    numbers = [each for each in configs if each.data_type in NUMBERS]
    flags = [each for each in configs if each.data_type is CmdArgType.DevBoolean]
    scalars = [each.name for each in numbers if each.data_format is scalar]
    return scalars, [each.name for each in numbers + flags if each.data_format is not scalar]


def _finite(reading: DeviceAttribute | DevFailed) -> list[float]:
    """Return the value, if there is one that can be reckoned with."""
    value = None if isinstance(reading, DevFailed) else reading.value
    return [] if value is None or not np.isfinite(value) else [value]


def _slewing(values: Sequence[float]) -> Words | None:
    """Find what moves like these values, taken one a second; None if they do not move."""
    steps = [abs(after - before) for before, after in pairwise(values)]
    changes = sum(step > 0 for step in steps)
    if not changes:
        return None
    return {
        "quantity_simulation_type": "GaussianSlewLimited",
        "mean": fmean(values),
        "std_dev": pstdev(values),
        "max_slew_rate": float(max(steps)),
        "min_bound": float(min(values)),
        "max_bound": float(max(values)),
        "update_period": round(1000 * len(steps) / changes),
    }


def _uniform(*readings: DeviceAttribute | DevFailed) -> Words | None:
    """Find what is as large, of numbers in the same range; None if it does not move, or if its
    numbers are not whole."""
    good = [each.value for each in readings if isinstance(each, DeviceAttribute)]
    arrays = [np.asarray(value) for value in good if value is not None]
    if not arrays or not arrays[-1].size or np.array_equal(arrays[0], arrays[-1]):
        return None
    last = arrays[-1]
    with np.errstate(invalid="ignore"):
        if (last % 1).any():  # what is not finite leaves NaN
            return None
    limits = {} if last.dtype == bool else {"min": int(last.min()), "max": int(last.max())}
    dims = dict(zip(("dim_x", "dim_y"), reversed(last.shape), strict=False))
    return {"quantity_simulation_type": "Uniform", **limits, **dims}
