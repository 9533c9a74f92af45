"""The gateway on a real facility and the fake of its recording: the same answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import program

from .asking import compared, long_running
from .comparison import RULES, Comparison
from .figure import PROPERTY
from .questions import questions

if TYPE_CHECKING:
    from facility import Facility, Server

pytestmark = [pytest.mark.tango, pytest.mark.xdist_group("parity")]

FACETS = (
    *("tree", "state", "attributes", "values", "info", "history", "properties", "commands"),
    *("pipes", "change", "periodic", "user", "several", "odd names", "unknown device"),
    *("wildcards", "refused", "system"),
)


@pytest.fixture(scope="module")
def recording(
    facility: Facility, weather: Server, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """What `mtango-ref record '*'` makes of the whole facility."""
    path = tmp_path_factory.mktemp("parity") / "recorded.yml"
    environment = {"TANGO_HOST": facility.tango_host}
    code, output, errors = program.run("record", "*", "-o", str(path), **environment)
    assert (code, output) == (0, ""), errors
    return path


@pytest.fixture(scope="module")
def comparison(recording: Path) -> Comparison:
    from mtango_ref.backends.pytango.backend import TangoBackend

    real, fake = TangoBackend(3.0), long_running(str(recording))
    return compared(real, fake, RULES, lambda settings: questions(real, settings))


@pytest.mark.parametrize("facet", FACETS)
def test_alike(comparison: Comparison, facet: str) -> None:
    differing = comparison.differing.get(facet, [])
    assert comparison.requests[facet] > 0
    assert not differing, f"{len(differing)} differ\n" + "\n".join(differing[:40])


def test_all_is_compared(
    comparison: Comparison, record_property: Callable[[str, object], None]
) -> None:
    """The figures of it all, printed after the tests."""
    assert {*comparison.requests} == {*FACETS}
    record_property(PROPERTY, comparison.figures())
    assert comparison.requests.total() >= 400


def test_every_replacement_is_needed(comparison: Comparison) -> None:
    assert {*comparison.replaced} == {each.what for each in RULES.replacements}


def test_what_is_known_to_differ_still_does(comparison: Comparison) -> None:
    from mtango_ref.backends.pytango.device import HAS_PIPES

    expected = {each.what for each in RULES.differs if HAS_PIPES or not each.of_old_pytango}
    assert {*comparison.known} == expected
