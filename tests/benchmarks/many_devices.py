"""The rate of a gateway as its clients read more devices, each of them in turn.

    python tests/benchmarks/many_devices.py [--seconds 5] [--rounds 5] [-- --cache-size 64]

8 clients read one attribute of each device of a real server, through one worker: each of several
has caches of its own. What stands after -- are options of the gateway. Needs wrk and tango-test
(Debian), pytango-db, and mtango-ref installed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import Server, requests_per_second, running
from facility import Facility
from ports import free_port

FEW, MANY = 30, 300
CLIENTS = 8
BASE = "/tango/rest"
ROUTE = """\
local number = 0
function request()
    number = (number + 1) % {count}
    local device = "test/many/" .. number
    return wrk.format("GET", "{base}/devices/" .. device .. "/attributes/value/value")
end
"""
HOST = f"{BASE}/rc3/hosts/localhost/10000"


def gateway(stack: ExitStack, options: list[str]) -> Server:
    port = free_port()
    command = ["-m", "mtango_ref", "serve", "--backend", "tango", "--port", str(port)]
    command += ["--workers", "1", *options]
    return stack.enter_context(running(command, port, BASE))


def rate(server: Server, count: int, folder: Path, seconds: int) -> float:
    """Measure the requests a second of all clients."""
    route = folder / "route.lua"
    route.write_text(ROUTE.format(count=count, base=HOST), "utf-8")
    return requests_per_second(server.url, CLIENTS, seconds, route)


def ratio(facility: Facility, seconds: int, rounds: int, options: list[str]) -> float:
    """Print the rates, memory and caches; return the ratio of the rates."""
    names = [f"test/many/{number}" for number in range(MANY)]
    with ExitStack() as stack:
        stack.enter_context(facility.sensors(names))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = gateway(stack, options)
        before = server.resident()
        for count in (FEW, MANY):
            rate(server, count, folder, 1)
        after = server.resident()
        measured = [
            [rate(server, count, folder, seconds) for count in (FEW, MANY)] for _ in range(rounds)
        ]
        caches = json.load(urlopen(f"{server.url}/sys/cache/devices"))
    few, many = (statistics.median(column) for column in zip(*measured, strict=True))
    found = statistics.median(many / few for few, many in measured)
    print(f"requests a second of {CLIENTS} clients, of one attribute of each device in turn")
    print(f"{FEW} devices {few:.0f}, {MANY} devices {many:.0f}, ratio {found:.2f}")
    print(f"resident memory: {before:.1f} MB, with {MANY} devices {after:.1f} MB")
    print(f"cache of devices: {caches}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="of each comparison")
    parser.add_argument("options", nargs="*", help="of the gateway")
    options = parser.parse_args()
    with Facility() as facility:
        ratio(facility, options.seconds, options.rounds, options.options)


if __name__ == "__main__":
    main()
