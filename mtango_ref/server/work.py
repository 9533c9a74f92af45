"""A request over all of its runs, and what it waits for without a thread."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Any

Key = tuple[str, str]
"""A target by its name, and where it is."""


class GivenUp(BaseException):
    """Ends a run of a request that is run again."""


class Work:
    """One request, over all of its runs."""

    __slots__ = (
        *("changed", "channel", "deadline", "ends", "failed", "is_asked", "place", "runs"),
        "waits_for",
    )

    def __init__(self, channel: Any, deadline: float = inf) -> None:
        self.channel = channel
        self.deadline = deadline
        """When it is given up, of the monotonic clock."""
        self.runs = 0
        self.place: Target | None = None
        """Where it has a place."""
        self.waits_for: Target | None = None
        """Where it is set aside."""
        self.ends: float | None = None
        """When it has been set aside for long enough."""
        self.failed: tuple[Key, str] | None = None
        """The target that has not answered in time, and what more there is to say of it."""
        self.is_asked = False
        """The app has been asked in this run: its client is still there."""
        self.changed = False
        """A call that changes something has been begun."""


class Target:
    """A device, or the database."""

    __slots__ = ("key", "places", "suspect", "took", "waiting")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.places = 0
        """Requests and overdue calls that have a place."""
        self.suspect = False
        self.took = 0.0
        """s that the last call took."""
        self.waiting: deque[Work] = deque()
