"""Facilities in YAML and a clock that is set by hand, for the tests of the fake."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.device import faults
from mtango_ref.fixture.language import Facility
from mtango_ref.fixture.loading import FixtureError, load, parse
from mtango_ref.interface import Attribute
from mtango_ref.model import DevFailed

NOON = 1_700_000_000.0
"""The time at which the facilities of the tests begin to run, in s since the epoch."""


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@cache
def packaged(name: str) -> Facility:
    """Read a packaged fixture once for all."""
    return load(name)


def backend(
    text: str,
    seed: int = 0,
    clock: Callable[[], float] | None = None,
    folder: Path | None = None,
) -> FakeBackend:
    """Make a facility that begins to run now, by its clock."""
    return FakeBackend(parse(dedent(text), "test.yml", folder), seed, clock or Clock())


def one_device(attributes: str = "{}", device: str = "", **options: object) -> FakeBackend:
    """Make the facility of one device a/b/c with attributes in YAML, and more of its own."""
    text = f"classes: {{A: {{attributes: {attributes}}}}}\ndevices: {{a/b/c: {{class: A{device}}}}}"
    return backend(text, **options)  # type: ignore[arg-type]  # options by name


def attribute(backend: FakeBackend, name: str, device: str = "a/b/c") -> Attribute:
    """Return a proxy of one attribute."""
    return backend.get_attribute_proxy(backend.get_device_proxy(device), name)


def reasons(failed: pytest.ExceptionInfo[DevFailed]) -> list[tuple[str, str]]:
    """Return (reason, description) of each error, innermost first."""
    return [(error.reason, error.desc) for error in failed.value.errors]


def failure(call: Callable[[], object]) -> list[tuple[str, str]]:
    """Return (reason, description) of each error that a call fails with, innermost first."""
    with pytest.raises(DevFailed) as failed:
        call()
    return reasons(failed)


def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the list of what faults and commands sleep from now on, in s; none of them does."""
    naps: list[float] = []
    monkeypatch.setattr(faults, "sleep", naps.append)
    return naps


def mistakes(text: str, folder: Path | None = None) -> list[str]:
    """Return `line: sentence` of each mistake of a fixture, those of one line by the alphabet."""
    with pytest.raises(FixtureError) as caught:
        parse(dedent(text), "f.yml", folder)
    found = sorted((problem.line, problem.text) for problem in caught.value.problems)
    return [f"{line}: {sentence}" for line, sentence in found]
