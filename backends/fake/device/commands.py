"""Commands of running devices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mtango_ref import tango_errors
from mtango_ref.backends.fake.device.faults import DeviceFaults
from mtango_ref.backends.fake.timing.clock import Clock
from mtango_ref.backends.fake.timing.polling import Polling
from mtango_ref.model import CmdArgType, CommandInfo, DevFailed, DeviceDataHistory
from mtango_ref.names import lower


def output(out_type: CmdArgType, value: Any) -> Any:
    """Give what arrives of a command's value. DevFailed: PyTango cannot read it."""
    if out_type is CmdArgType.DevVarStateArray:
        # cppTango, DeviceData::get_type: it knows no sequence of states.
        raise tango_errors.output_not_readable()
    # PyTango takes a DevUChar, which no command of C++ can give, for nothing.
    return None if out_type is CmdArgType.DevUChar else value


ExecuteAt = Callable[[float], DeviceDataHistory]
"""The outcome at a time; a failure has the innermost error in its err_stack."""

Effect = Callable[[float, float], None]
"""The effect of a command on its device: (from when on, now), in s since the epoch."""


def no_effect(_: float, __: float) -> None:
    """Change nothing, as most commands."""


def overlaid_command(name: str, execute: ExecuteAt, faults: DeviceFaults) -> ExecuteAt:
    """Overlay the executions of a command with the faults of its device."""
    key = lower(name)

    def execute_at(time: float) -> DeviceDataHistory:
        # A device that fails does not get as far as its command.
        if faults.entries and (fault := faults.failure(key, time)) is not None:
            return DeviceDataHistory(None, time, (fault.error,))
        return execute(time)

    return execute_at


@dataclass(frozen=True)
class FakeCommand:
    """A command of a running device."""

    info: CommandInfo
    execute_at: ExecuteAt
    """The outcome that polling keeps."""
    clock: Clock
    faults: DeviceFaults
    polling: Polling | None = None
    is_dynamic: bool = False
    """True if the class does not have it: Tango, which polls only what the class has, does not even
    find it then."""
    is_echo: bool = False
    takes: float = 0.0
    """s"""
    effect: Effect = no_effect
    function: Callable[[Any], Any] | None = None
    """The behaviour of a built-in command: argument -> result. DevFailed: the innermost error."""

    def run(self, argument: Any, left: float) -> DeviceDataHistory:
        """Run it within the s that are left, or return what polling found last."""
        now = self.clock()
        if self.polling is not None:
            # cppTango: a client's source is CACHE_DEV, and a polled command is in the cache.
            return self.execute_at(self.polling.last(now))
        outcome = self.execute_at(now)
        # cppTango: a client that gives up does not stop the command.
        if self.takes > left and not outcome.err_stack:
            # Nobody waits for it, but it goes on.
            self.effect(now + self.takes, now)
        if self.takes:
            self.faults.take(self.takes, left)
        if not outcome.err_stack:
            now = self.clock()
            self.effect(now, now)
        # A fault or `raises` of the fixture keeps the control device from doing anything.
        if self.function is not None and not outcome.err_stack:
            try:
                return replace(outcome, value=self.function(argument))
            except DevFailed as failed:
                return replace(outcome, err_stack=failed.errors)
        return replace(outcome, value=argument) if self.is_echo else outcome
