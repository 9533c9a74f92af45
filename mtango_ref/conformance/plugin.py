"""The pytest plugin: the suite as tests of a server.

It is loaded into every pytest beside which this package is installed, so it imports nothing of
weight before it is used.
"""

from __future__ import annotations

from typing import Any

import pytest

from mtango_ref.conformance.model import LEVELS, MODES

_MARKER = "mtango: a conformance case that --mtango-url adds"


_OPTIONS: dict[str, dict[str, Any]] = {
    "--mtango-url": {
        "metavar": "URL",
        "help": "run each conformance case as a test of the server whose entry point is URL",
    },
    "--mtango-mode": {
        "choices": MODES,
        "default": "strict",
        "help": "rc3 mode that the server answers in (default: strict)",
    },
    "--mtango-extensions": {
        "metavar": "NAMES",
        "default": "",
        "help": "extensions that the server has switched on, such as writes",
    },
    "--mtango-device": {
        "metavar": "NAME",
        "default": "sys/tg_test/1",
        "help": "the server's TangoTest device (default: sys/tg_test/1)",
    },
    "--mtango-facility": {
        "metavar": "HOST:PORT",
        "help": "Tango database to name in paths (default: the first of /rc3/hosts)",
    },
    "--mtango-auth": {
        "metavar": "USER:PASSWORD",
        "help": "user and password for HTTP Basic authentication",
    },
    "--mtango-writes": {
        "action": "store_true",
        "help": "also send requests that may change something",
    },
    "--mtango-level": {
        "choices": LEVELS,
        "help": "weakest level of rule whose violation fails (default: mtango_level, else must)",
    },
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --mtango-url and what belongs to it."""
    group = parser.getgroup("mtango", "the Tango REST API rc3 (mtango-ref)")
    for name, given in _OPTIONS.items():
        group.addoption(name, **given)
    level = "weakest level of rule whose violation fails: must, should, may"
    parser.addini("mtango_level", level, default="")


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
