"""What runs on both databases: each test of the real facility, but for what is listed here."""

from __future__ import annotations

import ast
import re
from configparser import ConfigParser
from pathlib import Path

TESTS = Path(__file__).parents[1]
MARK = "pytest.mark.any_database"

ONCE = {
    "gateway/test_arguments_alike.py": "runs commands of devices",
    "gateway/test_tango_conversion.py": "converts what PyTango gives",
    "gateway/test_tango_values.py": "reads values of devices",
    "project/test_readme.py": "plays the papers' commands on a facility with pytango-db",
    "rest/test_command_inout.py": "runs commands of devices",
    "rest/test_rest_commands.py": "reads commands of devices",
    "rest/test_rest_configuration.py": "reads the configuration of attributes",
    "rest/test_rest_pipes.py": "reads pipes of devices",
    "server/test_serve.py": "starts and ends the program",
}
"""Files with tests that one database is enough for, and what they do instead of asking it."""

ASKING = re.compile(
    r"\bdatabase\.get_|\btango\.Database\b|\bfacility\.(database|tables)\b|/properties\b"
)
"""Source that asks the database, or changes what is in it."""


def test_each_other_file_runs_on_both() -> None:
    marked = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.glob("*/test_*.py")
        if MARK in path.read_text(encoding="utf-8") and path != Path(__file__)
    }
    assert marked == {*ONCE}


def test_what_runs_once_does_not_ask_the_database() -> None:
    asking = {
        name: found
        for name in ONCE
        if (found := [match[0] for match in ASKING.finditer(_tango_source(TESTS / name))])
    }
    assert asking == {}


def _tango_source(path: Path) -> str:
    """Return the source of a file without its docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return "\n".join(
        ast.unparse(node)
        for node in tree.body
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    )


def test_tox_runs_all_others_on_mariadb() -> None:
    tox = ConfigParser(interpolation=None)
    tox.read(TESTS.parent / "tox.ini", encoding="utf-8")
    environments = tox["tox"]["env_list"].split(", ")
    assert {"facility", "mariadb"} <= {*environments}
    assert "-m tango " in tox["testenv:facility"]["commands"]
    assert '-m "tango and not any_database"' in tox["testenv:mariadb"]["commands"]
    assert "FACILITY_DATABASE = mariadb" in tox["testenv:mariadb"]["set_env"]
