"""The two backends and the app on top of them; one body of tests serves both."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import falcon.testing
import pytest
from cachetools import LRUCache, cached

from mtango_ref.http.app import create_app
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from patient_backend import patient_backend
from rest_answers import HOST

if TYPE_CHECKING:
    from facility import Facility, Server

pytest_plugins = ["mutants.table", "parity.figure", "rewriting"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores Ctrl-C for what it starts in the background, and for all that this starts:
    # tests that press it would wait for nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)


FACILITY = pytest.StashKey["Facility"]()
"""The real facility, once a test asked for it."""

ON_TANGO = pytest.StashKey[list[str]]()
"""The collected tests of the real facility, be they chosen or not."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Leave the collected tests to no garbage collector: to look at thousands of them again and
    again takes a third of the time of many tests. It begins less often, too: at 700 new objects
    as usual it takes a tenth."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(20_000)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note them before -m leaves them out; see tests/project/test_facility_lists.py."""
    config.stash[ON_TANGO] = [each.nodeid for each in items if each.get_closest_marker("tango")]


@pytest.fixture(scope="session")
def facility(pytestconfig: pytest.Config) -> Iterator[Facility]:
    """Start the real facility: database, TangoTest and OneOfEach, ended with the session.

    Where one of its programs is not installed its tests are skipped, but not where CI is set.
    """
    import forked
    from facility import Facility, MissingError, find_facility

    try:
        find_facility()
    except MissingError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    forked.import_tango()
    with Facility() as running:
        pytestconfig.stash[FACILITY] = running
        yield running
        del pytestconfig.stash[FACILITY]


@pytest.fixture(scope="module", autouse=True)
def _as_found(pytestconfig: pytest.Config) -> Iterator[None]:
    """Leave TangoTest with what it has from its start: which files a worker runs before a file,
    and after it, is chance."""
    yield
    if running := pytestconfig.stash.get(FACILITY, None):
        running.leave_as_found()


@pytest.fixture(scope="module")
def weather(facility: Facility) -> Iterator[Server]:
    """Start a device server of tango-simlib's beside the others: test/weather/1 and /2."""
    with facility.weather() as server:
        yield server


REAL = pytest.param("tango", marks=pytest.mark.tango)
"""The parameter of the real facility, for fixtures of both, and for what it alone has."""


@pytest.fixture(scope="session", params=["fake", REAL])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Return the backend of the packaged fixture, and of the real facility."""
    if request.param == "tango":
        request.getfixturevalue("facility")
        return patient_backend()
    from mtango_ref.backends.fake.backend import FakeBackend
    from mtango_ref.fixture.loading import load

    return FakeBackend(load("tango_test"), seed=0)


@pytest.fixture
def _database_unchanged(backend: Backend, request: pytest.FixtureRequest) -> Iterator[None]:
    """Check that the real database has the same tables and answers after the test as before."""
    if "fake" in request.node.callspec.id.split("-"):
        yield
        return
    facility: Facility = request.getfixturevalue("facility")
    before = facility.tables.tables(), _database_answers(backend)
    yield
    tables, answers = facility.tables.tables(), _database_answers(backend)
    assert tables == before[0]
    assert answers == before[1]
    assert len(tables) >= 10
    assert "sys/tg_test/1" in str(tables["device"])


def _database_answers(backend: Backend) -> list[object]:
    database = backend.database
    names = database.get_device_names("*")
    devices = [
        (database.get_device_info(each), database.get_device_property(each)) for each in names
    ]
    return [database.get_info(), names, devices]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a long text by its beginning and length: names are sent between the processes."""
    if isinstance(val, str | bytes) and len(val) > 200:
        return f"{val[:40]!a}..{len(val)}"
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a table of what was fuzzed: the rows are the tests' `fuzzed` property."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    rows = [row for report in reports for key, row in report.user_properties if key == "fuzzed"]
    if rows:
        terminalreporter.section("fuzzing")
        table = [[str(cell) for cell in cells] for cells in (rows[0], *map(dict.values, rows))]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for line in table:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            terminalreporter.line("  ".join(cells).rstrip())


class Rest:
    """A client of the app; `get` and `body` take paths below app_base."""

    def __init__(self, settings: Settings, backend: Backend) -> None:
        self.settings = settings
        self.ticks = 1 if settings.rc3_mode == "strict" else 1000
        self.app = create_app(settings, backend)
        self.client = falcon.testing.TestClient(self.app, headers={"Host": HOST})

    def get(self, path: str, **arguments: Any) -> falcon.testing.Result:
        return self.request("GET", path, **arguments)

    def request(self, method: str, path: str, **arguments: Any) -> falcon.testing.Result:
        path = self.settings.app_base + path
        return self.client.simulate_request(method, path, **arguments)

    def body(self, path: str, query: str = "") -> Any:
        """Return the body of a GET; an answer that is not 200 and JSON fails the test."""
        result = self.get(path, query_string=query)
        assert (result.status_code, result.headers["content-type"]) == (200, "application/json")
        return result.json


@pytest.fixture
def serve(backend: Backend) -> Callable[..., Rest]:
    """Return a maker of apps under settings of one's own."""
    return lambda **settings: Rest(Settings(**settings), backend)


# An app that is kept keeps its backend, so that no other one can have its id.
@cached(LRUCache(8), key=lambda settings, backend: (settings, id(backend)))
def shared(settings: Settings, backend: Backend) -> Rest:
    """Make an app once for many tests: it takes longer than most of them."""
    return Rest(settings, backend)


@pytest.fixture
def rest(backend: Backend) -> Rest:
    """Return the app under the default settings: strict; other tests may have asked it before."""
    return shared(Settings(), backend)


@pytest.fixture(params=["strict", "implementation"])
def both(request: pytest.FixtureRequest, backend: Backend) -> Rest:
    """Return the app in each mode; other tests may have asked it before."""
    return shared(Settings(rc3_mode=request.param), backend)
