"""All figures in the text format of Prometheus, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from mtango_ref.figures.metrics import (
    ANSWERED,
    BEGUN,
    CACHE_PROXIES,
    CACHES,
    LOST,
    METRICS,
    REQUEST_SECONDS,
    REQUESTS,
    USAGE,
    USAGE_FIELDS,
    Metric,
)
from mtango_ref.figures.rows import Rows

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SPARSE = {REQUESTS.name, REQUEST_SECONDS.name}
"""Metrics of which only the series are shown that have counted something: the others are many."""

_Sample = tuple[str, Mapping[str, str], float]
"""What comes behind the metric's name, the labels, the number."""


class _Family(NamedTuple):
    """One metric with its samples."""

    name: str
    kind: str
    help: str
    samples: Iterable[_Sample]


def exposition(rows: Rows, build: Mapping[str, str]) -> bytes:
    """Write the totals of all workers. build: the labels of mtango_build_info."""
    families = [*_counted(rows), *_derived(rows, build)]
    return "".join(line for family in families for line in _lines(family)).encode()


def _counted(rows: Rows) -> Iterator[_Family]:
    """Yield what workers count by itself."""
    totals = [sum(column) for column in zip(*rows.taken(), strict=True)]
    for cache in range(len(CACHES)):
        place = CACHE_PROXIES.first + cache
        totals[place] = sum(row[place] for row in rows.cleaned(cache))
    for metric in METRICS:
        samples = [
            sample
            for number, values in enumerate(metric.series)
            for sample in _series(metric, values, totals, metric.first + number * metric.width)
        ]
        yield _Family(metric.name, metric.kind, metric.help, samples)


def _series(
    metric: Metric, values: Sequence[str], totals: Sequence[float], first: int
) -> Iterator[_Sample]:
    labels = dict(zip(metric.labels, values, strict=True))
    numbers = totals[first : first + metric.width]
    if metric.name in _SPARSE and not any(numbers):
        return
    if not metric.bounds:
        yield "", labels, numbers[0]
        return
    *buckets, total = numbers
    below = [*accumulate(buckets)]
    for bound, count in zip((*map(repr, metric.bounds), "+Inf"), below, strict=True):
        yield "_bucket", {**labels, "le": bound}, count
    yield "_sum", labels, total
    yield "_count", labels, below[-1]


def _derived(rows: Rows, build: Mapping[str, str]) -> Iterator[_Family]:
    """Yield what follows from what is counted, and what is true of all workers."""
    used = {field: rows.total(USAGE + number) for number, field in enumerate(USAGE_FIELDS)}
    # The answers first: meanwhile others begin and answer.
    answered = rows.total(ANSWERED) + rows.total(LOST)
    yield _one(
        "gauge",
        "mtango_http_requests_in_flight",
        "Requests begun and not answered yet.",
        rows.total(BEGUN) - answered,
    )
    yield _one(
        "counter",
        "mtango_worker_restarts_total",
        "Processes started in the place of one that died.",
        rows.restarts,
    )
    yield _Family(
        "mtango_cpu_seconds_total",
        "counter",
        "CPU time that all processes have used, noted at most once a second.",
        [
            ("", {"mode": "user"}, used["ru_utime"]),
            ("", {"mode": "system"}, used["ru_stime"]),
        ],
    )
    yield _one(
        "gauge",
        "mtango_max_resident_memory_bytes",
        "The most memory that each process has had, added up.",
        used["ru_maxrss"] * 1024,
    )
    yield _one(
        "gauge",
        "mtango_start_time_seconds",
        "Start of the server since the epoch, by this machine's clock.",
        rows.began_at,
    )
    yield _Family("mtango_build_info", "gauge", "This server.", [("", build, 1)])


def _one(kind: str, name: str, help_: str, number: float) -> _Family:
    return _Family(name, kind, help_, [("", {}, number)])


def _lines(family: _Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.kind}\n"
    for suffix, labels, number in family.samples:
        yield f"{family.name}{suffix}{_written(labels)} {_number(number)}\n"


def _written(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


def _number(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(number)
