"""Parts of a real server that no fixture can have: they are left out, and the rest is served."""

from __future__ import annotations

from typing import Any

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import parse
from mtango_ref.fixture.writing import as_yaml
from mtango_ref.tools.recorder.misfits import leave_out_misfits


def a_fixture(**heat: Any) -> dict[str, Any]:
    attributes = {"heat": {"data_type": "DevEnum", "enum_labels": ["LOW", "HIGH"], **heat}}
    commands = {"Give": {"out_type": "ConstDevString", "value": "x"}}
    return {
        "classes": {"A": {"attributes": attributes, "commands": commands}},
        "devices": {"a/b/c": {"class": "A"}},
    }


def test_all_of_it_fits() -> None:
    fixture = a_fixture(value="HIGH")
    assert leave_out_misfits(fixture) == {}
    assert fixture == a_fixture(value="HIGH")
    device = FakeBackend(parse(as_yaml(fixture), "x")).get_device_proxy("a/b/c")
    assert device.command_inout("Give") == "x"


def test_what_does_not_fit_is_left_out() -> None:
    """A DevEnum without a label for its number."""
    fixture = a_fixture(value=7)
    assert leave_out_misfits(fixture) == {
        "class A, attributes.heat.value": "7 is not valid; expected a label: LOW, HIGH"
    }
    assert fixture == a_fixture()


def test_note_says_that_nothing_can_be_left_out() -> None:
    fixture = {**a_fixture(value=[[]]), "devices": []}
    [(place, why)] = leave_out_misfits(fixture).items()
    assert place == "all of it"
    assert why.startswith("serve will reject the file: Nothing in these files can be served")
