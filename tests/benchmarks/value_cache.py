"""The load that a gateway with a cache of values spares a device: 64 clients read one attribute.

    python tests/benchmarks/value_cache.py [--seconds 5] [--rounds 5] [--ttl 0.1]

The gateways without and with `value_ttl` are both up, and asked by turns. They count their calls,
and a device counts its readings. Needs wrk and tango-test (Debian), pytango-db, and mtango-ref
installed.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import tango

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.beside import load
from benchmarks.measure import DEVICE, SCALAR, Server, running, value_path
from facility import Facility
from ports import free_port

CLIENTS = 64
SENSOR = "test/sensor/1"
FAST = value_path(SCALAR)
SLOW = FAST.replace(f"{DEVICE}/attributes/{SCALAR}", f"{SENSOR}/attributes/readings")
CALLS = r"mtango_tango_call_duration_seconds_count"
PAUSE = 5
"""s in which a device is through with what nobody waits for any more."""
FAILURES = r"mtango_tango_failures_total"


class Round(NamedTuple):
    """The rates of one measurement, each a second."""

    answers: float
    failures: float
    """Failed answers: calls that took longer than tango_timeout, for most of them."""
    calls: float
    """Calls to Tango."""


def gateway(stack: ExitStack, ttl: float) -> Server:
    port = free_port()
    command = ["-m", "mtango_ref", "serve", "--backend", "tango", "--port", str(port)]
    command += ["--workers", "1", "--value-ttl", str(ttl)]
    return stack.enter_context(running(command, port, ""))


def figure(server: Server, pattern: str) -> float:
    """Add up figures of a gateway, by the beginning of their names."""
    text = urlopen(f"{server.url}/metrics").read().decode()
    return sum(float(number) for number in re.findall(rf"^{pattern}.* (\S+)$", text, re.MULTILINE))


def measure(server: Server, path: str, seconds: int) -> Round:
    before = figure(server, CALLS), figure(server, FAILURES)
    answers, _ = load(f"{server.url}{path}", seconds, CLIENTS)
    calls, failures = figure(server, CALLS) - before[0], figure(server, FAILURES) - before[1]
    if path == SLOW:
        time.sleep(PAUSE)
    return Round(answers, failures / seconds, calls / seconds)


def check(server: Server, seconds: int) -> tuple[int, int]:
    """Return the gateway's calls while two clients ask, and what readings the device counts."""
    device = tango.DeviceProxy(SENSOR)
    before, first = figure(server, CALLS), device.readings
    load(f"{server.url}{SLOW}", seconds, 2)
    time.sleep(PAUSE)
    return round(figure(server, CALLS) - before), device.readings - first - 1


def row(name: str, ttl: float, rounds: Sequence[Round]) -> str:
    answers, failures, calls = (statistics.median(column) for column in zip(*rounds, strict=True))
    return f"{name:26} {ttl:9g} {answers:10.0f} {failures:10.1f} {calls:13.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="of each comparison")
    parser.add_argument("--ttl", type=float, default=0.1, help="s that a value is kept")
    options = parser.parse_args()
    ttls = (0.0, options.ttl)
    print(f"{CLIENTS} clients on one attribute, medians of {options.rounds} rounds by turns")
    print(f"{'':26} {'value_ttl':>9} {'answers/s':>10} {'failures/s':>10} {'Tango calls/s':>13}")
    with Facility() as facility, ExitStack() as stack:
        stack.enter_context(facility.sensors([SENSOR]))
        servers = [gateway(stack, ttl) for ttl in ttls]
        for name, path in {"scalar of TangoTest": FAST, "reading that takes 0.2 s": SLOW}.items():
            rounds = [
                [measure(server, path, options.seconds) for server in servers]
                for _ in range(options.rounds)
            ]
            for ttl, found in zip(ttls, zip(*rounds, strict=True), strict=True):
                print(row(name, ttl, found), flush=True)
        for server, ttl in zip(servers, ttls, strict=True):
            calls, readings = check(server, options.seconds)
            print(f"value_ttl {ttl:g}: {calls} calls by the gateway, {readings} readings")


if __name__ == "__main__":
    main()
