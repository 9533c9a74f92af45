"""The pytest plugin: a server for the tests of a client, and with it the suite as tests.

It is loaded into every pytest beside which this package is installed, so it imports nothing of
weight before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mtango_ref.testing.fake_server import FakeServer

pytest_plugins = ("mtango_ref.conformance.plugin",)

START_TIME = "2026-01-01T00:00:00Z"
"""The time at which mtango_server's facility begins, unless a test or the ini file names
another."""

ARGUMENTS = {
    "fixture": "fixture",
    "mode": "rc3_mode",
    "extensions": "extensions",
    "timeout": "tango_timeout",
    "start_time": "start_time",
    "clock": "clock",
}
"""Argument of the marker mtango_server -> setting of the server."""

_MARKER = f"mtango_server({', '.join(ARGUMENTS)}): with which the fixture mtango_server starts"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add to the ini file how mtango_server starts."""
    parser.addini("mtango_fixture", "facility of mtango_server: a name or a file", default="")
    parser.addini("mtango_mode", "mode of mtango_server", default="")
    parser.addini("mtango_extensions", "extensions of mtango_server", default="")
    parser.addini("mtango_timeout", "s after which a simulated device timed out", default="")
    parser.addini(
        "mtango_start_time", "time at which mtango_server begins, or now", default=START_TIME
    )
    parser.addini("mtango_clock", "clock of mtango_server: stopped, or running", default="stopped")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, for --strict-markers."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def mtango_servers(pytestconfig: pytest.Config) -> Iterator[Callable[..., FakeServer]]:
    """Start a simulated facility's server, or give the one that runs with these options.

    fixture: name or file of a facility, looked for from the root folder of the tests. mode,
    extensions, start_time, clock: as in `mtango-ref serve`; timeout: its tango_timeout, s. What
    is not given is taken from the ini file, where the clock is stopped at START_TIME by default.
    """
    running: dict[tuple[str, ...], FakeServer] = {}
    with ExitStack() as stack:

        def server(*unnamed: object, **given: object) -> FakeServer:
            from mtango_ref.testing.fake_server import serving

            _check_arguments(unnamed, given)
            texts = {
                setting: _text(given.get(name)) or pytestconfig.getini(f"mtango_{name}")
                for name, setting in ARGUMENTS.items()
            }
            key = tuple(texts.values())
            if key not in running:
                running[key] = stack.enter_context(serving(pytestconfig.rootpath, texts))
            return running[key]

        yield server


def _check_arguments(unnamed: Sequence[object], given: Mapping[str, object]) -> None:
    """Fail the test that gives what the marker mtango_server does not take."""
    from mtango_ref.messages import did_you_mean

    known = f"it takes {', '.join(ARGUMENTS)}"
    for value in unnamed:
        pytest.fail(f"mtango_server: {value!r} has no name; {known}.", pytrace=False)
    for name in given.keys() - ARGUMENTS.keys():
        near = did_you_mean(name, ARGUMENTS)
        pytest.fail(f"mtango_server: there is no argument {name!r}{near}; {known}.", pytrace=False)


def _text(value: object) -> str:
    """Return an argument as a setting is written; a list with commas, nothing as no text."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


@pytest.fixture
def mtango_server(
    request: pytest.FixtureRequest, mtango_servers: Callable[..., FakeServer]
) -> Iterator[FakeServer]:
    """Give a server of a simulated facility; `url` is that of its entry point.

    It is the same for all tests with the same options (of the ini file, and the marker
    `mtango_server`), but none sees what another did: all that a test changes is undone after it.
    The facility's clock is moved by `advance` alone, unless the marker has clock="running".
    """
    marker = request.node.get_closest_marker("mtango_server")
    try:
        server = mtango_servers(
            *(marker.args if marker else ()), **(marker.kwargs if marker else {})
        )
    except pytest.fail.Exception as failed:
        path, line = request.node.path, request.node.function.__code__.co_firstlineno
        pytest.fail(f"{path.name}:{line}: {failed.msg}", pytrace=False)
    yield server
    server.reset()
