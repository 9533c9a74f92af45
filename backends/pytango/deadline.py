"""A bound on the time of every call to Tango, whatever Tango does meanwhile.

PyTango's own timeouts are no such bound: a call to a hanging device server lasts twice the
CORBA timeout (omniORB tries again), a new proxy of it 6 s, a question to a hanging database
up to 92 s. So calls are made by worker threads, and who asked waits no longer than the bound.

What must not follow from it: that hanging devices occupy all workers, or that every request
to a hanging device waits anew. A target with OVERDUE_CALLS calls that should have returned
long ago is therefore asked nothing more until one of them returns.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from mtango_ref.model import ConnectionFailed, DevError, DevFailed, ErrSeverity

T = TypeVar("T")

OVERDUE_CALLS = 2
"""Calls to one target that may be overdue before it is asked nothing more."""

WORKERS = 64
"""Threads at most. A call to a device returns within three times the bound, so even when all
devices hang, that is enough for more than 16 askers, the HTTP side's default."""

ORIGIN = "mtango_ref.backends.pytango.deadline"


class _Call:
    """A call on its way: who asked waits for `returned`."""

    def __init__(self, target: str, function: Callable[..., Any], arguments: tuple[Any, ...]):
        self.target = target
        self.function = function
        self.arguments = arguments
        self.result: Any = None
        self.error: BaseException | None = None
        self.overdue = False
        # A bare lock, held until the call has returned: an Event costs three times as much.
        self.returned = threading.Lock()
        self.returned.acquire()

    def run(self) -> None:
        try:
            self.result = self.function(*self.arguments)
        except BaseException as error:  # noqa: BLE001  it is raised where the call was asked for
            self.error = error


class _Worker(threading.Thread):
    """Makes one call after the other; idle, it waits for the next in its own inbox."""

    def __init__(self, name: str, done: Callable[[_Worker, _Call], None]) -> None:
        # concurrent.futures joins its threads at exit, which a hung call would delay by
        # up to 92 s; daemon threads are left behind.
        super().__init__(name=name, daemon=True)
        self.inbox: SimpleQueue[_Call] = SimpleQueue()
        self._done = done

    def run(self) -> None:
        while True:
            call = self.inbox.get()
            call.run()
            self._done(self, call)
            del call  # the result must not live on while the worker is idle


class Deadline:
    """Makes calls, each within `timeout` s."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._workers = 0
        self._waiting: deque[_Call] = deque()
        self._overdue: Counter[str] = Counter()

    def call(
        self,
        target: str,
        function: Callable[..., T],
        *arguments: Any,
        left: float | None = None,
    ) -> T:
        """Call a function, and give up waiting for it at the deadline.

        target: the device, or the database: what hangs, if anything does. left: s that are left
        of the timeout, unless it is whole. Raises what the function raises, or ConnectionFailed
        when it is not back in time.
        """
        seconds = self.timeout if left is None else max(left, 0.0)
        call = _Call(target, function, arguments)
        self._begin(call)
        if not call.returned.acquire(timeout=seconds):
            self._give_up(call)
        if call.error is not None:
            raise call.error
        result: T = call.result
        return result

    def _begin(self, call: _Call) -> None:
        with self._lock:
            if self._overdue[call.target] >= OVERDUE_CALLS:
                raise self.timed_out(call.target, ", earlier calls have not returned yet")
            if self._idle:
                self._idle.pop().inbox.put(call)
            elif self._workers < WORKERS:
                worker = _Worker(f"tango-{self._workers + 1}", self._done)
                worker.start()
                worker.inbox.put(call)
                self._workers += 1
            else:
                self._waiting.append(call)

    def _done(self, worker: _Worker, call: _Call) -> None:
        with self._lock:
            if call.overdue:
                self._overdue -= Counter([call.target])  # which forgets a target at zero
            if self._waiting:
                worker.inbox.put(self._waiting.popleft())
            else:
                self._idle.append(worker)
            call.returned.release()

    def _give_up(self, call: _Call) -> None:
        """Raise, unless the call returned in this very moment."""
        with self._lock:
            if call.returned.acquire(blocking=False):
                return
            if call in self._waiting:
                self._waiting.remove(call)
                # No ConnectionFailed: nothing is known to be wrong with this target.
                raise DevFailed(_error(f"{WORKERS} calls to other devices have not returned yet"))
            call.overdue = True
            self._overdue[call.target] += 1
        raise self.timed_out(call.target)

    def timed_out(self, target: str, more: str = "") -> ConnectionFailed:
        """Word the failure of a call that took too long, whichever clock rang first."""
        milliseconds = round(self.timeout * 1000)
        return ConnectionFailed(_error(f"Timeout ({milliseconds} mS) exceeded on {target}{more}"))


def _error(desc: str) -> DevError:
    return DevError("API_DeviceTimedOut", desc, ErrSeverity.ERR, ORIGIN)
