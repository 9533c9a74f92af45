"""A gateway under load while everything around it fails, and a table of what clients noticed.

    python tests/soak/run.py [--size ci|large]

`ci` takes about three minutes; `large` asks at full rate, and makes the faults again and again for
an hour. Exits with 1 if a rule of table.py is broken or the gateway grew (growth.py), from the end
of the first round to that of the last. FACILITY_DATABASE chooses the database.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from facility import Facility
from soak.faults import (
    PATHS,
    Soak,
    change_faults,
    database_faults,
    device_faults,
    flood,
    worker_faults,
)
from soak.growth import Held, grown, held
from soak.load import Load, asking
from soak.table import HEADER, TANGO_TIMEOUT, breaches


class Size(NamedTuple):
    """The load, and how long it lasts."""

    seconds: float
    """s of rounds; there are two at least."""
    fault: float
    """s that a fault lasts."""
    pause: float
    """s of a client between two requests."""


SIZES = {"ci": Size(120.0, 6.0, 0.01), "large": Size(3600.0, 8.0, 0.0)}
CLIENTS = 4
"""The number of clients for each device."""
WORKERS = "4"


@contextmanager
def gateway(*arguments: str, output: str = os.devnull) -> Iterator[tuple[int, int]]:
    """Run a gateway; (its parent's process, its port)."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mtango_ref", "serve", "--backend", "tango", "--workers"]
    command += [WORKERS, "--port", str(port), "--tango-timeout", str(TANGO_TIMEOUT), *arguments]
    with Path(output).open("wb") as opened:
        process = subprocess.Popen(command, stdout=opened, stderr=opened)
    try:
        _await_start(port)
        yield process.pid, port
        process.terminate()
        if code := process.wait(60):
            raise SystemExit(f"The gateway ended with {code}.")
    finally:
        process.kill()
        process.wait()


def _await_start(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        if time.monotonic() > end:
            raise SystemExit("The gateway did not start.")
        time.sleep(0.1)


def rounds(soak: Soak, parent: int, port: int, size: Size) -> list[Held]:
    """Make all faults by turns; what the gateway held after each round."""
    holds: list[Held] = []
    begin = time.monotonic()
    while len(holds) < 2 or time.monotonic() - begin < size.seconds:
        with asking(port, soak.load, PATHS, CLIENTS, size.pause):
            soak.load.await_answer(PATHS[-1][0], lambda each: each.status == 200, 60)
            device_faults(soak)
            database_faults(soak)
            change_faults(soak)
            flood(soak, port)
        time.sleep(2)
        holds.append(held(parent))
        print(f"round {len(holds)}: {holds[-1]}", flush=True)
    return holds


def full_disk(soak: Soak, size: Size) -> None:
    """Let a gateway write its logs to a disk that is full."""
    with (
        gateway("--access-log", "json", output="/dev/full") as (_, port),
        asking(port, soak.load, PATHS, CLIENTS, size.pause),
        soak.fault("disk full for logs") as row,
    ):
        time.sleep(size.fault)
        soak.await_good(row, PATHS[0][0])


def drain(soak: Soak, parent: int, port: int, size: Size) -> None:
    """Stop a gateway under load: only what it never took may fail."""
    with soak.fault("drain (SIGTERM)") as row:
        with asking(port, soak.load, PATHS, CLIENTS, size.pause):
            time.sleep(1)
            os.kill(parent, signal.SIGTERM)
            time.sleep(1)
        # Nobody listens any more: no request was taken, so none was lost.
        kept = [e for e in soak.load.taken() if not str(e.value).startswith("ConnectionRefused")]
        row.add(kept)


def run(size: Size) -> int:
    """Print the table; 1 if a rule is broken."""
    with Facility() as facility, ExitStack() as stack:
        load = Load()
        soak = Soak(facility, load, size.fault, stack)
        with gateway() as (parent, port):
            holds = rounds(soak, parent, port, size)
            with asking(port, load, PATHS, CLIENTS, size.pause):
                worker_faults(soak, parent, CLIENTS * len(PATHS))
            drain(soak, parent, port, size)
        full_disk(soak, size)
    print(HEADER, *soak.rows.values(), sep="\n")
    print(f"after the first round: {holds[0]}\nafter round {len(holds)}: {holds[-1]}")
    broken = breaches(soak.rows.values()) + grown(holds[0], holds[-1])
    print(*(f"BROKEN: {each}" for each in broken), sep="\n")
    return 1 if broken else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=SIZES, default="ci")
    begin = time.monotonic()
    code = run(SIZES[parser.parse_args().size])
    print(f"{time.monotonic() - begin:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
