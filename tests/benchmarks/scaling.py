"""The cost of a facility as it grows: starting, listing its devices, reading a value.

    python tests/benchmarks/scaling.py [--seconds 1] [--rounds 9]

Needs wrk (Debian), and mtango-ref installed. Where two things are compared they are measured
by turns, and the ratio is the median of the rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import (
    Server,
    compare,
    reference,
    requests_per_second,
)
from ports import free_port

ATTRIBUTES = 50
MANY = 1000
DEVICES = "/tango/rest/rc3/hosts/localhost/10000/devices"
WILDCARDS = ("sim/*", "*/family7*/*", "sim/family42/*", "*7")
ROUTE = """\
local number = 0
function request()
    number = (number + 1) % {count}
    local family = math.floor(number / 100)
    local device = string.format("sim/family%d/%d", family, number)
    return wrk.format("GET", "{devices}/" .. device .. "/attributes/attribute_7/value")
end
"""


def fixture(folder: Path, devices: int, *, recorded: bool = False) -> Path:
    """Write a facility of one class; recorded: with a value of its own for each attribute of each
    device."""
    path = folder / f"{devices}{'-recorded' * recorded}.yml"
    with path.open("w", encoding="utf-8") as file:
        file.write("classes:\n  Sensor:\n    attributes:\n")
        for number in range(ATTRIBUTES):
            file.write(f"      attribute_{number}: {{data_type: DevDouble, value: {number}.5}}\n")
        file.write("devices:\n")
        for number in range(devices):
            family = number // 100
            file.write(f"  sim/family{family}/{number}:\n    class: Sensor\n")
            file.write(f"    server: Sensor/{family}\n")
            if recorded:
                file.write("    attributes:\n")
                for attribute in range(ATTRIBUTES):
                    file.write(f"      attribute_{attribute}: {{value: {number}.{attribute}}}\n")
    return path


@contextmanager
def serving(path: Path) -> Iterator[tuple[Server, float]]:
    """Serve that fixture, at its list of devices; s from exec to the first answer."""
    port = free_port()
    url = f"http://127.0.0.1:{port}{DEVICES}"
    command = [sys.executable, "-m", "mtango_ref", "serve", "--port", str(port), "--fixture"]
    begun = time.perf_counter()
    process = subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        urlopen(f"{url}/sim/family0/0/attributes/attribute_7/value").read()
        yield Server(url, process), time.perf_counter() - begun
    finally:
        process.terminate()
        process.communicate()


def starts(folder: Path, rounds: int) -> None:
    print("Starting: s from exec to the first answer, and of them s of CPU; resident MB then, and")
    print("of 1000 devices also after each attribute of each device was read")
    print(f"{'facility':>45} {'s':>5} {'CPU':>5} {'MB':>4} {'read':>5}")
    for devices, recorded in ((1, False), (1000, False), (1000, True), (10_000, False)):
        path = fixture(folder, devices, recorded=recorded)
        times, worked = [], []
        for _ in range(rounds):
            with serving(path) as (server, seconds):
                times.append(seconds)
                worked.append(cpu(server))
                resident, read = server.resident(), ""
                if devices == 1000 and len(times) == rounds:
                    read_all(server, devices)
                    read = f"{server.resident():.0f}"
        label = f"{devices} x {ATTRIBUTES} attributes"
        label += ", each with its own value" if recorded else ", of one class"
        wall, busy = statistics.median(times), statistics.median(worked)
        print(f"{label:>45} {wall:5.2f} {busy:5.2f} {resident:4.0f} {read:>5}", flush=True)


def cpu(server: Server) -> float:
    """Read the s of CPU that a server has used."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_all(server: Server, devices: int) -> None:
    names = "&".join(f"attr=attribute_{number}" for number in range(ATTRIBUTES))
    for number in range(devices):
        family = number // 100
        urlopen(f"{server.url}/sim/family{family}/{number}/attributes/value?{names}").read()


def lists(folder: Path, options: argparse.Namespace) -> None:
    print(
        "\nGET devices, requests a second, one connection; bare: Falcon and waitress alone, where"
    )
    print("orjson writes the same list")
    print(f"{'devices':>20} {'listed':>7} {'ours':>7} {'bare':>7} {'ratio':>6}")
    for count in (100, 10_000):
        with serving(fixture(folder, count)) as (server, _):
            for wildcard in ("", *(WILDCARDS if count == 10_000 else ())):
                list_one(server, f"{count} {wildcard}", wildcard, options)


def list_one(server: Server, label: str, wildcard: str, options: argparse.Namespace) -> None:
    asked = Server(server.url + (f"?wildcard={wildcard}" if wildcard else ""), server.process)
    listed = urlopen(asked.url).read().count(b'"href"')
    with ExitStack() as stack:
        bare = reference(stack, "written", asked)
        own, other, ratio = compare(asked, bare, 1, options)
        print(f"{label:>20} {listed:7} {own:7.0f} {other:7.0f} {ratio:6.2f}", flush=True)


def values(folder: Path, options: argparse.Namespace) -> None:
    print(
        "\nGET a value, requests a second, 16 connections: of one device; of many by turns, up to"
    )
    print(f"{MANY}, which were asked before")
    counts = (1, 100, 10_000)
    print(f"{'devices':>10} {'one':>7} {'many':>7}")
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(fixture(folder, count)))[0] for count in counts]
        for count, server in zip(counts, servers, strict=True):
            read_all(server, min(count, MANY))
        rates: list[list[tuple[float, float]]] = [[] for _ in counts]
        for _ in range(options.rounds):
            for count, server, of_server in zip(counts, servers, rates, strict=True):
                one = f"{server.url}/sim/family0/0/attributes/attribute_7/value"
                route = folder / "route.lua"
                route.write_text(ROUTE.format(count=min(count, MANY), devices=DEVICES), "utf-8")
                of_server.append(
                    (
                        requests_per_second(one, 16, options.seconds),
                        requests_per_second(one, 16, options.seconds, route),
                    )
                )
    for count, of_server in zip(counts, rates, strict=True):
        one_rate, many_rate = map(statistics.median, zip(*of_server, strict=True))
        print(f"{count:10} {one_rate:7.0f} {many_rate:7.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=1, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=9, help="of each comparison")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts(folder, options.rounds)
        lists(folder, options)
        values(folder, options)


if __name__ == "__main__":
    main()
