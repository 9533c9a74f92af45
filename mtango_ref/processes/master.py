"""The parent of the workers: it binds once, starts them, watches them, and answers nothing.

It has one thread and imports neither PyTango nor what else has threads, so it may fork at any time.
It waits for nobody who reads what it says.
All that happens is a byte in a pipe (a signal), a pipe of a worker that says something, or a
time that has come; `_reconcile` then does what brings the workers nearer to what is wanted.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from mtango_ref.figures.rows import Rows
from mtango_ref.messages import StartError
from mtango_ref.processes.notify import Notifier
from mtango_ref.processes.worker import FAILED, HANDLED, READY, STOP, Plan, Worker, how, live

_LOG = logging.getLogger(__name__)

HUNG = 30.0
"""s without a turn of its loop after which a worker is killed."""
LIVED = 10.0
"""s after which the end of a worker is an accident, and no crash at the start."""
CRASHES = 5
"""Crashes at the start in a row after which the master gives up."""
_PAUSES = (0.0, 0.1, 0.5, 1.0, 2.0)
"""s before the next start, by crashes in a row."""
_RETRY = 2.0
"""s before a start after one that failed with a sentence: the database may be away."""
_MORE = 2.0
"""s of grace beyond the time in which a worker has to end."""
_TURN = 1.0

Configuration = TypeVar("Configuration")


class Master(Generic[Configuration]):
    """The workers, and what is wanted of them."""

    def __init__(
        self,
        rows: Rows,
        plan: Plan[Configuration],
        reload: Callable[[Configuration], Plan[Configuration]],
        close: Callable[[], None],
        say: Callable[[str], None],
        complain: Callable[[str], None],
    ) -> None:
        """Let nobody work yet.

        rows: the figures of the workers; a worker and its successor have a row each for a while.
        reload: reads the configuration again, knowing the one in force. Raises StartError.
        close: ceases to listen. say: takes the announcement of the first worker that answers.
        complain: takes the sentence of a start that failed. Neither may wait.
        """
        self._rows, self._plan = rows, plan
        self._before: Plan[Configuration] | None = None
        """The plan in force until the first worker of the new one answers; None after."""
        self._reload, self._close = reload, close
        self._say, self._complain = say, complain
        self._workers: list[Worker] = []
        self._notifier = Notifier()
        self._signals: list[int] = []
        self._crashes = 0
        self._next_start = 0.0
        self._was_ready = False
        self._result: int | None = None
        """The exit code, from the beginning of the end on."""

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT, or until no worker can live; the exit code."""
        awake, wake = os.pipe()
        # A worker sees by its end of this pipe that there is no master any more.
        self._orphaned, self._alive = os.pipe()
        for end in (awake, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in HANDLED:
            signal.signal(number, lambda number, _: self._signals.append(number))
        self._selector = selectors.DefaultSelector()
        self._selector.register(awake, selectors.EVENT_READ)
        while not (self._result is not None and not self._workers):
            self._reconcile(monotonic())
            for key, _ in self._selector.select(self._patience()):
                if key.data is None:
                    os.read(awake, 4096)
                else:
                    self._hear(key.data)
            while self._signals:
                self._on_signal(self._signals.pop(0))
            self._bury()
        return self._result

    def _patience(self) -> float:
        """Return how long (s) nothing has to be done by itself."""
        alive = self._notifier.alive()
        due = self._next_start - monotonic()
        return min(_TURN, alive if alive is not None else _TURN, due if due > 0 else _TURN)

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGHUP and self._result is None:
            self._read_again()
        elif number in STOP and self._result is not None:  # the second: at once
            for worker in self._workers:
                worker.kill_at = 0.0
            self._result = 128 + number
        elif number in STOP:
            self._end(0)

    def _read_again(self) -> None:
        # sd_notify(3): after RELOADING comes READY, whether the new settings can be used or not.
        self._notifier.reloading()
        try:
            plan = self._reload(self._plan.configuration)
        except StartError as error:
            _LOG.error("The settings stay as they were:\n%s", error)
            self._notifier.ready()
            return
        self._before = self._before or self._plan
        self._plan = plan
        self._crashes, self._next_start = 0, 0.0

    def _end(self, code: int) -> None:
        """Let all workers finish what they are at."""
        self._result = code
        self._notifier.stopping()
        # First here: what the kernel took in for this process alone nobody would answer.
        self._close()
        for worker in self._workers:
            self._retire(worker)

    def _retire(self, worker: Worker) -> None:
        if worker.kill_at is None:
            worker.kill_at = monotonic() + worker.plan.drain_timeout + _MORE
            worker.send(signal.SIGTERM)

    def _reconcile(self, now: float) -> None:
        """Start who is missing, end who is too many, kill who hangs."""
        for worker in self._workers:
            if worker.kill_at is not None:
                if now >= worker.kill_at:
                    _LOG.error("Worker %d did not end in time, and is killed", worker.pid)
                    worker.send(signal.SIGKILL)
                    worker.kill_at = now + _MORE
            elif now > self._rows.turned(worker.row) + HUNG:  # or since its start
                _LOG.error("Worker %d has hung for %g s, and is killed", worker.pid, HUNG)
                worker.send(signal.SIGKILL)
                worker.kill_at, worker.hangs = now + _MORE, True
        if self._result is not None:
            return
        staying = [worker for worker in self._workers if worker.kill_at is None]
        new = [worker for worker in staying if worker.plan is self._plan]
        old = [worker for worker in staying if worker.plan is not self._plan]
        ready = sum(worker.is_ready for worker in new)
        # One by one: a new one answers before an old one ends.
        for worker in old[max(self._plan.workers - ready, 0) :]:
            self._retire(worker)
        missing = self._plan.workers - len(new)
        if old:
            missing = min(missing, 1 + ready - len(new))
        for _ in range(missing):
            if now >= self._next_start:
                self._start()

    def _start(self) -> None:
        taken = {worker.row for worker in self._workers}
        row = next((row for row in range(len(self._rows.numbers)) if row not in taken), None)
        if row is None or self._result is not None:  # many are still at their last requests
            return
        self._rows.lend(row)
        heard, said = os.pipe()
        # One that comes between here and the child's own handlers would be lost in its memory.
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            pid = os.fork()
        except OSError as error:  # the limit of processes, or of memory
            os.close(heard)
            self._not_started(f"The system starts no process: {error.strerror}.")
        else:
            if pid == 0:
                live(self._plan, self._rows, row, said, self._orphaned, self._forget)
            self._workers.append(Worker(pid, row, self._plan, heard))
            self._selector.register(heard, selectors.EVENT_READ, self._workers[-1])
        finally:
            os.close(said)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)

    def _not_started(self, why: str) -> None:
        """Try again in a while, or end if no worker has ever been there."""
        if self._was_ready:
            _LOG.error("A worker cannot start, and is started again: %s", why)
            self._next_start = monotonic() + _RETRY
        else:
            self._complain(f"Error: {why}")  # as the command says it
            self._end(2)

    def _forget(self) -> None:
        """Close what is the master's alone, in a worker."""
        self._selector.close()
        others = [worker.pipe for worker in self._workers if worker.pipe >= 0]
        for pipe in (self._alive, *others):
            os.close(pipe)

    def _hear(self, worker: Worker) -> None:
        """Take what a worker says: that it answers, or why it cannot."""
        data = os.read(worker.pipe, 65536)
        worker.said += data
        if data:
            return
        self._selector.unregister(worker.pipe)
        os.close(worker.pipe)
        worker.pipe = -1
        if worker.said[:1] == READY:
            worker.is_ready = True
            self._on_ready(worker)

    def _on_ready(self, worker: Worker) -> None:
        if self._result is not None:  # nobody is to come any more; READY=1 after STOPPING neither
            return
        if not self._was_ready:
            self._say(worker.text)
        self._was_ready = True
        if worker.plan is self._plan:
            self._before = None
        count = sum(each.is_ready and each.plan is self._plan for each in self._workers)
        # sd_notify(3): READY=1 says that start or reload is finished; it is when the last answers.
        if count == self._plan.workers:
            self._notifier.ready()

    def _bury(self) -> None:
        """Take note of the workers that have ended."""
        for worker in [*self._workers]:
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid == 0:
                continue
            while worker.pipe >= 0:  # what it still said
                self._hear(worker)
            self._workers.remove(worker)
            self._rows.leave(worker.row)
            # One that was to end is missed by nobody, however it ended.
            if (worker.kill_at is None or worker.hangs) and self._result is None:
                self._lost(worker, os.waitstatus_to_exitcode(status))

    def _lost(self, worker: Worker, code: int) -> None:
        """Decide what follows from a worker that ended by itself."""
        now = monotonic()
        why = worker.text if worker.said[:1] == FAILED else ""
        is_first = worker.plan is self._plan and self._before is not None
        if why and not (self._was_ready and is_first):
            self._not_started(why)
            return
        if is_first and self._before is not None:
            _LOG.error("The settings stay as they were: %s", why or how(code))
            self._plan, self._before = self._before, None
            self._notifier.ready()
            return
        self._rows.count_restart()
        _LOG.error("Worker %d %s, and is replaced", worker.pid, how(code))
        self._crashes = self._crashes + 1 if now < worker.began + LIVED else 0
        if self._crashes >= CRASHES:
            _LOG.critical("%d workers in a row ended as soon as they began: giving up", CRASHES)
            self._end(1)
        else:
            self._next_start = now + _PAUSES[self._crashes]
