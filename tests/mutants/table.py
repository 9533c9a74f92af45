"""A plugin of pytest: the table of mutants and what caught each, after the tests."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    table = dict(
        caught
        for report in sorted(reports, key=lambda report: str(report.nodeid))
        for name, caught in getattr(report, "user_properties", ())
        if name == "mutant"
    )
    if not table:
        return
    killed = sum(map(bool, table.values()))
    terminalreporter.section(f"mutants: {killed} caught of {len(table)}, and by which case first")
    width = max(map(len, table))
    for mutant, case in table.items():
        terminalreporter.write_line(f"{mutant:{width}}  {case or 'SURVIVES'}")
