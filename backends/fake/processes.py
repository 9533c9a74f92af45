"""The processes of the device servers: when each began, and which a change starts again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mtango_ref.fixture.completing import server_of
from mtango_ref.fixture.definitions import Defined, Definitions
from mtango_ref.names import lower

_FIRST_PID = 1000


@dataclass(frozen=True, eq=False)
class Process:
    """One run of a device server. Times are in s since the epoch."""

    pid: int
    since: float
    stopped: float | None = None
    """The end of the run before it; None if there was none."""


Processes = Mapping[str, Process]
"""The processes by executable/instance in lower case."""


def started(definitions: Definitions, since: float) -> Processes:
    """Start every device server."""
    servers = sorted({server_key(each) for each in definitions.devices.values()})
    # By name, so that the same fixture has the same PIDs in every run.
    return {server: Process(_FIRST_PID + n, since) for n, server in enumerate(servers)}


def restarted(processes: Processes, server: str, now: float) -> Processes:
    """Stop a device server and start it again."""
    # A new process has a PID of its own; the database has seen the old one stop.
    return {**processes, server: Process(_next_pid(processes), now, stopped=now)}


def followed(
    processes: Processes, before: Definitions, after: Definitions, now: float
) -> Processes:
    """Start again the servers of which a device came, or became one of another kind.

    Tango: a server asks the database for its devices when it starts, and a class whose attributes
    or commands are other ones is another program. A server without any device is gone.
    """
    servers = {server_key(each) for each in after.devices.values()}
    # A server that still has a device runs on, whatever became of the others.
    kept = {server: processes[server] for server in sorted(servers & processes.keys())}
    for server in sorted({*_changed(before, after), *(servers - processes.keys())}):
        if server in processes:
            kept = {**kept, **restarted({**processes, **kept}, server, now)}
        else:
            kept[server] = Process(_next_pid({**processes, **kept}), now)
    return {server: kept[server] for server in kept if server in servers}


def _changed(before: Definitions, after: Definitions) -> Iterator[str]:
    for key, each in after.devices.items():
        former = before.devices.get(key)
        if former is each or former == each:
            continue
        # The same kinds with other values are the same program, which runs on.
        if former is None or former.kinds != each.kinds:
            yield server_key(each)


def server_key(defined: Defined) -> str:
    """Give the name of a device's server in lower case."""
    return lower(server_of(defined.device))


def _next_pid(processes: Processes) -> int:
    # None comes again: by its PID a client knows that a server is another process.
    return max((each.pid for each in processes.values()), default=_FIRST_PID - 1) + 1
