"""The faults of a facility and of its gateway, and how each is seen to be over."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import tango

from facility import Facility, Server

from .emptied import emptied
from .growth import workers
from .load import Answer, Load, Reason, asking
from .table import Row

BASE = "/tango/rest/rc3/hosts/localhost/10000/devices"
TEST, OTHER, CHANGING = "test", "other", "changing"
DEVICES = {TEST: "sys/tg_test/1", OTHER: "test/one_of_each/1", CHANGING: "test/changing/1"}
ATTRIBUTES = {TEST: "string_scalar", OTHER: "alarm", CHANGING: "shape"}
PATHS = [(each, f"{BASE}/{DEVICES[each]}/attributes/{ATTRIBUTES[each]}/value") for each in DEVICES]
SERVER = "Changing/soak"
SCRIPT = Path(__file__).parents[1] / "facility" / "changing_server.py"
PATIENCE = 30.0
"""s that a good answer may take before it counts as never coming."""
TRUTH = 1.0
"""s after which no client is given what was true before."""
GONE = ("DB_DeviceNotDefined", "API_AttrNotFound")
"""Reasons of what is not there."""

Good = Callable[[Answer], bool]


def works(answer: Answer) -> bool:
    """Accept any value."""
    return answer.status == 200 and not isinstance(answer.value, Reason)


def has(value: Any) -> Good:
    """Accept one value."""
    return lambda answer: answer.status == 200 and answer.value == value


def is_gone(answer: Answer) -> bool:
    """Accept the answer that there is none."""
    return isinstance(answer.value, Reason) and answer.value in GONE


class Soak:
    """A facility and a gateway under load, and a row for each fault."""

    def __init__(self, facility: Facility, load: Load, seconds: float, stack: ExitStack) -> None:
        """seconds: how long a fault lasts. stack: ends the server of DEVICES[CHANGING]."""
        self.facility = facility
        self.load = load
        self.seconds = seconds
        self.rows: dict[str, Row] = {}
        define()
        command = [sys.executable, str(SCRIPT), "soak"]
        self.changing: Server = facility._start(command)
        stack.callback(self.changing.stop)

    @contextmanager
    def fault(self, name: str, may_lose: int = 0) -> Iterator[Row]:
        """Count all that is answered inside to the fault's row."""
        self.load.taken()
        row = self.rows.setdefault(name, Row(name, may_lose))
        yield row
        row.add(self.load.taken())

    def await_good(self, row: Row, target: str, good: Good = works) -> None:
        """Note how long it takes until a request sent from now on gets a good answer."""
        since = time.monotonic()
        if not self._comes(target, good, since):
            row.wrong = row.wrong or f"no good answer of {target} within {PATIENCE:.0f} s"
        row.recovered(time.monotonic() - since)

    def await_truth(self, row: Row, target: str, good: Good) -> None:
        """Note it, too, and whether what was true before is answered once TRUTH s are over."""
        since = time.monotonic()
        self.await_good(row, target, good)
        time.sleep(max(0.0, since + TRUTH + 0.5 - time.monotonic()))
        late = [
            each
            for each in self.load.kept()
            if each.target == target and each.begin > since + TRUTH and not good(each)
        ]
        if late:
            row.wrong = row.wrong or f"{late[0].status} {late[0].value} came after {TRUTH:.0f} s"

    def _comes(self, target: str, good: Good, since: float) -> bool:
        return self.load.await_answer(
            target, lambda each: each.end >= since and good(each), PATIENCE
        )


def define() -> None:
    """Define the device that changes."""
    known = tango.DbDevInfo()
    known.name, known._class, known.server = DEVICES[CHANGING], "Changing", SERVER
    tango.Database().add_device(known)


def device_faults(soak: Soak) -> None:
    """Kill, freeze and restart TangoTest; a server that is started again has another port."""
    test = soak.facility.tango_test
    for name, trouble in (
        ("TangoTest killed", test.killed),
        ("TangoTest frozen", test.suspended),
        ("TangoTest restarted on another port", test.stopped),
    ):
        with soak.fault(name) as row:
            with trouble():
                time.sleep(soak.seconds)
            soak.await_good(row, TEST)


def database_faults(soak: Soak) -> None:
    """Kill, freeze and empty the database."""
    database = soak.facility.database
    for name, trouble in (("database killed", database.killed), ("frozen", database.suspended)):
        with soak.fault(name if name != "frozen" else "database frozen") as row:
            with trouble():
                time.sleep(soak.seconds)
            soak.await_good(row, TEST)
    with soak.fault("database restarted empty") as row, ExitStack() as stack:
        stack.enter_context(emptied(soak.facility))
        soak.await_truth(row, OTHER, is_gone)
        stack.close()
        soak.await_truth(row, OTHER, works)


KINDS: dict[str, Good] = {
    "none": is_gone,
    "double": has(1.5),
    "string": has("one"),
    "spectrum": has([1, 2]),
    "enum": has("SQUARE"),
    "other labels": has("STEEP"),
    "short": has(1),
}
"""The `shape` afterwards, by edition of the device that changes."""


def change_faults(soak: Soak) -> None:
    """Give a device other attributes, types and labels, by a restart and while it runs."""
    with soak.fault("other attributes, types, labels: restart") as row:
        for kind, good in KINDS.items():
            soak.changing.stop()
            soak.changing.command[3:] = [kind]
            soak.changing.start()
            soak.await_truth(row, CHANGING, good)
    with soak.fault("dynamic attributes come and go") as row:
        for kind, good in KINDS.items():
            tango.DeviceProxy(DEVICES[CHANGING]).command_inout("Become", kind)
            soak.await_truth(row, CHANGING, good)
    with soak.fault("device deleted, and defined again") as row:
        tango.Database().delete_device(DEVICES[CHANGING])
        soak.await_truth(row, CHANGING, is_gone)
        define()
        soak.changing.restart()
        soak.await_good(row, CHANGING)


def flood(soak: Soak, port: int) -> None:
    """Ask for devices that nobody knows, each by another name, beside the load."""
    with soak.fault("flood of unknown devices") as row:
        unknown = [("flood", f"{BASE}/no/such/{number}/state") for number in range(5000)]
        with asking(port, soak.load, unknown, 8, 0.0):
            time.sleep(soak.seconds)
        wrong = [e for e in soak.load.kept() if not (is_gone if e.target == "flood" else works)(e)]
        if wrong:
            row.wrong = f"{wrong[0].target} was answered {wrong[0].status} {wrong[0].value}"
        soak.await_good(row, TEST)


def worker_faults(soak: Soak, parent: int, clients: int) -> None:
    """Kill a worker, and have all replaced."""
    with soak.fault("worker killed", may_lose=clients) as row:
        before = workers(parent)
        os.kill(before[0], signal.SIGKILL)
        soak.await_good(row, TEST)
        _await_workers(row, lambda: before[0] not in workers(parent), parent, len(before))
    with soak.fault("reload (SIGHUP)") as row:
        before = workers(parent)
        os.kill(parent, signal.SIGHUP)
        _await_workers(row, lambda: not {*before} & {*workers(parent)}, parent, len(before))
        soak.await_good(row, TEST)


def _await_workers(row: Row, replaced: Callable[[], bool], parent: int, count: int) -> None:
    """Wait until workers are replaced and all are there again."""
    end = time.monotonic() + 2 * PATIENCE
    while not (replaced() and len(workers(parent)) == count):
        if time.monotonic() > end:
            row.wrong = row.wrong or "the workers were not replaced"
            return
        time.sleep(0.05)
