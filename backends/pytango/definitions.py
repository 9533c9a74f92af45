"""The names of devices as the database defines them, looked at again while they are in use.

A device may be deleted, and defined again with another spelling, while its server runs on and
answers. Only the database knows. It is asked about all devices in use by one question at a time,
in a thread of its own, so that a database that hangs holds up nobody else's call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from mtango_ref.model import DevFailed

FRESH = 0.5
"""s for which an answer of the database is taken as it is."""

VALID = 1.0
"""s after which somebody who uses a device waits for the database."""

PATIENCE = 0.1
"""s for which anybody waits for a question. A database that hangs costs that once."""

Find = Callable[[Sequence[str]], Mapping[str, str]]
"""The defined names by lower-case name, of those that are defined; DevFailed if unanswered."""


class Definition:
    """The definition of one device, as it was when the database was last asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.exists = True
        self.looked = monotonic()
        """When that was."""

    def update(self, names: Mapping[str, str], now: float) -> None:
        """Take over the database's answer."""
        defined = names.get(self.name.lower())
        self.name = defined or self.name
        self.exists = defined is not None
        self.looked = now


class Definitions:
    """The questions to the database, one at a time for all devices in use."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._answered = threading.Condition()
        self._wanted: set[Definition] = set()
        self._asking_since: float | None = None
        self._answers = True

    def refresh(self, definition: Definition) -> None:
        """Bring a definition up to date, unless the database does not answer."""
        age = monotonic() - definition.looked
        if age < FRESH:
            return
        with self._answered:
            self._wanted.add(definition)
            if self._asking_since is None:
                self._asking_since = monotonic()
                threading.Thread(target=self._ask, name="definitions", daemon=True).start()
            if age >= VALID and self._answers:
                left = self._asking_since + PATIENCE - monotonic()
                before = definition.looked
                self._answered.wait_for(lambda: definition.looked != before, max(left, 0.0))

    def _ask(self) -> None:
        """Ask until nothing more is wanted."""
        while wanted := self._taken():
            now = monotonic()
            names: Mapping[str, str] | None
            try:
                names = self._find([each.name for each in wanted])
            except DevFailed:
                names = None
            with self._answered:
                self._answers = names is not None
                for each in wanted:
                    if names is None:
                        each.looked = monotonic()  # What was known holds; ask again later.
                    else:
                        each.update(names, now)
                self._answered.notify_all()

    def _taken(self) -> list[Definition]:
        with self._answered:
            wanted = [*self._wanted]
            self._wanted.clear()
            self._asking_since = monotonic() if wanted else None
            return wanted
