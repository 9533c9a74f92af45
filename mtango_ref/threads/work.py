"""A request over all of its runs, and what it waits for without a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from math import inf
from typing import Any, Protocol

from mtango_ref.model import DevFailed

Key = tuple[str, str]
"""A target by its name, and where it is."""


class GivenUp(BaseException):
    """Ends a run of a request that is run again."""


class Work:
    """One request, over all of its runs."""

    runs = 0
    about = ""
    """The device that its call asks about; see Calls."""
    place: Target | None = None
    """The target at which it has a place."""
    waits_for: Queue | None = None
    """The queue in which it is set aside."""
    flight: Flight | None = None
    """The call that it shares: one that it makes, or that has returned."""
    ends: float | None = None
    """The time at which it has been set aside for long enough."""
    failed: tuple[Key, str] | None = None
    """The target that has not answered in time, and what more there is to say of it."""
    is_asked = False
    """The app has been asked in this run: its client is still there."""
    changed = False
    """A call that changes something has been begun."""

    def __init__(self, channel: Any, deadline: float = inf) -> None:
        self.channel = channel
        self.deadline = deadline
        """The time at which it is given up, by the monotonic clock."""


class Waiting(Protocol):
    """Requests that wait, in the order in which they go on; a deque, or the like."""

    def append(self, work: Work, /) -> None:
        """Let one more wait."""

    def popleft(self) -> Work:
        """Take out the one that goes on next."""

    def remove(self, work: Work, /) -> None:
        """Take out one that waits no more."""

    def __len__(self) -> int: ...


class Loop(Protocol):
    """A loop that has requests answered."""

    def answer(self, channel: Any) -> None:
        """Let a channel's first request be answered."""

    def wake(self) -> None:
        """Let who leads see that a place rests."""

    def is_behind(self) -> bool:
        """Return True if more wait than who leads will have answered soon."""


class Queue:
    """A queue of requests that are set aside, whatever they wait for."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting: Waiting = deque()

    def asked(self) -> Key | None:
        """Return which target they wait for, if that is known."""
        raise NotImplementedError


class Target(Queue):
    """A device, or the database."""

    __slots__ = ("key", "least", "places", "share", "suspect", "took")

    def __init__(self, key: Key, share: int) -> None:
        super().__init__()
        self.key = key
        self.share = share
        """Requests that may have a place at a time."""
        self.places = 0
        """Requests and overdue calls that have a place."""
        self.suspect = False
        self.took = self.least = 0.0
        """s that the last call took, and that the shorter of the last two took."""

    def asked(self) -> Key:
        """Return its key."""
        return self.key


class Flight(Queue):
    """A call that one request makes, and others wait for."""

    __slots__ = ("error", "has_landed", "key", "result", "work")

    def __init__(self, key: Hashable, work: Work) -> None:
        super().__init__()
        self.key = key
        """The question: requests with the same one share the call."""
        self.work = work
        """The request that makes the call."""
        self.has_landed = False
        self.result: Any = None
        self.error: DevFailed | None = None
        """The error that it raised, if it has failed."""

    def asked(self) -> Key | None:
        """Return the target that the call is at, or waits for."""
        # Who makes the call goes on without this target: it fails for all who wait with that one.
        if self.work.failed is not None:
            return self.work.failed[0]
        at = self.work.place or self.work.waits_for
        return None if at is None else at.asked()

    def outcome(self) -> Any:
        """Return what the call gave, or raise it: each who waited has an exception of its own."""
        if self.error is not None:
            # Python: one exception would collect the tracebacks of all threads that raise it.
            raise type(self.error)(*self.error.errors)
        return self.result


class Call:
    """A call on its way."""

    __slots__ = ("began", "ends", "is_alone", "overdue", "target", "work")

    def __init__(
        self, work: Work, target: Target, began: float, ends: float, is_alone: bool
    ) -> None:
        self.work, self.target, self.began, self.ends = work, target, began, ends
        self.is_alone = is_alone
        """No other call was under way that might return soon."""
        self.overdue = False
