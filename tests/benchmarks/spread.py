"""The spread of connections over the workers of a gateway.

    python tests/benchmarks/spread.py [--workers 4] [--connections 64]

Needs tango-test (Debian), pytango-db, and mtango-ref installed. The process that answers a
connection is the one that holds it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))


from facility import Facility  # noqa: E402 - beside this folder
from ports import free_port  # noqa: E402


def holders(port: int) -> Counter[int]:
    """Count the established connections to a port, by the process that holds them."""
    command = ["ss", "-tnpH", "state", "established", f"( sport = :{port} )"]
    found = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    return Counter(int(line.split("pid=")[1].split(",")[0]) for line in found.splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    port = free_port()
    command = [sys.executable, "-m", "mtango_ref", "serve", "--backend", "tango"]
    command += ["--port", str(port), "--workers", str(options.workers)]
    with Facility(), ExitStack() as stack:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(3)  # until the last worker answers, too
        for _ in range(options.rounds):
            opened = [HTTPConnection("127.0.0.1", port) for _ in range(options.connections)]
            for each in opened:
                each.connect()
            for each in opened:
                each.request("GET", "/tango/rest/sys")
                each.getresponse().read()
            shares = sorted(holders(port).values(), reverse=True)
            print(*shares, f"most / fewest {shares[0] / shares[-1]:.2f}", sep="  ")
            for each in opened:
                each.close()
            time.sleep(0.5)


if __name__ == "__main__":
    main()
