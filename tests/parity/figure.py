"""A plugin of pytest: how much alike the two were, after the tests."""

from __future__ import annotations

import pytest

PROPERTY = "parity"
"""The name of a test's property: what it found, as (what, number) pairs."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, rows in getattr(report, "user_properties", ()):
            if name == PROPERTY:
                file, _, _ = report.nodeid.partition("::")
                terminalreporter.section(f"how much alike the two facilities of {file} are")
                for what, count in rows:
                    terminalreporter.write_line(f"{count:7}  {what}")
