"""The lists of tox.ini: which tests of the real facility run with which database."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest

from conftest import ON_TANGO

ROOT = Path(__file__).parents[2]
TOX = ConfigParser(interpolation=None)
TOX.read(ROOT / "tox.ini", encoding="utf-8")
LISTS = {
    name: text.replace("\\\n", " ").split()
    for name, text in TOX["facility"].items()
    if name != "pytest"
}


def test_no_test_of_the_facility_is_left_out(request: pytest.FixtureRequest) -> None:
    """Tests are compared whose files are collected. One mode stands for both, where lists name
    modes."""
    listed = {_in_one_mode(each) for names in LISTS.values() for each in names}
    collected = {_in_one_mode(each) for each in request.config.stash[ON_TANGO]}
    assert {each for each in collected if listed.isdisjoint({each, _file(each)})} == set()
    files = {_file(each) for each in collected}
    named = {each for each in listed if "::" in each and _file(each) in files}
    assert named <= collected


def _in_one_mode(test: str) -> str:
    return test.replace("[tango-strict", "[tango-implementation") if "::" in test else test


def _file(test: str) -> str:
    return test.partition("::")[0]


def test_every_file_of_the_lists_is_there_and_in_one_list() -> None:
    names = [each for names in LISTS.values() for each in names]
    assert [each for each in names if not (ROOT / _file(each)).is_file()] == []
    assert sorted(names) == sorted({*names})


FACILITY = "pipe or not (tango-strict or strict-)"
"""The choice that `facility` makes by -k."""


def test_each_database_and_each_kind_of_pytango_runs_what_they_can_change() -> None:
    """Everything runs with pytango-db and the PyTango that has pipes; with DataBaseds and the
    newest PyTango, what one of the two can change. Each has one of the modes."""
    commands = {
        "facility": f'-k "{FACILITY}" '
        "{posargs:{[facility]implementation} {[facility]one} {[facility]both}}",
        "mariadb": '-k "not implementation" {posargs:{[facility]strict} {[facility]both}}',
    }
    for environment, expected in commands.items():
        assert TOX[f"testenv:{environment}"]["commands"] == f"{{[facility]pytest}} {expected}"
    assert TOX["facility"]["pytest"].endswith(" --dist loadfile --no-loadscope-reorder -m tango")
    assert "FACILITY_DATABASE = mariadb" in TOX["testenv:mariadb"]["set_env"]


def test_each_test_in_strict_has_one_in_implementation(request: pytest.FixtureRequest) -> None:
    """The tests that `facility` leaves out are the other mode of those that it runs."""
    collected = {*request.config.stash[ON_TANGO]}
    left_out = {
        each
        for each in collected
        if ("tango-strict" in each or "strict-" in each) and "pipe" not in each
    }
    spelled = {re.sub(r"\bstrict(?=[-\]])", "implementation", each) for each in left_out}
    assert spelled - collected == set()
