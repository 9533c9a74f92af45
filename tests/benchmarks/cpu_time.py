"""The CPU time that a request costs the process of a server, in us: less noisy than rates are.

    python tests/benchmarks/cpu_time.py [--sanic PYTHON] [--seconds 2] [--rounds 5]

Each server answers by turns; medians, and the smallest of the rounds. Linux alone says how long
each thread ran. Needs wrk and tango-test (Debian), pytango-db, and mtango-ref installed.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import (
    CONNECTIONS,
    HERE,
    SCALAR,
    Server,
    reference,
    running,
    sanic,
    serve,
    value_path,
)
from facility import Facility
from ports import free_port


def nothing(stack: ExitStack, kind: str, python: str = sys.executable) -> Server:
    port, path = free_port(), value_path(SCALAR)
    command = [str(HERE / "nothing.py"), kind, str(port), path]
    return stack.enter_context(running(command, port, urlsplit(path).path, python))


def servers(stack: ExitStack, python: str | None) -> dict[str, Server]:
    """Start all of them; python: one that has sanic."""
    fake, gateway = serve(stack, "fake", SCALAR), serve(stack, "tango", SCALAR)
    found = {
        "nothing but the answer, on our server": nothing(stack, "plain"),
        "the same by Falcon, on our server": nothing(stack, "falcon"),
        "the fake's scalar value": fake,
        "the same on bare Falcon and waitress": reference(stack, "same", fake),
        "the gateway's scalar value": gateway,
    }
    if python is not None:
        found["nothing but the answer, on sanic"] = nothing(stack, "sanic", python)
        found["the same read on sanic"] = sanic(stack, python, gateway)
    return found


def cpu_time(server: Server) -> float:
    """Us that the threads of a server, or of its only worker, have run."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    files = [
        file for each in (pid, *children) for file in Path(f"/proc/{each}/task").glob("*/schedstat")
    ]
    return sum(int(file.read_text("utf-8").split()[0]) for file in files) / 1000


def cost(server: Server, connections: int, seconds: int) -> float:
    """Us of CPU time a request."""
    before = cpu_time(server)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", server.url]
    output = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    if "Non-2xx" in output:
        raise SystemExit(f"{server.url} failed under load:\n{output}")
    return (cpu_time(server) - before) / int(re.findall(r"(\d+) requests in", output)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sanic", help="a Python that has sanic, PyTango and orjson")
    parser.add_argument("--seconds", type=int, default=2, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="of each comparison")
    options = parser.parse_args()
    with Facility(), ExitStack() as stack:
        found = servers(stack, options.sanic)
        costs: dict[tuple[str, int], list[float]] = {
            (name, count): [] for name in found for count in CONNECTIONS
        }
        for server in found.values():
            cost(server, 16, 1)  # so that it has seen a request
        for _ in range(options.rounds):
            for (name, count), each in costs.items():
                each.append(cost(found[name], count, options.seconds))
    print(f"{'us a request: median, smallest':38}", *(f"{count:>13}" for count in CONNECTIONS))
    for name in found:
        rows = [costs[name, count] for count in CONNECTIONS]
        print(f"{name:38}", *(f"{statistics.median(each):6.0f} {min(each):6.0f}" for each in rows))


if __name__ == "__main__":
    main()
