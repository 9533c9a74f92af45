"""The simulations that the fixture language has, a file for each family of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mtango_ref.backends.fake.generators.fields import Noise, Spot
from mtango_ref.backends.fake.generators.random_values import RandomText, Uniform
from mtango_ref.backends.fake.generators.replay import Replay
from mtango_ref.backends.fake.generators.simlib import ConstantQuantity, GaussianSlewLimited
from mtango_ref.backends.fake.generators.steps import Counter, RandomWalk
from mtango_ref.backends.fake.generators.waves import Ramp, Sine, Square

Simulation = Annotated[
    ConstantQuantity
    | GaussianSlewLimited
    | Uniform
    | RandomText
    | Sine
    | Ramp
    | Square
    | Counter
    | RandomWalk
    | Noise
    | Spot
    | Replay,
    Field(discriminator="quantity_simulation_type"),
]
