"""The cost to others while one device hangs, while many ask for none, and while many idle.

    python tests/benchmarks/beside.py [--seconds 5] [--rounds 5]

Each line is measured by turns: the others' requests a second without and with the trouble, and of
the second the longest wait. Needs wrk and tango-test (Debian), pytango-db, and mtango-ref
installed.
"""

from __future__ import annotations

import argparse
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import SCALAR, Server, serve
from facility import Facility

HANGING = (4, 32, 200)
UNKNOWN = 32
IDLE = 900
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}

Trouble = Callable[[], AbstractContextManager[object]]


def load(url: str, seconds: int, connections: int = 16) -> tuple[float, float]:
    """Measure requests a second, and s of the longest wait."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", url]
    output = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    [(number, unit)] = re.findall(r"Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)", output)
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0])
    return rate, float(number) * _UNITS[unit]


@contextmanager
def asking(url: str, connections: int) -> Iterator[None]:
    """Let so many clients ask again and again."""
    command = ["wrk", "-t1", f"-c{connections}", "-d600s", "--timeout", "60s", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def idling(server: Server) -> Iterator[None]:
    """Hold connections without a request."""
    address = urlsplit(server.url)
    assert address.hostname is not None
    at = address.hostname, address.port or 80
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection(at)) for _ in range(IDLE)]
        # They are taken in in their order: with the last one's answer none has to be any more.
        opened[-1].sendall(f"GET {address.path} HTTP/1.1\r\nHost: {at[0]}\r\n\r\n".encode())
        assert opened[-1].recv(4096).startswith(b"HTTP/1.1 200")
        yield


class Noticed(NamedTuple):
    """The effect of a trouble on others: medians, but for the longest wait."""

    before: float
    """Requests a second without it."""
    rate: float
    """Requests a second with it."""
    ratio: float
    longest: float
    """s"""


def beside(label: str, url: str, trouble: Trouble, seconds: int, rounds: int) -> Noticed:
    """Print a line of what others notice."""
    found = []
    for _ in range(rounds):
        before, _ = load(url, seconds)
        with trouble():
            rate, longest = load(url, seconds)
        found.append((before, rate, rate / before, longest))
        time.sleep(0.5)
    before, rate, ratio = (statistics.median(each[i] for each in found) for i in range(3))
    middle = Noticed(before, rate, ratio, max(each[3] for each in found))
    print(f"{label:>45} {before:7.0f} {rate:7.0f} {ratio:6.2f} {middle.longest:8.3f}", flush=True)
    return middle


def beside_idle(seconds: int, rounds: int) -> Noticed:
    """Print what others notice of idle connections."""
    with ExitStack() as stack:
        fake = serve(stack, "fake", SCALAR)
        label = f"{IDLE} connections idle (fake)"
        return beside(label, fake.url, lambda: idling(fake), seconds, rounds)


def beside_hanging(facility: Facility, seconds: int, rounds: int) -> tuple[list[Noticed], Noticed]:
    """Print what others notice of a device that hangs, by HANGING, and of unknown devices."""
    found = []
    with ExitStack() as stack:
        gateway = serve(stack, "tango", SCALAR)
        others = gateway.url.replace("sys/tg_test/1", "test/one_of_each/1")
        others = others.replace(SCALAR, "alarm")
        urlopen(others).close()
        for clients in HANGING:

            @contextmanager
            def hanging(clients: int = clients) -> Iterator[None]:
                with facility.tango_test.suspended(), asking(gateway.url, clients):
                    yield

            label = f"{clients} ask a device that hangs"
            found.append(beside(label, others, hanging, seconds, rounds))
            urlopen(gateway.url).close()
        unknown = gateway.url.replace("sys/tg_test/1", "no/such/device")
        label = f"{UNKNOWN} ask for a device that is not defined"
        return found, beside(label, others, lambda: asking(unknown, UNKNOWN), seconds, rounds)


HEAD = f"{'requests a second of 16 clients, while':>45}  before   while  ratio longest s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=5, help="of each comparison")
    options = parser.parse_args()
    print(HEAD)
    beside_idle(options.seconds, options.rounds)
    with Facility() as facility:
        beside_hanging(facility, options.seconds, options.rounds)


if __name__ == "__main__":
    main()
