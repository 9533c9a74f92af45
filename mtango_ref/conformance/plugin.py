"""The pytest plugin: the suite as tests of a server.

It is loaded into every pytest beside which this package is installed, so it imports nothing of
weight before it is used.
"""

from __future__ import annotations

import pytest

from mtango_ref.conformance.model import LEVELS, MODES

_MARKER = "mtango: the conformance cases that --mtango-url asks"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --mtango-url and what belongs to it."""
    group = parser.getgroup("mtango", "the Tango REST API rc3 (mtango-ref)")
    group.addoption(
        "--mtango-url",
        metavar="URL",
        help="ask the server whose entry point is there each conformance case, as a test",
    )
    group.addoption(
        "--mtango-mode", choices=MODES, default="strict", help="how it answers (default: strict)"
    )
    group.addoption(
        "--mtango-extensions", metavar="NAMES", default="", help="what it has on, such as writes"
    )
    group.addoption(
        "--mtango-device",
        metavar="NAME",
        default="sys/tg_test/1",
        help="where its TangoTest is (default: sys/tg_test/1)",
    )
    group.addoption(
        "--mtango-facility",
        metavar="HOST:PORT",
        help="the Tango database that paths name (default: the first of its /rc3/hosts)",
    )
    group.addoption("--mtango-auth", metavar="USER:PASSWORD", help="for Basic authentication")
    group.addoption(
        "--mtango-writes", action="store_true", help="ask also what may change something"
    )
    group.addoption(
        "--mtango-level",
        choices=LEVELS,
        help="from which on a difference fails (default: the ini file's mtango_level, else must)",
    )
    parser.addini("mtango_level", "from which on a difference fails: must, should, may", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, for --strict-markers."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(tryfirst=True)  # before -k and -m choose
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add a test for each case."""
    if session.config.getoption("mtango_url"):
        try:
            from mtango_ref.conformance.pytest_cases import facets
        except ImportError as error:
            raise pytest.UsageError(
                f"--mtango-url: {error}: run pip install 'mtango-ref[conformance]'."
            ) from error
        for facet in facets(session):
            items.extend(item for item in session.genitems(facet) if isinstance(item, pytest.Item))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the differences come from: each cause once."""
    if terminalreporter.config.getoption("mtango_url"):
        from mtango_ref.conformance.pytest_cases import summary

        reports = [
            one for kind in ("failed", "passed") for one in terminalreporter.getreports(kind)
        ]
        lines = summary(reports)
        if lines:
            terminalreporter.section("rc3 conformance: causes")
            terminalreporter.write_line("\n".join(lines))
