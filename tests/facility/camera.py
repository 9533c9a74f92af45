"""A device server with a camera, whose image fills an answer of 24 MB: `camera.py INSTANCE`."""

from __future__ import annotations

import sys

import numpy as np
from tango.server import Device, attribute, run

SIZE = 2048


class Camera(Device):
    """`image` is `[y][x]` of 16 bits, `small` a part of it."""

    def init_device(self) -> None:
        super().init_device()
        self._image = np.random.default_rng(0).integers(0, 2**16, (SIZE, SIZE), np.uint16)

    @attribute(dtype=(("DevUShort",),), max_dim_x=SIZE, max_dim_y=SIZE)
    def image(self) -> object:
        return self._image

    @attribute(dtype=(("DevUShort",),), max_dim_x=SIZE, max_dim_y=SIZE)
    def small(self) -> object:
        return self._image[:251, :251]


if __name__ == "__main__":
    run([Camera], args=["Camera", *sys.argv[1:]])
