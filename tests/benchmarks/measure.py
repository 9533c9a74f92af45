"""The speed of the server, as ratios to what Falcon, waitress and PyTango cost alone.

    python tests/benchmarks/measure.py [--seconds 1] [--rounds 9] [--requests 200000]
        [--sanic PYTHON]

Needs wrk and tango-test (Debian), pytango-db, and mtango-ref installed. All of a table is
measured in one run, the servers of a pair by turns, and a ratio is the median of its rounds.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from facility import Facility  # noqa: E402 - beside this folder
from ports import free_port  # noqa: E402

DEVICE = "sys/tg_test/1"
CONNECTIONS = (1, 16, 64)
SCALAR = "long_scalar"
ARRAYS = {"256 double": "double_spectrum_ro", "251x251 ushort": "ushort_image_ro"}


def value_path(attribute: str) -> str:
    return f"/tango/rest/rc3/hosts/localhost/10000/devices/{DEVICE}/attributes/{attribute}/value"


class Server:
    """A process that answers at `url`, and what it weighs."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process

    def memory(self, key: str) -> float:
        """Read MB of a figure of /proc/PID/status; of a gateway, those of its workers."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
        files = [Path(f"/proc/{each}/status") for each in children or [str(pid)]]
        texts = [file.read_text("utf-8") for file in files]
        return sum(int(text.split(f"{key}:")[1].split()[0]) for text in texts) / 1024

    def resident(self) -> float:
        """Read the resident memory, MB."""
        return self.memory("VmRSS")


@contextmanager
def running(
    command: Sequence[str], port: int, path: str, python: str = sys.executable
) -> Iterator[Server]:
    process = subprocess.Popen([python, *command], stdout=subprocess.DEVNULL)
    server = Server(f"http://127.0.0.1:{port}{path}", process)
    try:
        _wait_for(server.url)
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urlopen(url).close()
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} does not answer")


def serve(stack: ExitStack, backend: str, attribute: str) -> Server:
    """Serve in one process, as what it is measured against does."""
    port = free_port()
    command = ["-m", "mtango_ref", "serve", "--backend", backend, "--port", str(port)]
    command += ["--workers", "1"]
    return stack.enter_context(running(command, port, value_path(attribute)))


def reference(stack: ExitStack, kind: str, to: Server) -> Server:
    port = free_port()
    command = [str(HERE / "references.py"), kind, str(port), to.url]
    return stack.enter_context(running(command, port, urlsplit(to.url).path))


def sanic(stack: ExitStack, python: str, to: Server) -> Server:
    """Start the reference. python: one that has sanic, PyTango and orjson."""
    port = free_port()
    command = [str(HERE / "sanic_reference.py"), str(port), to.url]
    return stack.enter_context(running(command, port, urlsplit(to.url).path, python))


def requests_per_second(
    url: str, connections: int, seconds: float, route: Path | None = None
) -> float:
    """Ask for some seconds. route: a script of wrk's that says what to ask."""
    script = [] if route is None else ["-s", str(route)]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *script, url]
    output = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{url} failed under load:\n{output}")
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0])


def compare(
    ours: Server, theirs: Server, connections: int, options: argparse.Namespace
) -> tuple[float, float, float]:
    """Measure the requests a second of both, and the ratio."""
    rounds = [
        tuple(
            requests_per_second(each.url, connections, options.seconds) for each in (ours, theirs)
        )
        for _ in range(options.rounds)
    ]
    own, other = (statistics.median(column) for column in zip(*rounds, strict=True))
    return own, other, statistics.median(a / b for a, b in rounds)


def scalars(options: argparse.Namespace) -> None:
    print(f"GET one scalar value ({SCALAR}), requests a second")
    print(f"{'connections':>11} {'b fake':>8} {'a bare':>8} {'b/a':>6}", end="")
    print(f" {'c Tango':>8} {'d direct':>8} {'c/d':>6}")
    with ExitStack() as stack:
        fake = serve(stack, "fake", SCALAR)
        same = reference(stack, "same", fake)
        gateway = serve(stack, "tango", SCALAR)
        direct = reference(stack, "direct", gateway)
        for connections in CONNECTIONS:
            b, a, first = compare(fake, same, connections, options)
            c, d, second = compare(gateway, direct, connections, options)
            print(f"{connections:11} {b:8.0f} {a:8.0f} {first:6.2f}", end="")
            print(f" {c:8.0f} {d:8.0f} {second:6.2f}", flush=True)


def against_sanic(options: argparse.Namespace) -> None:
    print(f"\nGET one scalar value ({SCALAR}) from Tango, requests a second")
    print(f"{'connections':>11} {'gateway':>8} {'sanic':>8} {'ratio':>6}")
    with ExitStack() as stack:
        gateway = serve(stack, "tango", SCALAR)
        other = sanic(stack, options.sanic, gateway)
        for connections in CONNECTIONS:
            own, others, ratio = compare(gateway, other, connections, options)
            print(f"{connections:11} {own:8.0f} {others:8.0f} {ratio:6.2f}", flush=True)


def arrays(options: argparse.Namespace) -> None:
    print("\nGET an array's value from Tango, ms a request, one connection;")
    print("alone: PyTango's read and orjson under Falcon and waitress")
    print(f"{'array':>14} {'gateway':>8} {'alone':>8} {'ratio':>6}")
    for label, attribute in ARRAYS.items():
        with ExitStack() as stack:
            gateway = serve(stack, "tango", attribute)
            direct = reference(stack, "direct", gateway)
            own, other, ratio = compare(gateway, direct, 1, options)
            print(f"{label:>14} {1000 / own:8.3f} {1000 / other:8.3f} {1 / ratio:6.2f}", flush=True)


def memory(options: argparse.Namespace) -> None:
    print(f"\nResident memory in MB over {options.requests} requests, 16 connections")
    for backend in ("fake", "tango"):
        with ExitStack() as stack:
            server = serve(stack, backend, SCALAR)
            done, resident = 0.0, [(0, server.resident())]
            while done < options.requests:
                done += requests_per_second(server.url, 16, 10) * 10
                resident.append((round(done), server.resident()))
            print(f"{backend:>6}:", ", ".join(f"{at} {weight:.1f}" for at, weight in resident))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=1, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=9, help="of each comparison")
    parser.add_argument("--sanic", help="a Python that has sanic, PyTango and orjson")
    parser.add_argument("--requests", type=int, default=200_000, help="of the memory measurement")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    with Facility():
        scalars(options)
        if options.sanic:
            against_sanic(options)
        arrays(options)
        memory(options)


if __name__ == "__main__":
    main()
