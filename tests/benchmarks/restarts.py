"""Restart a device server again and again under reads, and count the reads that failed.

    python tests/benchmarks/restarts.py [--restarts 100] [--clients 4]

A small PyTango server is killed and started again (forked, see forking.py: a restart takes less
than a second, 1,000 take some minutes), while clients read it through the app. A read
that began while the server was exported, and ended before it was killed, has to work: of these
0 may fail. One that was under way when the server was killed, or began while it was away, may fail,
and is counted apart. Exits with 1 if any failed that has to work.

Needs tango-test (Debian), pytango-db, and mtango-ref installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import falcon.testing
import tango

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.forking import Forking  # noqa: E402 - beside this folder
from facility import Facility  # noqa: E402
from mtango_ref.backends.pytango.backend import TangoBackend  # noqa: E402
from mtango_ref.backends.pytango.environment import tango_hosts  # noqa: E402
from mtango_ref.http.app import create_app  # noqa: E402
from mtango_ref.settings.model import Settings  # noqa: E402

DEVICE = "test/changing/1"
SERVER = "Changing/test"
D = f"/tango/rest/rc3/hosts/localhost/10000/devices/{DEVICE}"
PAUSE = 0.02
"""s that a client waits after a read that failed, so that the server starts meanwhile."""

READS = (
    "/attributes/constant/value",
    "/attributes/value?attr=constant&attr=shape",
    "/attributes/constant/info",
    "/state",
    "/attributes",
    "/commands/Count",
)


class Tally:
    """Reads by their outcome, and when the server was there."""

    def __init__(self) -> None:
        self.exported_since: float | None = None
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def add(self, begin: float, failure: str) -> None:
        """Count a read that began then, and ended now; failure: empty if it worked."""
        with self.lock:
            since = self.exported_since
            must_work = since is not None and begin >= since
            outcome = "failed" if failure else "worked"
            self.counts[f"{outcome}, {'exported' if must_work else 'away'}"] += 1
            if must_work and failure:
                self.reasons[failure] += 1

    def exported(self, since: float | None) -> None:
        """Note that the server is exported from now on, or is about to be killed."""
        with self.lock:
            self.exported_since = since


def read_until(ended: threading.Event, client: falcon.testing.TestClient, tally: Tally) -> None:
    """Read one after the other."""
    number = 0
    while not ended.is_set():
        path, _, query = READS[number % len(READS)].partition("?")
        number += 1
        begin = time.monotonic()
        answer = client.simulate_get(D + path, query_string=query)
        text = answer.text
        failed = answer.status_code != 200 or '"FAILURE"' in text or '"errors"' in text
        tally.add(begin, f"{path}: {answer.status} {text[:300]}" if failed else "")
        if failed:
            ended.wait(PAUSE)


def restarted(server: Forking, tally: Tally, seconds: float) -> None:
    """Let the server be read for so many s, and restart it."""
    tally.exported(time.monotonic())
    time.sleep(seconds)
    tally.exported(None)
    server.kill()
    server.start()


def run(log: Path, options: argparse.Namespace) -> Tally:
    """Restart the server under reads. log: for what it prints."""
    known = tango.DbDevInfo()
    known.name, known._class, known.server = DEVICE, "Changing", SERVER
    tango.Database().add_device(known)
    server = Forking("test", log)
    server.start()
    app = create_app(Settings(), TangoBackend(tango_hosts(), 3.0))
    tally, ended = Tally(), threading.Event()
    readers = [
        threading.Thread(target=read_until, args=(ended, falcon.testing.TestClient(app), tally))
        for _ in range(options.clients)
    ]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, options.restarts + 1):
            restarted(server, tally, options.seconds)
            if number % 50 == 0:
                print(f"{number} restarts: {dict(tally.counts)}", flush=True)
    finally:
        ended.set()
        for reader in readers:
            reader.join()
        server.end()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--restarts", type=int, default=100, help="how often (100)")
    parser.add_argument("--clients", type=int, default=4, help="that read at a time (4)")
    parser.add_argument("--seconds", type=float, default=0.3, help="between restarts (0.3)")
    options = parser.parse_args()
    begin = time.monotonic()
    with Facility(), tempfile.TemporaryDirectory() as folder:
        tally = run(Path(folder, "log"), options)
    for outcome, count in sorted(tally.counts.items()):
        print(f"{outcome:>16}: {count}")
    for failure, count in tally.reasons.most_common(10):
        print(f"{count} times {failure}")
    failed = sum(tally.reasons.values())
    print(
        f"{options.restarts} restarts in {time.monotonic() - begin:.0f} s: "
        f"{failed} failures of reads that were begun while the server was exported"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
