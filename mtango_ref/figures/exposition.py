"""All figures in the text format of Prometheus, version 0.0.4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate
from operator import add
from typing import NamedTuple

from mtango_ref.figures.answers import Kind, read_answers
from mtango_ref.figures.metrics import (
    ANSWER_BOUNDS,
    BEGUN,
    CACHE_PROXIES,
    LOST,
    METRICS,
    USAGE,
    USAGE_FIELDS,
    Metric,
)
from mtango_ref.figures.rows import Rows

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Sample = tuple[str, Mapping[str, str], float]
"""The suffix of the metric's name, the labels, the number."""


class _Family(NamedTuple):
    """One metric with its samples."""

    name: str
    kind: str
    help: str
    samples: Iterable[_Sample]


def exposition(rows: Rows, build: Mapping[str, str]) -> bytes:
    """Write the totals of all workers. build: the labels of mtango_build_info."""
    families = [*_requests(rows), *map(partial(_counted, rows), METRICS), *_derived(rows, build)]
    return "".join(line for family in families for line in _lines(family)).encode()


def _requests(rows: Rows) -> Iterator[_Family]:
    """Yield the answers; only those that have come, as there are so many kinds."""
    counts: Counter[Kind] = Counter()
    times: dict[str, list[float]] = {}
    for row in rows.taken():
        for kind, buckets, seconds in read_answers(row):
            counts[kind] += int(sum(buckets))
            sums = times.setdefault(kind.operation, [0.0] * (len(buckets) + 1))
            times[kind.operation] = [*map(add, sums, (*buckets, seconds))]
    yield _Family(
        "mtango_http_requests_total",
        "counter",
        "Requests answered.",
        [("", kind._asdict(), count) for kind, count in counts.items()],
    )
    yield _Family(
        "mtango_http_request_duration_seconds",
        "histogram",
        "Time from the last byte of a request until its answer was ready.",
        [
            sample
            for operation, numbers in times.items()
            for sample in _histogram({"operation": operation}, ANSWER_BOUNDS, numbers)
        ],
    )


def _counted(rows: Rows, metric: Metric) -> _Family:
    """Add up what workers count by itself."""
    samples: list[_Sample] = []
    for number, values in enumerate(metric.series):
        labels = dict(zip(metric.labels, values, strict=True))
        first = metric.first + number * metric.width
        # A cache that has to be cleaned yet is empty.
        counting = rows.cleaned(number) if metric is CACHE_PROXIES else rows.taken()
        numbers = [sum(row[first + each] for row in counting) for each in range(metric.width)]
        if metric.bounds:
            samples += _histogram(labels, metric.bounds, numbers)
        else:
            samples.append(("", labels, numbers[0]))
    return _Family(metric.name, metric.kind, metric.help, samples)


def _histogram(
    labels: Mapping[str, str], bounds: Sequence[float], numbers: Sequence[float]
) -> Iterator[_Sample]:
    """Yield the samples of a series: its numbers are a count for each bucket, and the sum."""
    *buckets, total = numbers
    below = [*accumulate(buckets)]
    for bound, count in zip((*map(repr, bounds), "+Inf"), below, strict=True):
        yield "_bucket", {**labels, "le": bound}, count
    yield "_sum", labels, total
    yield "_count", labels, below[-1]


def _derived(rows: Rows, build: Mapping[str, str]) -> Iterator[_Family]:
    """Yield what follows from what is counted, and what is true of all workers."""
    used = {field: rows.total(USAGE + number) for number, field in enumerate(USAGE_FIELDS)}
    # The answers first: meanwhile others begin and answer.
    answered = rows.answered() + rows.total(LOST)
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
