"""The gateway on a real facility and the fake of its recording: the same answers.

The facility has all servers that the tests know; on the database that facilities run (see
facility.databases) those of Debian, too. There it is asked in one mode, and of the servers that
both databases know for values and what the database answers: what else they answer themselves is
converted by PyTango, which tests/parity/test_parity_everything.py has of each type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import program
from mtango_ref.interface import Device
from mtango_ref.json_text import to_json
from mtango_ref.json_values import value
from mtango_ref.model import DevFailed
from patient_backend import patient_backend

from .asking import compared, long_running
from .comparison import RULES, Comparison, check_alike
from .figure import PROPERTY
from .questions import DEVICES, Question, questions

if TYPE_CHECKING:
    from facility import Facility, Server

pytestmark = pytest.mark.tango

FACETS = (
    *("tree", "state", "attributes", "values", "info", "history", "properties", "commands"),
    *("pipes", "change", "periodic", "user", "several", "odd names", "unknown device"),
    *("wildcards", "refused", "system"),
)


OF_SERVERS = {"info", "history", "change", "periodic", "user", "several", "commands"}
"""The facets beside values whose answers come from device servers."""

DEBIAN = ("tango/admin/", "sys/access_control/", "dserver/starter/", "dserver/tangoaccesscontrol/")
"""Beginnings of the devices whose servers run beside DataBaseds only."""


@pytest.fixture(scope="module")
def whole(facility: Facility, weather: Server) -> Iterator[Facility]:
    """Start all that can run beside the facility's database."""
    with ExitStack() as servers:
        servers.enter_context(facility.every_type())
        if facility.tables.has_access_control:
            servers.enter_context(facility.starter())
            servers.enter_context(facility.access_control())
        yield facility


@pytest.fixture(scope="module")
def recording(whole: Facility, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record the whole facility by `mtango-ref record '*'`."""
    path = tmp_path_factory.mktemp("parity") / "recorded.yml"
    environment = {"TANGO_HOST": whole.tango_host}
    code, output, errors = program.run("record", "*", "-o", str(path), **environment)
    assert (code, output) == (0, ""), errors
    assert "Recorded as not running" not in errors
    assert "Left out" not in errors
    return path


@pytest.fixture(scope="module")
def comparison(recording: Path, facility: Facility) -> Comparison:
    real, fake = patient_backend(), long_running(str(recording))
    on_mariadb = facility.tables.name == "mariadb"
    return compared(
        real,
        fake,
        RULES,
        lambda settings: (
            each
            for each in questions(real, settings, once_a_class=True)
            if not on_mariadb or is_of_mariadb(each)
        ),
        None if on_mariadb else "test/one_of_each/1",
    )


def is_of_mariadb(question: Question) -> bool:
    """Return True for values, what the database answers, and the servers that run beside
    DataBaseds only."""
    device = question.path.lower().removeprefix(f"{DEVICES}/")
    return question.facet not in OF_SERVERS or device.startswith((*DEBIAN, "sys/database/"))


@pytest.mark.parametrize("facet", FACETS)
def test_facet_answers_alike(comparison: Comparison, facet: str) -> None:
    check_alike(comparison, facet)


def test_all_is_compared(
    comparison: Comparison, record_property: Callable[[str, object], None]
) -> None:
    """The figures of it all, printed after the tests."""
    assert {*comparison.requests} == {*FACETS}
    record_property(PROPERTY, comparison.figures())
    assert comparison.requests.total() >= 400


def test_commands_return_the_same(whole: Facility, recording: Path) -> None:
    """Commands of every data type return it, if the recorder could read what polling gave; else
    nothing is known."""
    from facility import EVERY_TYPE

    real, fake = patient_backend(), long_running(str(recording))
    devices = [backend.get_device_proxy(EVERY_TYPE) for backend in (real, fake)]
    names = _histories(devices[0]) | {"GiveDevUChar", "GiveDevPipeBlob", "GiveDevVarStateArray"}
    assert len(names) >= 20
    for name in names:
        real_answer, fake_answer = (_given(device, name) for device in devices)
        assert real_answer == fake_answer, name


def _histories(device: Device) -> set[str]:
    """Return the commands whose history can be read, so that the recorder knows what they give."""
    found = set()
    for info in device.command_list_query():
        with suppress(DevFailed):
            device.command_history(info.cmd_name)
            found.add(info.cmd_name)
    return found - {"State", "Status"}


def _given(device: Device, command: str) -> bytes | list[tuple[str, str]]:
    try:
        return to_json(value(device.command_inout(command)))
    except DevFailed as failed:
        return [(error.reason, error.desc) for error in failed.errors]


def test_every_replacement_is_needed(comparison: Comparison, facility: Facility) -> None:
    on_mariadb = facility.tables.name == "mariadb"
    fitting = [each for each in RULES.replacements if on_mariadb or not each.of_mariadb]
    needed = {each.what for each in fitting if not each.by_chance}
    assert needed <= {*comparison.replaced} <= {each.what for each in fitting}


def test_what_is_known_to_differ_still_does(comparison: Comparison, facility: Facility) -> None:
    from mtango_ref.backends.pytango.device import HAS_PIPES

    on_mariadb = facility.tables.name == "mariadb"
    expected = RULES.known(has_pipes=HAS_PIPES, on_mariadb=on_mariadb)
    assert {*comparison.known} == expected
