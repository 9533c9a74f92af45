"""All that is promised of the server's rates, in one run of about 15 minutes.

    python tests/benchmarks/table.py [--sanic PYTHON] [--seconds 2] [--rounds 5]

For a machine that does nothing else. Each benchmark runs in its turn and prints what it measures;
at the end stands the table of ratios, each beside what is wanted. Without `--sanic`, a Python that
has sanic, PyTango and orjson, the row of that is left out. Needs wrk and tango-test (Debian),
pytango-db, and mtango-ref installed.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import beside, many_devices, workers
from benchmarks.measure import CONNECTIONS, SCALAR, Server, compare, reference, sanic, serve
from facility import Facility

HERE = Path(__file__).parent
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
ALSO = (
    ("multi_reads.py", "--seconds", "1", "--rounds", "5"),
    ("camera.py", "--seconds", "3"),
    ("value_cache.py", "--seconds", "3", "--rounds", "3"),
    ("figures_cost.py", "--rounds", "101"),
    ("figures_cost.py", "--of", "log", "--rounds", "101"),
    ("figures_cost.py", "--of", "extensions", "--rounds", "101"),
)
"""The benchmarks without a row in the table: their output stands above it."""


class Row(NamedTuple):
    """A ratio, by the number of connections; 0 stands for a row that has one figure."""

    name: str
    wanted: Mapping[int, float]
    found: Mapping[int, float]
    most: bool = False
    """True if the figure is to be at most what is wanted; else at least."""
    remark: str = ""

    def cell(self, at: int) -> str:
        """Show a figure, and what is wanted of it."""
        if at not in self.found:
            return ""
        found, wanted = self.found[at], self.wanted[at]
        met = found <= wanted if self.most else found >= wanted
        sign = "<=" if self.most else ">="
        return f"{found:.2f} ({sign} {wanted:g}{'' if met else ', missed'})"


def against(ours: Server, theirs: Server, options: argparse.Namespace) -> dict[int, float]:
    found = {}
    for connections in CONNECTIONS:
        own, other, found[connections] = compare(ours, theirs, connections, options)
        print(f"{connections:4} connections: {own:.0f} and {other:.0f} requests/s", flush=True)
    return found


def tail(server: Server, options: argparse.Namespace) -> float:
    """Measure the 99th percentile of the times of answers, by their median, at 16 connections."""
    ratios = []
    command = ["wrk", "-t1", "-c16", f"-d{options.seconds}s", "--latency", server.url]
    for _ in range(options.rounds):
        output = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
        shares = {
            percent: float(number) * _UNITS[unit]
            for percent, number, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)", output)
        }
        ratios.append(shares["99"] / shares["50"])
    return statistics.median(ratios)


def of_fake(options: argparse.Namespace) -> list[Row]:
    with ExitStack() as stack:
        fake = serve(stack, "fake", SCALAR)
        bare = reference(stack, "same", fake)
        print("\nfake, and bare Falcon on waitress", flush=True)
        rates, last = against(fake, bare, options), tail(fake, options)
    print(f"\n{beside.HEAD}", flush=True)
    idle = beside.beside_idle(options.seconds, options.rounds)
    return [
        Row("fake / bare Falcon on waitress", {1: 1.2, 16: 2.2, 64: 2.2}, rates),
        Row("p99 / median, fake", {16: 3.0}, {16: last}, most=True),
        Row(f"fake with {beside.IDLE} idle connections / with none", {16: 0.95}, {16: idle.ratio}),
    ]


def of_gateway(facility: Facility, options: argparse.Namespace) -> list[Row]:
    rows = []
    with ExitStack() as stack:
        gateway = serve(stack, "tango", SCALAR)
        if options.sanic:
            print("\ngateway, and bare sanic with the same read", flush=True)
            found = against(gateway, sanic(stack, options.sanic, gateway), options)
            rows.append(Row("gateway / bare sanic", dict.fromkeys(CONNECTIONS, 1.0), found))
        last = tail(gateway, options)
        rows.append(Row("p99 / median, gateway", {16: 3.0}, {16: last}, most=True))
    print("\nworkers", flush=True)
    ratios = workers.ratios(facility, options.seconds, options.rounds)
    rows.append(Row("2 workers / 1", {16: 1.6, 64: 1.6}, ratios))
    print(f"\n{beside.HEAD}", flush=True)
    hanging, unknown = beside.beside_hanging(facility, options.seconds, options.rounds)
    for clients, each in zip(beside.HANGING, hanging, strict=True):
        name, wait = (
            f"others while {clients} ask a frozen device",
            f"longest wait {each.longest:.2f} s",
        )
        rows.append(Row(name, {0: 0.9}, {0: each.ratio}, remark=f"{wait} (< 1)"))
    name = f"others while {beside.UNKNOWN} ask for unknown devices"
    rows.append(Row(name, {0: 0.5}, {0: unknown.ratio}))
    print("\nmany devices", flush=True)
    many = many_devices.ratio(facility, options.seconds, options.rounds, [])
    name = f"{many_devices.MANY} devices / {many_devices.FEW}"
    return [*rows, Row(name, {0: 0.9}, {0: many})]


def print_table(rows: list[Row]) -> None:
    print("\n| ratio | | 1 | 16 | 64 | |\n|---|---|---|---|---|---|")
    for row in rows:
        cells = " | ".join(row.cell(at) for at in (0, *CONNECTIONS))
        print(f"| {row.name} | {cells} | {row.remark} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sanic", help="a Python that has sanic, PyTango and orjson")
    parser.add_argument("--seconds", type=int, default=2, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="of each comparison")
    parser.add_argument("--short", action="store_true", help="leave out what has no row")
    options = parser.parse_args()
    began, busy = time.monotonic(), os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load average {busy:.1f}")
    rows = of_fake(options)
    with Facility() as facility:
        rows += of_gateway(facility, options)
    for script, *arguments in () if options.short else ALSO:
        print(f"\n{script} {' '.join(arguments)}", flush=True)
        subprocess.run([sys.executable, str(HERE / script), *arguments], check=True)
    print_table(rows)
    print(f"\n{time.monotonic() - began:.0f} s; load average before: {busy:.1f}")


if __name__ == "__main__":
    main()
