"""A fake that follows its fixture: a file that is changed is read again while others ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.language import Facility
from mtango_ref.fixture.loading import FixtureError, load

INTERVAL = 0.25
"""s between two looks at the files."""

_Stamp = tuple[int, ...] | None
"""A mark of a file that changes with it, however it is written; None of one that is not there."""


class Watch:
    """The fixture's backend, and the thread that opens another one when the fixture changes.

    The files - the fixture and the CSV that it replays - are looked at, not listened to: that
    needs no library and is right on every file system, whether an editor writes in place,
    renames, or deletes and makes anew. They are read when two looks in a row found them the
    same, so that a file half written is left alone.
    """

    def __init__(
        self,
        fixture: str,
        make: Callable[[Facility], FakeBackend],
        say: Callable[[str], object],
        interval: float = INTERVAL,
    ) -> None:
        """FixtureError, as load. say: takes what is to be printed, from the thread."""
        self._fixture, self._say, self._interval = fixture, say, interval
        self._read: dict[Path, _Stamp] = {}
        self._seen: dict[Path, _Stamp] = {}
        self._is_right = True
        self.backend = make(self._load())

    @contextmanager
    def following(self, replace: Callable[[FakeBackend], object]) -> Iterator[None]:
        """Hand each new backend to `replace`, from a thread that ends with the context."""
        ending = threading.Event()

        def follow() -> None:
            while not ending.wait(self._interval):
                self._look(replace)

        thread = threading.Thread(target=follow, name="fixture watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()

    def _look(self, replace: Callable[[FakeBackend], object]) -> None:
        before = self._seen
        self._seen = {path: _stamp(path) for path in self._read}
        # What still differs from the look before may be half written.
        if self._seen == self._read or self._seen != before:
            return
        try:
            self.backend = self.backend.reloaded(self._load())
        except FixtureError as error:
            # A mistake in the fixture ends nothing: a server in use goes on as it was.
            self._is_right = False
            self._say(f"{error}\nThe server continues with the fixture as it was before.")
            return
        replace(self.backend)
        what = "has changed" if self._is_right else "is valid again"
        self._is_right = True
        self._say(f"The fixture {self._fixture} {what}, and was reloaded.")

    def _load(self) -> Facility:
        self._read = {}
        # The stamp is from before the reading: what is written meanwhile is read next time.
        return load(self._fixture, lambda path: self._read.setdefault(path, _stamp(path)))


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except (OSError, ValueError):  # the latter where the path has a NUL
        return None
    # The inode for a file that was renamed into place, ctime for one whose mtime was set back.
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
