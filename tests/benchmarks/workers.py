"""The gain of a gateway from a second worker, and what the machine's cores did meanwhile.

    python tests/benchmarks/workers.py [--seconds 5] [--rounds 5] [--workers 2]

Two gateways run side by side, of one worker and of several, and are asked for one scalar by turns,
by 16 and by 64 connections; the ratio is the median of the rounds. The load generator and the
device server need cores, too: behind each rate stand the cores that each process used, in parts of
one, and those that were left. A ratio says nothing where none were. Needs wrk and tango-test
(Debian), pytango-db, and mtango-ref installed.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import SCALAR, Server, running, value_path
from facility import Facility
from ports import free_port

CONNECTIONS = (16, 64)
_TICK = os.sysconf("SC_CLK_TCK")


class Load(NamedTuple):
    """The result of one measurement."""

    rate: float
    """Requests a second."""
    cores: Mapping[str, float]
    """CPU time of each process, s a second; `idle` is that of nobody."""


def serve(stack: ExitStack, workers: int) -> Server:
    port = free_port()
    command = ["-m", "mtango_ref", "serve", "--backend", "tango", "--port", str(port)]
    command += ["--workers", str(workers)]
    return stack.enter_context(running(command, port, value_path(SCALAR)))


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8")
    return [*map(int, text.split())]


def cpu(pid: int) -> float:
    """Read the s of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def idle() -> float:
    """Read the s for which cores had nothing to do."""
    fields = Path("/proc/stat").read_text("utf-8").splitlines()[0].split()
    return (int(fields[4]) + int(fields[5])) / _TICK


def load(server: Server, connections: int, seconds: int, others: Mapping[str, int]) -> Load:
    """Measure under load. others: the processes that work for the server, too."""
    pids = {f"worker {at}": pid for at, pid in enumerate(children(server.process.pid), 1)}
    pids.update(others)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", server.url]
    before = {name: cpu(pid) for name, pid in pids.items()}
    waits, wrk, began = idle(), _of_children(), time.monotonic()
    output = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    took = time.monotonic() - began
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{server.url} failed under load:\n{output}")
    used = {name: cpu(pid) - before[name] for name, pid in pids.items()}
    used |= {"wrk": _of_children() - wrk, "idle": idle() - waits}
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0])
    return Load(rate, {name: seconds / took for name, seconds in used.items()})


def _of_children() -> float:
    """Read the s of CPU of the processes that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def middle(loads: Sequence[Load]) -> str:
    """Say what the cores did."""
    medians = {
        name: statistics.median(each.cores.get(name, 0.0) for each in loads)
        for name in loads[0].cores
    }
    return ", ".join(f"{name} {used:.2f}" for name, used in medians.items())


def ratios(facility: Facility, seconds: int, rounds: int, workers: int = 2) -> dict[int, float]:
    """Print each rate; return the ratios by the number of connections."""
    found = {}
    others = {"TangoTest": facility.tango_test.pid, "database": facility.database.pid}
    with ExitStack() as stack:
        servers = [serve(stack, 1), serve(stack, workers)]
        for connections in CONNECTIONS:
            loads = [
                [load(each, connections, seconds, others) for each in servers]
                for _ in range(rounds)
            ]
            found[connections] = statistics.median(two.rate / one.rate for one, two in loads)
            for number, of_server in zip((1, workers), zip(*loads, strict=True), strict=True):
                rate = statistics.median(each.rate for each in of_server)
                print(
                    f"{connections:4} connections, workers {number}: {rate:7.0f} requests/s;",
                    end="",
                )
                print(f" cores: {middle(of_server)}", flush=True)
            print(
                f"{connections:4} connections, {workers} / 1: {found[connections]:.2f}", flush=True
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="of each comparison")
    parser.add_argument("--workers", type=int, default=2, help="of the second gateway")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    with Facility() as facility:
        ratios(facility, options.seconds, options.rounds, options.workers)


if __name__ == "__main__":
    main()
