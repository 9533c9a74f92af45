"""The cost of a request for several attributes beside PyTango's own read of them.

    python tests/benchmarks/multi_reads.py [--seconds 1] [--rounds 9]

One connection, all by turns. The overhead of a request is that of a scalar's value: its time less
that of PyTango's read of it. What is left of the time of a request for several attributes, without
that overhead, is compared with PyTango's read_attributes. Needs wrk and tango-test (Debian),
pytango-db, and mtango-ref installed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import tango

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import DEVICE, SCALAR, requests_per_second, serve
from facility import Facility

SCALARS = [
    *("boolean_scalar", "double_scalar", "float_scalar", "long64_scalar", "long_scalar"),
    *("short_scalar", "string_scalar", "uchar_scalar", "ulong_scalar", "ushort_scalar"),
]
SPECTRA = [
    *("boolean_spectrum", "double_spectrum", "float_spectrum", "long64_spectrum_ro"),
    *("long_spectrum", "short_spectrum", "string_spectrum", "uchar_spectrum"),
    *("ulong_spectrum_ro", "ushort_spectrum"),
]
"""Each has 256 elements. TangoTest has two of them only as attributes that cannot be written."""
WANTED = 1.5
KINDS = {"10 scalars": SCALARS, "10 spectra": SPECTRA}


def alone(read: Callable[[], object], seconds: float) -> float:
    """Measure the s of one of PyTango's reads."""
    begun, count = time.perf_counter(), 0
    while time.perf_counter() < begun + seconds:
        read()
        count += 1
    return (time.perf_counter() - begun) / count


def measure(scalar: str, names: list[str], options: argparse.Namespace) -> list[tuple[float, ...]]:
    """Measure s of both requests and of both reads, in each round."""
    proxy = tango.DeviceProxy(DEVICE)
    several = scalar.replace(f"{SCALAR}/value", f"value?{'&'.join(f'attr={n}' for n in names)}")
    seconds = options.seconds
    return [
        (
            1 / requests_per_second(several, 1, seconds),
            1 / requests_per_second(scalar, 1, seconds),
            alone(lambda: proxy.read_attributes(names), seconds),
            alone(lambda: proxy.read_attribute(SCALAR), seconds),
        )
        for _ in range(options.rounds)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=1, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=9, help="of each comparison")
    options = parser.parse_args()
    print("ms a request and a read of PyTango's; the ratio is without a scalar's overhead,")
    print(f"and at most {WANTED:g} is wanted")
    print(f"{'':>10} {'GET':>7} {'scalar':>7} {'read':>7} {'scalar':>7} {'ratio':>6}")
    with Facility(), ExitStack() as stack:
        gateway = serve(stack, "tango", SCALAR)
        for label, names in KINDS.items():
            rounds = measure(gateway.url, names, options)
            ratio = statistics.median((get - (one - own)) / read for get, one, read, own in rounds)
            times = (1000 * statistics.median(each) for each in zip(*rounds, strict=True))
            print(f"{label:>10} {' '.join(f'{each:7.3f}' for each in times)} {ratio:6.2f}", end="")
            print("" if ratio <= WANTED else " missed", flush=True)


if __name__ == "__main__":
    main()
