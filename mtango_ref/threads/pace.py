"""The pace at which the database is asked in vain.

Who asks for devices that nobody knows, as fast as answers come, takes the database, and the thread
that asks it, from all others. So:

- A place from which the database was asked in vain *rests* when its request leaves it, for as long
  as the question took, MOST_REST at most. Nobody has it meanwhile. So such questions take half of
  the time at most.
- Of the requests that wait for a place, those for a name that was last asked for in vain wait
  apart, and the two kinds take turns. So who asks for a device that is defined waits for one
  question of the others, however many they are.
- No answer is kept. That there was none says who waits apart, and nothing more.

All of it is under the lock of `Shares`, but for `left`, which who leads calls as it comes to wait.
Any thread lets a place rest; who leads alone ends that, and no thread sleeps for it.
"""

from __future__ import annotations

from collections import deque
from math import inf

from cachetools import LRUCache

from mtango_ref.model import DevFailed
from mtango_ref.threads.work import Key, Target, Work

MOST_REST = 0.005
"""s that a place rests at most: a database that takes longer is asked slowly already."""
_REMEMBERED = 1000
"""Names that were last asked for in vain."""


class Pace:
    """The places that rest, and the names that were last asked for in vain."""

    def __init__(self) -> None:
        self.rests: deque[tuple[float, DatabaseTarget]] = deque()
        """The ends of rests and their places, in the order in which the rests began."""
        # Hashes: a name may be long, and one that has the hash of another only waits apart.
        self._in_vain: LRUCache[int, None] = LRUCache(_REMEMBERED)

    def note(self, target: DatabaseTarget, about: str, error: DevFailed | None) -> None:
        """Note how a question about a name ended, which took as long as the target says.

        about: a device's name, as it is always written; empty of a question about none.
        """
        # DataBaseds: the first reason of its answer about a name that it does not know.
        if error is not None and error.errors[0].reason == "DB_DeviceNotDefined":
            target.rest = min(target.took, MOST_REST)
            if about:
                self._in_vain[hash(about)] = None
        else:
            target.rest = 0.0
            self._in_vain.pop(hash(about), None)

    def is_in_vain(self, about: str) -> bool:
        """Return True if a name was last asked for in vain."""
        return hash(about) in self._in_vain

    def begin(self, target: DatabaseTarget, now: float) -> None:
        """Let a place rest."""
        self.rests.append((now + target.rest, target))
        target.rest = 0.0

    def left(self, now: float) -> float:
        """Return how long (s) it is until a rest is over; inf if there is none."""
        return self.rests[0][0] - now if self.rests else inf

    def end(self) -> DatabaseTarget:
        """End the rest that began first; whose it was."""
        return self.rests.popleft()[1]


class Turns:
    """Requests that wait for the database: of both kinds by turns, each kind in its order."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._others: deque[Work] = deque()
        self._in_vain: deque[Work] = deque()
        """Requests for a name that was last asked for in vain."""
        self._were_others = False
        """The last that came was one of the others."""

    def __len__(self) -> int:
        return len(self._others) + len(self._in_vain)

    def append(self, work: Work) -> None:
        """Let one wait as the last of its kind."""
        kind = self._in_vain if self._pace.is_in_vain(work.about) else self._others
        kind.append(work)

    def popleft(self) -> Work:
        """Take out whose turn it is."""
        is_other = bool(self._others) and not (self._were_others and self._in_vain)
        self._were_others = is_other
        return (self._others if is_other else self._in_vain).popleft()

    def remove(self, work: Work) -> None:
        """Take out one that waits no more."""
        (self._others if work in self._others else self._in_vain).remove(work)


class DatabaseTarget(Target):
    """The database, at one of its hosts."""

    __slots__ = ("rest",)

    def __init__(self, key: Key, share: int, pace: Pace) -> None:
        super().__init__(key, share)
        self.waiting = Turns(pace)
        self.rest = 0.0
        """s that the place of who asked last rests."""
