"""The cost of a camera of 2048 x 2048: memory, time, and what others notice of it.

On the fake it is one of 1000 x 1000, as large as a fixture may have.

    python tests/benchmarks/camera.py [--seconds 5] [-- OPTION ..]

For 1, 2 and 8 clients that read it without pause, each time of a fresh server: images a second,
the peak of resident memory meanwhile and what is left 3 s later; and the longest wait of a client
that reads a scalar beside them. What stands after -- are options of the server. Needs wrk and
tango-test (Debian), pytango-db, and mtango-ref installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.beside import asking, load
from benchmarks.measure import Server, running
from facility import CAMERA, Facility
from ports import free_port

CLIENTS = (1, 2, 8)
DEVICES = "/tango/rest/rc3/hosts/localhost/10000/devices"
IMAGE = f"{DEVICES}/{CAMERA}/attributes/image/value"
FIXTURE = f"""\
classes:
  Camera:
    attributes:
      image:
        data_type: DevDouble
        data_format: IMAGE
        max_dim_x: 1000
        max_dim_y: 1000
        simulation:
          quantity_simulation_type: Uniform
          dim_x: 1000
          dim_y: 1000
          max: 65535
          update_period: 600000
  Other:
    attributes:
      scalar: {{data_type: DevDouble, value: 1.5}}
devices:
  {CAMERA}: {{class: Camera}}
  test/other/1: {{class: Other}}
"""


def serve(stack: ExitStack, path: str, options: Sequence[str]) -> Server:
    port = free_port()
    command = ["-m", "mtango_ref", "serve", "--port", str(port), "--workers", "1", *options]
    return stack.enter_context(running(command, port, path))


def rows(label: str, other: str, options: Sequence[str], seconds: int) -> None:
    for clients in CLIENTS:
        with ExitStack() as stack:
            server = serve(stack, f"{DEVICES}/{other}", options)
            before = server.resident()
            url = server.url.replace(f"{DEVICES}/{other}", IMAGE)
            size = len(urlopen(url).read())
            rate, _ = load(url, seconds, clients)
            peak = server.memory("VmHWM")
            time.sleep(3)
            idle = server.resident()
            with asking(url, clients):
                _, longest = load(server.url, seconds, 1)
        print(
            f"{label:>8} {clients:7} {size / 1e6:5.1f} {rate:8.2f} {before:7.0f} {peak:7.0f}"
            f" {idle:7.0f} {longest * 1000:8.0f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5, help="of one measurement")
    parser.add_argument("--only", choices=["fake", "tango"])
    parser.add_argument("options", nargs="*", help="of the server")
    options = parser.parse_args()
    print(f"{'server':>8} clients    MB images/s  before    peak    idle  wait ms")
    if options.only != "fake":
        with Facility() as facility, facility.camera():
            arguments = ["--backend", "tango", *options.options]
            other = "test/one_of_each/1/attributes/alarm/value"
            rows("gateway", other, arguments, options.seconds)
    if options.only != "tango":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "camera.yml"
            path.write_text(FIXTURE, "utf-8")
            arguments = ["--fixture", str(path), *options.options]
            rows("fake", "test/other/1/attributes/scalar/value", arguments, options.seconds)


if __name__ == "__main__":
    main()
