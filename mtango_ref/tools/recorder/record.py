"""A real facility -> the content of a fixture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.interface import BackendError
from mtango_ref.model import DevFailed
from mtango_ref.names import has_proxy, is_askable
from mtango_ref.tools.recorder.device_classes import classes_of, devices_of
from mtango_ref.tools.recorder.misfits import leave_out_misfits
from mtango_ref.tools.recorder.model_to_fixture import Words
from mtango_ref.tools.recorder.recording import TIMEOUT, Recording, recorded

THREADS = 32
"""Devices recorded at the same time: most of it is waiting."""

ELEMENTS = 150_000
SMALLER = (1000, 100, 10)
"""The lengths to which arrays are shortened in turn, until all together have at most ELEMENTS
elements."""

Progress = Callable[[int, int, str], None]
"""Called as a device begins and as it is done: how many are done, of how many, its name."""


class Recorded(NamedTuple):
    """A fixture, and what is not in it as it is in the facility."""

    fixture: Words
    failures: dict[str, str]
    """Devices that did not answer, recorded as not running, and patterns that match nothing; the
    reason of each."""
    left_out: dict[str, str]
    """Devices that are not in the fixture, since their names cannot be had, and parts of devices
    that no fixture can have; the reason of each."""
    shortened: list[str]
    """Attributes whose arrays were too large: only their first element is there, repeated."""


def record(tango_hosts: Sequence[str], patterns: Sequence[str], progress: Progress) -> Recorded:
    """Make the fixture of the devices that match the patterns.

    tango_hosts: each host:port of the facility's database.

    A pattern is a device's name, or a wildcard of DbGetDeviceWideList: `*` is any text. Values
    are as recording.py and readings.py say. BackendError: no facility, or nothing matches.
    """
    backend = TangoBackend(tango_hosts, TIMEOUT)
    try:
        return _record(backend, patterns, progress)
    except DevFailed as error:  # of the database: a device's own is one of the failures
        raise BackendError(
            f"The Tango database at {backend.database.tango_host} stopped answering: "
            f"{error.errors[0].desc}"
        ) from error


def _record(backend: TangoBackend, patterns: Sequence[str], progress: Progress) -> Recorded:
    matching, failures = _matching(backend, patterns)
    names, left_out = _reachable(matching)
    recordings = _all(backend, names, progress)
    _shorten(recordings)
    failures |= {each.name: each.failure for each in recordings if each.failure}
    host, _, port = backend.database.tango_host.rpartition(":")
    facility: Words = {"host": host, "port": int(port), "database": backend.database.name}
    classes = classes_of(recordings, backend.database.get_class_property)
    devices = devices_of(recordings)
    if not all(map(is_askable, _names(classes, devices))):
        facility["unsafe_names"] = True
    fixture: Words = {"facility": facility, "classes": classes, "devices": devices}
    shortened = [f"{each.name}/{name}" for each in recordings for name in each.shortened]
    return Recorded(fixture, failures, left_out | leave_out_misfits(fixture), shortened)


def _matching(backend: TangoBackend, patterns: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """List the devices in the order of the patterns, each once; what is wrong with a pattern."""
    matches = {pattern: backend.database.get_device_names(pattern) for pattern in patterns}
    names = dict.fromkeys(name for found in matches.values() for name in found)
    if not names:
        raise BackendError(
            f"No device of {backend.database.tango_host} matches {' or '.join(patterns)}: "
            "give a name such as sys/tg_test/1, or a wildcard such as 'sys/*' or '*'."
        )
    return [*names], {
        pattern: "matches no device" for pattern, found in matches.items() if not found
    }


def _reachable(names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Part the devices that can be asked for from those that cannot, with the reason of each."""
    left_out = {
        name: "PyTango takes # in a name for a modifier"
        if is_askable(name)
        else "names with a quote, a backslash or a control character are not sent to the database"
        for name in names
        if not has_proxy(name)
    }
    return [name for name in names if name not in left_out], left_out


def _names(*mappings: Mapping[str, Any]) -> Iterator[str]:
    """List all names of a fixture's classes or devices, of what they have and of properties."""
    for mapping in mappings:
        for name, words in mapping.items():
            yield name
            yield from words.get("properties", ())
            for part in ("attributes", "commands", "pipes"):
                yield from _names(words.get(part, {}))


def _all(backend: TangoBackend, names: Sequence[str], progress: Progress) -> list[Recording]:
    """Return the recordings, in the order of the names."""
    done: dict[str, Recording] = {}
    for name, result in _each(lambda name: recorded(backend, name), names):
        if result is not None:
            done[name] = result
        progress(len(done), len(names), name)
    return [done[name] for name in names]


def _each(
    function: Callable[[str], Recording], names: Iterable[str]
) -> Iterator[tuple[str, Recording | None]]:
    """Yield (name, None) as one begins, (name, what the function gives) as it is done; an error is
    raised here. The threads are daemons, so that Ctrl-C need not wait for them."""
    todo: SimpleQueue[str] = SimpleQueue()
    news: SimpleQueue[tuple[str, Recording | BaseException | None]] = SimpleQueue()
    for name in names:
        todo.put(name)
    left = todo.qsize()

    def work() -> None:
        while True:
            try:
                name = todo.get_nowait()
            except Empty:
                return
            news.put((name, None))
            try:
                news.put((name, function(name)))
            except BaseException as error:  # noqa: BLE001  it is raised where it was asked for
                news.put((name, error))

    for _ in range(min(THREADS, left)):
        threading.Thread(target=work, daemon=True).start()
    while left:
        name, result = news.get()
        if isinstance(result, BaseException):
            raise result
        left -= result is not None
        yield name, result


def _shorten(recordings: Sequence[Recording]) -> None:
    """Make the arrays of all devices together small enough for a fixture."""
    for largest in SMALLER:
        if sum(each.element_count for each in recordings) <= ELEMENTS:
            return
        for each in recordings:
            each.shorten(largest)
