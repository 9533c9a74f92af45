"""The names of devices as the database defines them, looked at again while they are in use.

A device may be deleted, and defined again with another spelling, while its server runs on and
answers. Only the database knows. It is asked about all that have a proxy in one round, and only
while one of them is used; in a thread of its own, so that a database that hangs holds up nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from weakref import WeakSet

from mtango_ref.model import DevFailed
from mtango_ref.names import lower

FRESH = 0.7
"""s for which a round is taken as it is; there are no more rounds than that."""

AGAIN = 0.05
"""s after which a database that did not answer is asked again: it may say otherwise. PyTango tries
once a second to connect, and fails at once in between. So this costs little, and adds little to
the second after which a database that is back may be noticed."""

VALID = 1.0
"""s after which somebody who uses a device waits for a round."""

PATIENCE = 0.1
"""s for which anybody waits, from the beginning of a round. Where a database hangs, only those wait
that come as a round begins after a pause of VALID: devices in constant use are never held up."""

Find = Callable[[Sequence[str]], Mapping[str, str]]
"""The defined names by lower-case name, of those that are defined; DevFailed if unanswered."""


class DefinedName:
    """The definition of one device, as it was when the database was last asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.exists = True

    def update(self, names: Mapping[str, str]) -> None:
        """Take over the database's answer."""
        defined = names.get(lower(self.name))
        # A deleted device keeps the name that it had: its server may run on, and answer.
        self.exists = defined is not None
        self.name = defined or self.name


class DefinedNames:
    """The definitions of all devices that have a proxy."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._all: WeakSet[DefinedName] = WeakSet()
        self._looked = monotonic()
        """The start of the last round; if it was not answered, FRESH - AGAIN before its end."""
        self._round = threading.Condition()
        self._began: float | None = None
        """The start of the present round."""

    def add(self, name: str) -> DefinedName:
        """Keep an eye on a device, by the name that the database just gave, for as long as
        somebody has its definition."""
        defined = DefinedName(name)
        with self._round:
            self._all.add(defined)
        return defined

    def refresh(self) -> None:
        """Bring all definitions up to date, unless the database does not answer."""
        age = monotonic() - self._looked
        # Tango sends no word of a device that is defined or deleted: the database has to be asked.
        if age < FRESH:
            return
        with self._round:
            if self._began is None:
                self._began = monotonic()
                threading.Thread(target=self._ask, name="defined names", daemon=True).start()
            # Also after a round without an answer: the database may be back, and say otherwise.
            if age >= VALID:
                left = self._began + PATIENCE - monotonic()
                self._round.wait_for(lambda: self._began is None, max(left, 0.0))

    def _ask(self) -> None:
        began = monotonic()
        with self._round:
            definitions = [*self._all]
        try:
            names = self._find([each.name for each in definitions])
        except DevFailed:
            # What was known holds.
            self._end(monotonic() - FRESH + AGAIN)
        else:
            for each in definitions:
                each.update(names)
            self._end(began)

    def _end(self, looked: float) -> None:
        with self._round:
            self._looked, self._began = looked, None
            self._round.notify_all()
