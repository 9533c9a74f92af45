"""A table of what the dashboard and the alerts show of a gateway under load.

    python tests/figures/board.py [--seconds 30] [--workers 4]

A real Prometheus reads a real gateway: while all is well, while a device is frozen, and after that,
for so many seconds each. Clients ask for another device all the time, 16 of them, and 8 for the one
that freezes. An alert is to hold for a tenth of what `deploy alerts` has. Needs wrk, tango-test and
prometheus (Debian), pytango-db, and mtango-ref installed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from importlib.resources import files
from math import isnan
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.beside import asking
from benchmarks.measure import SCALAR
from benchmarks.workers import serve
from facility import Facility
from figures.prometheus import JOB, Prometheus, prometheus

DEPLOY = files("mtango_ref.deploy")
PHASES = ("all is well", "a device is frozen", "after it")
WINDOW = "10s"
"""The value of Grafana's $__rate_interval, with a reading four times a second."""
UNITS = {"s": (1000.0, "ms"), "bytes": (2.0**-20, "MiB"), "percentunit": (100.0, "%")}
"""The factor and the sign with which numbers of a unit are shown."""


class Query(NamedTuple):
    """One query of the dashboard."""

    panel: str
    unit: str
    expression: str
    legend: str


def queries() -> Iterator[Query]:
    board = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))
    for panel in board["panels"]:
        unit = panel["fieldConfig"]["defaults"].get("unit", "none")
        for target in panel["targets"]:
            expression = target["expr"].replace("$job", JOB).replace("$instance", ".+")
            expression = expression.replace("$__rate_interval", WINDOW)
            yield Query(panel["title"], unit, expression, target["legendFormat"])


def shown(watching: Prometheus) -> dict[tuple[str, str], str]:
    """Return what each panel shows now, by panel and series."""
    found = {}
    for query in queries():
        for labels, number in watching.query(query.expression):
            legend = re.sub(r"{{(\w+)}}", lambda name, labels=labels: labels[name[1]], query.legend)  # type: ignore[misc]  # as mypy has it
            factor, unit = UNITS.get(query.unit, (1.0, "/s" if query.unit == "reqps" else ""))
            text = "-" if isnan(number) else f"{number * factor:.4g} {unit}"
            found[query.panel, legend] = text.strip()
    return found


def firing(watching: Prometheus) -> str:
    alerts = watching.get("alerts")["alerts"]
    names = {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}
    return ", ".join(sorted(names)) or "none"


def rules(folder: Path) -> Path:
    """Write the alerts, for which a tenth of the time is enough."""
    text = (DEPLOY / "alerts.yml").read_text("utf-8")
    shorter = re.sub(r"for: (\d+)m", lambda found: f"for: {int(found[1]) * 6}s", text)
    path = folder / "alerts.yml"
    path.write_text(shorter, "utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=30, help="of each phase")
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    columns: list[dict[tuple[str, str], str]] = []
    alerts = []
    with Facility() as facility, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        gateway = serve(stack, options.workers)
        port = int(gateway.url.split(":")[2].partition("/")[0])
        watching = stack.enter_context(prometheus(folder, port, rules(folder)))
        other = gateway.url.replace("sys/tg_test/1", "test/one_of_each/1").replace(SCALAR, "alarm")
        stack.enter_context(asking(other, 16))
        stack.enter_context(asking(gateway.url, 8))
        for phase in PHASES:
            frozen = facility.tango_test.suspended() if phase == PHASES[1] else nullcontext()
            with frozen:
                time.sleep(options.seconds)
                columns.append(shown(watching))
                alerts.append(firing(watching))
    print(f"| panel | series | {' | '.join(PHASES)} |\n|---|---|{'---|' * len(PHASES)}")
    for key in {key: None for column in columns for key in column}:
        cells = " | ".join(column.get(key, "") for column in columns)
        print(f"| {' | '.join(key)} | {cells} |")
    print(f"| alerts | | {' | '.join(alerts)} |")


if __name__ == "__main__":
    main()
