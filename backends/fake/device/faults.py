"""The present faults of one device, and what its clients see of them.

A real gateway's answers are the pattern: see tests/gateway/test_tango_faults.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Condition, Lock
from time import monotonic, sleep
from typing import NamedTuple

from mtango_ref import tango_errors
from mtango_ref.backends.fake.timing.clock import Clock
from mtango_ref.calls import Calls, timed_out
from mtango_ref.fixture.faults import (
    ALWAYS_VALID,
    MAX_FAULTS,
    Away,
    Failure,
    Fault,
    Hang,
    Invalid,
    Latency,
    Timeout,
)
from mtango_ref.model import DevError, DevFailed
from mtango_ref.names import lower

_RETURNS_AFTER = 6.0
"""s after which a call to a device that hangs fails by itself: cppTango asks twice, 3 s each."""
_LEAST_WAIT = 0.01
"""s between two looks at the clock."""


class Entry(NamedTuple):
    """A fault that was made at a time, and healed at a time, in s since the epoch."""

    fault: Fault
    made: float
    healed: float = float("inf")
    ended: int = -1
    """The number of the time that was cut short."""

    def number(self, now: float) -> int:
        """Count how often it was present before, as Window.number."""
        number = self.fault.number(now - self.made) if self.made <= now < self.healed else -1
        return -1 if number == self.ended else number

    def cut_short(self, now: float) -> Entry:
        """End it now, until it comes again."""
        # A fault that comes again comes in its turn; one that does not is over.
        if self.fault.every is None:
            return self._replace(healed=now)
        return self._replace(ended=self.number(now))

    def is_over(self, now: float) -> bool:
        """Return True if it comes no more."""
        return self.healed <= now or self.fault.is_over(now - self.made)

    @property
    def of(self) -> str | None:
        """The attribute or command that it is of, in lower case; None if of the device."""
        of: str | None = getattr(self.fault, "of", None)
        return of and lower(of)


class DeviceFaults:
    """The faults of one device. Threads ask it without a lock."""

    def __init__(
        self, device: str, clock: Clock, calls: Calls, since: float, faults: Iterable[Fault] = ()
    ) -> None:
        """Begin with those of the fixture.

        calls: makes the calls that wait for the device, as those of a gateway to a real one.
        """
        self._device, self._clock, self._calls = device, clock, calls
        self._target = f"device {device}"
        self._first = tuple(Entry(fault, since) for fault in faults)
        self.entries = self._first
        """Empty where nothing ever was wrong."""
        self.lock = Lock()
        """The lock on all that can change of the device."""
        self._changed = Condition()

    def add(self, fault: Fault) -> None:
        """Add a fault from now on. Raises ValueError if there are MAX_FAULTS already.

        Keep as many that are over, for what polling recorded of them.
        """
        with self._changed:
            now = self._clock()
            present = [entry for entry in self.entries if not entry.is_over(now)]
            if len(present) >= MAX_FAULTS:
                raise ValueError(
                    f"{self._device} has {MAX_FAULTS} faults already, which is the maximum"
                )
            # A polled reading of the past still looks up what was wrong with it then.
            past = [entry for entry in self.entries if entry.is_over(now)]
            self.entries = (*past[-MAX_FAULTS:], *present, Entry(fault, now))
            self._changed.notify_all()

    def heal(self, of: str | None = None) -> None:
        """End every fault of the device, or of an attribute or command (lower case)."""
        with self._changed:
            now = self._clock()
            self.entries = tuple(
                entry._replace(healed=now)
                if entry.healed > now and of in (None, entry.of)
                else entry
                for entry in self.entries
            )
            self._changed.notify_all()

    def reset(self) -> None:
        """Restore the faults of the fixture, as after the start."""
        with self._changed:
            self.entries = self._first
            self._changed.notify_all()

    def restarted(self) -> None:
        """End what a restart of the device's server ends: that it hangs, or is away."""
        with self._changed:
            now = self._clock()
            self.entries = tuple(
                # A new process takes connections; whether its hardware answers is as before.
                entry.cut_short(now) if self._severs(entry, now) else entry
                for entry in self.entries
            )
            self._changed.notify_all()

    def abandon(self) -> None:
        """Forget all faults of a device that is no more, and hold up nobody for them."""
        with self._changed:
            self.entries = ()
            self._changed.notify_all()

    def recheck(self) -> None:
        """Wake all that wait: the clock was moved."""
        with self._changed:
            self._changed.notify_all()

    def present(self) -> list[Fault]:
        """List the faults that are present or may come."""
        now = self._clock()
        return [entry.fault for entry in self.entries if not entry.is_over(now)]

    def failure(self, name: str | None, now: float) -> Failure | None:
        """Find the fault by which a part (lower case), or anything, fails at a time."""
        for entry in self.entries:
            fault = entry.fault
            if isinstance(fault, Failure) and entry.of in (None, name) and entry.number(now) >= 0:
                return fault
        return None

    def invalid(self, name: str, now: float) -> bool:
        """Return True if an attribute (lower case) has no valid value at a time."""
        # cppTango: State and Status have no quality but ATTR_VALID.
        asked = (name,) if name in ALWAYS_VALID else (None, name)
        return any(
            isinstance(entry.fault, Invalid) and entry.of in asked and entry.number(now) >= 0
            for entry in self.entries
        )

    def check(self, *outer: DevError) -> None:
        """Raise DevFailed with these outer errors if everything fails now."""
        if self.entries and (fault := self.failure(None, self._clock())) is not None:
            raise DevFailed(fault.error, *outer)

    def apply(self, of: Sequence[str] = (), takes: float = 0.0, *, changes: bool = False) -> float:
        """Block until the device would answer what these attributes or commands are asked.

        Takes the time that it takes, and never more than the timeout; gives what is left of
        that (s). changes: something is changed then; the request is not run again after it.
        ConnectionFailed.
        """
        if not (takes or changes or (self.entries and self._is_present())):
            return self._calls.timeout
        return self._calls.call(self._target, self._wait, of, takes, changes=changes)

    def _is_present(self) -> bool:
        now = self._clock()
        return any(entry.number(now) >= 0 for entry in self.entries)

    def _wait(self, of: Sequence[str], takes: float) -> float:
        # Connecting comes first, and its time is part of the timeout, as in CORBA.
        left = self._calls.timeout - self._connect()
        takes += sum(self._late(of))
        if takes:
            self._sleep(takes, left)
        return left - takes

    def take(self, seconds: float, left: float) -> None:
        """Take the time that a command takes, or what is left and fail. ConnectionFailed."""
        self._calls.call(self._target, self._sleep, seconds, left, left=left, changes=True)

    def _sleep(self, seconds: float, left: float) -> None:
        # cppTango: a client that gives up has waited for the whole of the timeout.
        sleep(max(min(seconds, left), 0.0))
        if seconds > left:
            raise timed_out(self._target, self._calls.timeout)

    def _late(self, of: Sequence[str]) -> Iterable[float]:
        now = self._clock()
        asked = {None, *map(lower, of)}
        for entry in self.entries:
            if entry.of in asked and entry.number(now) >= 0:
                if isinstance(entry.fault, Latency):
                    yield entry.fault.seconds
                elif isinstance(entry.fault, Timeout):
                    # It answers, but its client has given up by then.
                    yield float("inf")

    def _connect(self) -> float:
        """Wait while the device hangs, and give the s that it took. ConnectionFailed."""
        if not self._severed():
            return 0.0
        with self._changed:
            begin = monotonic()
            while entry := self._severed():
                # cppTango, Connection::reconnect: a connection that is refused fails at once.
                if isinstance(entry.fault, Away):
                    raise tango_errors.cannot_connect(self._device)
                self._hang(entry, begin + max(_RETURNS_AFTER, 2 * self._calls.timeout))
            return monotonic() - begin

    def _severed(self) -> Entry | None:
        now = self._clock()
        return next((entry for entry in self.entries if self._severs(entry, now)), None)

    @staticmethod
    def _severs(entry: Entry, now: float) -> bool:
        return isinstance(entry.fault, Away | Hang) and entry.number(now) >= 0

    def _hang(self, entry: Entry, deadline: float) -> None:
        """Wait for the deadline, and raise; or for the end of it, or a change."""
        left = deadline - monotonic()
        if left <= 0:
            raise timed_out(self._target, self._calls.timeout)
        # The clock may be stopped: who waits for the end of the fault looks now and then.
        until_end = max(entry.fault.left(self._clock() - entry.made), _LEAST_WAIT)
        # Woken where a fault is healed or added, a server restarted, or the clock moved.
        self._changed.wait(min(left, until_end))
