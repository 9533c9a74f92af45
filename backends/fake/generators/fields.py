"""Spectra and images."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import cache
from math import exp, hypot, pi, sin
from random import Random
from statistics import NormalDist
from typing import Annotated, Any, Literal

from pydantic import Field

from mtango_ref.backends.fake.quantities import (
    IMAGE,
    SPECTRUM,
    BoundedQuantity,
    Deviation,
    Dim,
    Draw,
    Finite,
    Model,
    Positive,
    Problems,
    Quantity,
    as_number,
    clip,
    generator,
)
from mtango_ref.backends.fake.values import Shape
from mtango_ref.tango_types import NUMBERS


class Spot(Quantity):
    """A cone of light on a dark image, as high as its radius, wandering about the middle."""

    quantity_simulation_type: Literal["Spot"]
    peak: Annotated[int, Field(ge=1, le=127)] = 32
    dim_x: Dim
    dim_y: Dim

    def problems(self, shape: Shape) -> Problems:
        yield from self._suits(shape, NUMBERS, IMAGE)

    def draw(self, shape: Shape, seed: str) -> Draw:
        peak, dim_x, dim_y = self.peak, self.dim_x, self.dim_y
        element = as_number(shape)
        dark = [element(0)] * dim_x

        def draw(number: int) -> Any:
            drawn = generator(f"{seed}/{number}")
            middle_x, middle_y = (dim * drawn.uniform(0.4, 0.6) for dim in (dim_x, dim_y))

            def row(y: int) -> list[Any]:
                if abs(y - middle_y) >= peak:
                    return dark
                heights = (peak - hypot(x - middle_x, y - middle_y) for x in range(dim_x))
                return [element(max(height, 0)) for height in heights]

            return [row(y) for y in range(dim_y)]

        return draw


class Peak(Model):
    """A gaussian peak: its height, where its middle is and how wide it is, in elements."""

    height: Finite
    x: Finite
    y: Finite = 0.0
    width: Positive
    """One standard deviation."""

    def at(self, x: int, y: int) -> float:
        """How high it is there."""
        away = hypot(x - self.x, y - self.y) / self.width
        return self.height * exp(-away * away / 2)


class Noise(BoundedQuantity):
    """A shape that stays, and gaussian noise upon it: offset, and a sine along x
    (amplitude * sin(2 pi x / elements_per_turn)), and peaks."""

    quantity_simulation_type: Literal["Noise"]
    offset: Finite = 0.0
    amplitude: Finite = 0.0
    elements_per_turn: Positive = 360.0
    peaks: Annotated[list[Peak], Field(max_length=100)] = Field(default_factory=list)
    std_dev: Deviation = 1.0
    dim_x: Dim
    dim_y: Dim = 0

    def problems(self, shape: Shape) -> Problems:
        yield from self._suits(shape, NUMBERS, SPECTRUM, IMAGE)
        yield from self._bounded(shape)
        for index, peak in enumerate(self.peaks):
            if ("y" in peak.model_fields_set) is not (shape.data_format is IMAGE):
                yield f"peaks.{index}.y", "expected it of an IMAGE, and only there"

    def draw(self, shape: Shape, seed: str) -> Draw:
        quiet = cache(self._quiet)
        std_dev, dim_x = self.std_dev, self.dim_x
        low, high = self._range(shape)
        element = as_number(shape)

        def draw(number: int) -> Any:
            base = quiet()
            noise = _gaussians(generator(f"{seed}/{number}"), len(base))
            values = [each + std_dev * z for each, z in zip(base, noise, strict=True)]
            # Mostly all are within the bounds, and looking is faster than clipping.
            if min(values, default=low) < low or max(values, default=high) > high:
                values = [clip(each, low, high) for each in values]
            elements = values if element is float else list(map(element, values))
            if shape.data_format is SPECTRUM:
                return elements
            return [elements[y * dim_x : (y + 1) * dim_x] for y in range(self.dim_y)]

        return draw

    def _quiet(self) -> array[float]:
        """The shape without noise, row by row."""
        whole = self.elements_per_turn
        waves = [
            self.offset + self.amplitude * sin(2 * pi * (x % whole / whole))
            for x in range(self.dim_x)
        ]
        rows = range(max(self.dim_y, 1))
        return array(
            "d",
            (
                wave + sum(peak.at(x, y) for peak in self.peaks)
                for y in rows
                for x, wave in enumerate(waves)
            ),
        )


@cache
def _quantiles() -> array[float]:
    normal = NormalDist()
    return array("d", (normal.inv_cdf((n + 0.5) / 65536) for n in range(65536)))


def _gaussians(drawn: Random, count: int) -> Iterator[float]:
    """Standard gaussians, each one of 65536 quantiles: ten times as fast as Random.gauss."""
    return map(_quantiles().__getitem__, memoryview(drawn.randbytes(2 * count)).cast("H"))
