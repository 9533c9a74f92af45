"""Calls to what may hang: who makes them, and what is raised when one takes too long.

A call to a device that hangs returns when it likes. So a backend makes each of its calls through a
`Calls`. The server's (mtango_ref/threads/shares.py) makes it in the thread that answers the
request, and sees to it that the request is answered in time and that other requests find a thread;
`Alone` is for callers that answer no request: the start, the tools, tests.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

from mtango_ref.model import ConnectionFailed, DevError, ErrSeverity

T = TypeVar("T")

DATABASE = "the database"
"""The target that is no device."""

OVERDUE_CALLS = 2
"""Calls to one target that may be overdue before `Alone` asks it nothing more."""

NOT_RETURNED = ", earlier calls have not returned yet"
"""The end of the sentence about a target that is not asked, because it hangs."""

_REASON = "API_DeviceTimedOut"
# What clients have seen since 0.1.0, when calls had a module there.
_ORIGIN = "mtango_ref.backends.pytango.deadline"


def timed_out(target: str, timeout: float, more: str = "") -> ConnectionFailed:
    """Word the failure of a call that took too long (s), whichever clock rang first."""
    # cppTango's own words for CORBA's TIMEOUT, by which people look for it.
    desc = f"Timeout ({round(timeout * 1000)} mS) exceeded on {target}{more}"
    return ConnectionFailed(DevError(_REASON, desc, ErrSeverity.ERR, _ORIGIN))


def is_timeout(error: BaseException | None) -> bool:
    """Return True if that is how a call failed."""
    # cppTango gives this reason to a call that its clock ended, and to no other failure.
    return isinstance(error, ConnectionFailed) and error.errors[0].reason == _REASON


class OutOfTime(Exception):
    """The time that a request may take is over: it is not answered as asked."""


class TooManyWait(Exception):
    """The refusal of a request, because as many as may wait do so already."""


class Ending(TooManyWait):
    """The server ends before it is a request's turn: nothing has been changed for it."""


class Calls(Protocol):
    """The maker of a backend's calls."""

    timeout: float
    """s that a call may take."""

    def call(
        self,
        target: str,
        function: Callable[..., T],
        *arguments: Any,
        left: float | None = None,
        changes: bool = False,
        at: str = "",
        about: str = "",
    ) -> T:
        """Call a function that asks a target: a device, or the database.

        left: s that are left of the timeout, unless it is whole. changes: the function changes
        something, and is called once at most, whatever fails. at: where, of a target that may be
        at several places; what one of them does says nothing of the others. about: the device that
        the database is asked for, in lower case. Raises what the function raises, or `timed_out`;
        OutOfTime and TooManyWait end a request.
        """


class Sharing(Protocol):
    """The maker of calls that several requests have in common."""

    def share(self, key: Hashable, function: Callable[[], T]) -> T:
        """Call a function, or wait for what the same call gives that another request makes.

        key: says what is the same. A request shares one call at most. Raises what the function
        raises; a failure is that of all who wait, unless it says only that time is over.
        """

    def has_waited(self) -> bool:
        """Return True if the request has waited for such a call, and that has returned."""


class Apart:
    """Makes each call for itself; a `Sharing`."""

    def share(self, key: Hashable, function: Callable[[], T]) -> T:  # noqa: ARG002 - all differ
        """Call a function."""
        return function()

    def has_waited(self) -> bool:
        """Return False."""
        return False


class Alone:
    """Makes each call in a thread of its own, and waits no longer than the timeout.

    A target with OVERDUE_CALLS calls that should have returned long ago is asked nothing more
    until one of them returns.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._lock = threading.Lock()
        self._overdue: Counter[tuple[str, str]] = Counter()

    def call(
        self,
        target: str,
        function: Callable[..., T],
        *arguments: Any,
        left: float | None = None,
        changes: bool = False,  # noqa: ARG002 - each is called once
        at: str = "",
        about: str = "",  # noqa: ARG002 - nobody waits for another one
    ) -> T:
        """Call a function within the timeout; see Calls."""
        place = target, at
        if self._overdue[place] >= OVERDUE_CALLS:
            raise timed_out(target, self.timeout, NOT_RETURNED)
        call = _Call(function, arguments)
        # A daemon: one that hangs is left behind when the process ends.
        threading.Thread(target=self._run, args=[call, place], name="call", daemon=True).start()
        if not call.returned.wait(self.timeout if left is None else max(left, 0.0)):
            with self._lock:
                if not call.returned.is_set():
                    call.overdue = True
                    self._overdue[place] += 1
                    raise timed_out(target, self.timeout)
        if call.error is not None:
            raise call.error
        result: T = call.result
        return result

    def _run(self, call: _Call, place: tuple[str, str]) -> None:
        call.run()
        with self._lock:
            if call.overdue:
                self._overdue -= Counter([place])  # which forgets a target at zero
            call.returned.set()


class _Call:
    """A call on its way: who asked waits for `returned`."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function, self.arguments = function, arguments
        self.result: Any = None
        self.error: BaseException | None = None
        self.overdue = False
        self.returned = threading.Event()

    def run(self) -> None:
        try:
            self.result = self.function(*self.arguments)
        except BaseException as error:  # noqa: BLE001 - it is raised where the call was asked for
            self.error = error
