"""A device server that fails whatever its own code is asked for."""

from __future__ import annotations

import sys

from tango import Except
from tango.server import Device, attribute, command, run


class Failing(Device):
    """always_executed_hook comes before each reading and each command."""

    def always_executed_hook(self) -> None:
        Except.throw_exception("R", "D", "O")

    @attribute(dtype=int)
    def x(self) -> int:
        return 1

    @command(dtype_out=int)
    def c(self) -> int:
        return 1


if __name__ == "__main__":
    run([Failing], args=["Failing", *sys.argv[1:]])
