"""A device server that counts what was sent to it: a command and a pipe, which take their time."""

from __future__ import annotations

import sys
import time
from typing import Any

from tango.server import Device, attribute, command, run

try:
    from tango.server import pipe
except ImportError:  # PyTango 10.1 and later
    pipe = None

TAKES = 1.5
"""s"""


class Counting(Device):
    """Count is a command that takes long; the pipe takes as long to be written."""

    def init_device(self) -> None:
        super().init_device()
        self.counted = 0

    @attribute(dtype=int)
    def runs(self) -> int:
        return self.counted

    @command(dtype_in=int, dtype_out=int)
    def count(self, argument: int) -> int:
        self.counted += 1
        time.sleep(TAKES)
        return argument

    if pipe is not None:

        def read_slow(self) -> Any:
            return "b", [{"name": "x", "value": 1}]

        def write_slow(self, _: Any) -> None:
            self.counted += 1
            time.sleep(TAKES)

        slow = pipe(fget=read_slow, fset=write_slow)


if __name__ == "__main__":
    run([Counting], args=["Counting", *sys.argv[1:]])
