"""Devices that nobody knows: what they cost the database, and that they are known once defined."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import tango
from test_tango_shares import real

from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.model import DevFailed
from patient_backend import patient_backend
from served_backend import served

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

NAME = "test/unknown/1"
CLIENTS = 8


@pytest.fixture
def backend(facility: Facility) -> TangoBackend:
    return patient_backend()


@pytest.fixture
def asked(backend: TangoBackend, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return the commands of the database that were run, with their argument."""
    questions: list[tuple[str, str]] = []
    ask = tango.Database.command_inout

    def command_inout(self: Any, command: str, argument: str) -> Any:
        questions.append((command, argument))
        return ask(self, command, argument)

    monkeypatch.setattr(tango.Database, "command_inout", command_inout)
    return questions


def reasons(backend: TangoBackend, name: str) -> list[str]:
    with pytest.raises(DevFailed) as caught:
        backend.get_device_proxy(name)
    return [each.reason for each in caught.value.errors]


NOT_DEFINED = ["DB_DeviceNotDefined", "API_CommandFailed", "API_DeviceNotDefined"]


def test_unknown_device_is_one_question_each_time(
    backend: TangoBackend, asked: list[tuple[str, str]]
) -> None:
    for _ in range(2):
        assert reasons(backend, NAME) == NOT_DEFINED
    assert asked == [("DbGetDeviceWideList", NAME)] * 2


def test_known_device_is_one_question(backend: TangoBackend, asked: list[tuple[str, str]]) -> None:
    assert backend.get_device_proxy("SYS/tg_test/1").connection.name == "sys/tg_test/1"
    assert asked == [("DbGetDeviceWideList", "SYS/tg_test/1")]


@pytest.mark.parametrize("name", ["sys/*/1", "sys/%/1"])
def test_wildcard_lists_nothing(
    backend: TangoBackend, asked: list[tuple[str, str]], name: str
) -> None:
    assert reasons(backend, name) == NOT_DEFINED
    assert asked == [("DbGetDeviceInfo", name)]


@contextmanager
def defined() -> Iterator[None]:
    """Define the device meanwhile; no server runs it."""
    known = tango.DbDevInfo()
    known.name, known._class, known.server = NAME.upper(), "Unknown", "Unknown/test"
    database = tango.Database()
    database.add_device(known)
    try:
        yield
    finally:
        database.delete_device(NAME)
        database.delete_server("Unknown/test")


def test_device_is_known_as_soon_as_it_is_defined(backend: TangoBackend) -> None:
    assert reasons(backend, NAME) == NOT_DEFINED
    with defined():
        assert backend.get_device_proxy(NAME).name == NAME.upper()
    assert reasons(backend, NAME) == NOT_DEFINED


@pytest.mark.usefixtures("facility")
def test_device_is_known_at_once_while_many_ask_for_it() -> None:
    """The server asks again at a pace after each answer that there is none."""
    asked = f"devices/{NAME}"
    with served(real) as gateway, ThreadPoolExecutor(CLIENTS) as pool:
        in_vain = gateway.get(asked)
        assert in_vain["errors"][0]["reason"] == NOT_DEFINED[0]
        waiting = [pool.submit(gateway.get, asked) for _ in range(CLIENTS)]
        with defined():
            found = gateway.get(asked)
            assert found.get("name") == NAME.upper(), found
        errors = [each.result().get("errors", in_vain["errors"]) for each in waiting]
        # Who finds it, and asks more of it when it is deleted again, fails by another call.
        assert [*map(said, errors)] == [said(in_vain["errors"])] * CLIENTS


def said(errors: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(each["reason"], each["description"]) for each in errors]
