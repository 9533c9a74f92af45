"""A DB_SQLError keeps its reason, and loses its statement, which is logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import tango

from conftest import Rest
from mtango_ref.backends.pytango import convert, gate
from mtango_ref.settings.model import Settings
from patient_backend import patient_backend

if TYPE_CHECKING:
    from facility import Facility

STATEMENT = "SELECT exported,ior FROM device WHERE name = 'zz/zz/secret';"
DESC = f"Failed to query TANGO database (error=near 'zz/zz/secret')\nThe query was: {STATEMENT}"
LEFT = "Failed to query TANGO database (the statement is in the log of this server)"
LOGGER = "mtango_ref.backends.pytango.convert"


def sql_error() -> tango.DevFailed:
    """Make what DataBaseds raises when MariaDB refuses a statement."""
    levels = []
    for reason, desc in (("DB_SQLError", DESC), ("API_CommandFailed", "Failed to execute ..")):
        level = tango.DevError()
        level.reason, level.desc, level.origin = reason, desc, "DataBase::db_get_device_info()"
        level.severity = tango.ErrSeverity.ERR
        levels.append(level)
    return tango.DevFailed(*levels)


def test_statement_is_logged_and_not_answered(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, LOGGER):
        failed = convert.dev_failed(sql_error())
    assert [(each.reason, each.desc) for each in failed.errors] == [
        ("DB_SQLError", LEFT),
        ("API_CommandFailed", "Failed to execute .."),
    ]
    assert [(each.name, each.getMessage()) for each in caplog.records] == [
        (LOGGER, f"The database could not run a statement: {DESC}")
    ]


@pytest.mark.tango
@pytest.mark.parametrize(
    "path",
    [
        "zz/zz/secret",
        "zz/zz/secret/state",
        "zz/zz/secret/properties",
        "zz/zz/secret/attributes/any/properties",
    ],
)
def test_no_answer_shows_a_statement(
    facility: Facility,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    def ask(*_: Any) -> object:
        raise sql_error()

    rest = Rest(Settings(backend="tango"), patient_backend())
    monkeypatch.setattr(gate, "ask", ask)
    with caplog.at_level(logging.ERROR, LOGGER):
        result = rest.get(f"/rc3/hosts/localhost/10000/devices/{path}")
    assert [(each["reason"], each["description"]) for each in result.json["errors"]] == [
        ("DB_SQLError", LEFT),
        ("API_CommandFailed", "Failed to execute .."),
    ]
    assert "SELECT" not in result.text
    assert STATEMENT in caplog.text


@pytest.mark.tango
def test_mariadb_refuses_what_is_not_latin_1(
    facility: Facility, caplog: pytest.LogCaptureFixture
) -> None:
    """Its tables are in Latin-1, and it cannot compare them with other characters."""

    if not facility.tables.has_access_control:
        pytest.skip("needs MariaDB: FACILITY_DATABASE=mariadb")
    rest = Rest(Settings(backend="tango"), patient_backend())
    with caplog.at_level(logging.ERROR, LOGGER):
        result = rest.get("/rc3/hosts/localhost/10000/devices/zz/zz/%F0%9F%98%80")
    first = result.json["errors"][0]
    assert (first["reason"], first["description"]) == ("DB_SQLError", LEFT)
    assert "SELECT" not in result.text
    assert "SELECT" in caplog.text
