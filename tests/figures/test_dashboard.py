"""The dashboard for Grafana: a real Prometheus answers each query, of a gateway at work."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from facility import Facility
from figures.prometheus import JOB, Prometheus, prometheus
from master_process import eventually
from mtango_ref.figures.exposition import exposition
from mtango_ref.figures.rows import Rows
from program import Serving, run, serving
from raw import exchange, get
from rest_answers import D

DEPLOY = files("mtango_ref.deploy")
BOARD: Mapping[str, Any] = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))
QUERIES = [
    target["expr"]
    for holder in ({"targets": BOARD["annotations"]["list"]}, *BOARD["panels"])
    for target in holder["targets"]
]
START = QUERIES[0]
"""The query of the annotation, which has a result only when the server has started again."""


def test_command_prints_the_dashboard() -> None:
    code, output, errors = run("deploy", "grafana", "--backend", "tango", TANGO_HOST="tango:1")
    assert (code, json.loads(output), errors) == (0, BOARD, "")


def test_each_metric_of_the_dashboard_exists() -> None:
    asked = {name for query in QUERIES for name in re.findall(r"mtango_\w+", query)}
    rows = Rows()
    rows.take()
    types = re.findall(r"# TYPE (\w+) (\w+)", exposition(rows, {"version": "1"}).decode())
    shown = {name for name, kind in types if kind != "histogram"}
    ends = ("bucket", "sum", "count")
    shown |= {f"{name}_{end}" for name, kind in types if kind == "histogram" for end in ends}
    assert len(QUERIES) > 20
    assert asked - shown == set()


PATHS = [
    *(f"/tango/rest{D}/attributes/{name}/value" for name in ("double_scalar", "nope")),
    "/tango/rest/sys/stats",
    "/health/ready",  # asks the database each time
    "/nowhere",
]


def ask(gateway: Serving) -> None:
    for path in PATHS:
        exchange(gateway.port, get(path, "Connection: close"))


def counted(watching: Prometheus) -> float:
    """Return the number of reads that Prometheus has heard of."""
    samples = watching.query('mtango_http_requests_total{operation="readAttribute"}')
    return sum(number for _, number in samples)


def filled(expression: str) -> str:
    """Put in what Grafana puts in the place of its variables, all being chosen."""
    values = {"$job": JOB, "$instance": ".+", "$__rate_interval": "5m", "$__interval": "15s"}
    for name, value in values.items():
        expression = expression.replace(name, value)
    assert "$" not in expression
    return expression


@pytest.mark.tango
def test_prometheus_answers_each_query(facility: Facility, tmp_path: Path) -> None:
    with (
        serving("--backend", "tango", MTANGO_WORKERS="2") as gateway,
        prometheus(tmp_path, gateway.port) as watching,
    ):
        for turn in (1, 2, 3):  # so that each rate has two readings that differ
            ask(gateway)
            assert eventually(lambda turn=turn: counted(watching) == 2 * turn)  # type: ignore[misc]  # as mypy has it
        answers: dict[str, Any] = {}

        def are_finite() -> bool:
            """Ask once more if not: a share of what nobody asked is 0/0."""
            answers.update({query: watching.query(filled(query)) for query in QUERIES})
            numbers = [number for samples in answers.values() for _, number in samples]
            if all(map(math.isfinite, numbers)):
                return True
            ask(gateway)
            return False

        assert eventually(are_finite), answers
        instances = watching.get("label/instance/values", **{"match[]": "mtango_build_info"})
        workers = watching.query("mtango_workers")
    assert instances == [f"127.0.0.1:{gateway.port}"]
    assert [number for _, number in workers] == [2]
    assert [query for query in QUERIES if not answers[query]] == [START]
