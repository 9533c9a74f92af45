"""A plugin of pytest: the table of mutants and what caught each, after the tests."""

from __future__ import annotations

import pytest

MOST = 3
"""How many cases are named."""


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
    terminalreporter.section(f"mutants: {killed} caught of {len(table)}, and by how many cases")
    width = max(map(len, table))
    for mutant, cases in table.items():
        terminalreporter.write_line(f"{mutant:{width}} {len(cases):4}  {_listed(cases)}")


def _listed(cases: list[str]) -> str:
    """The first cases, once each whatever the requests that it makes."""
    names = list(dict.fromkeys(case.partition(": ")[0] for case in cases))
    more = [".."] if len(names) > MOST else []
    return "; ".join(names[:MOST] + more) if names else "SURVIVES"
