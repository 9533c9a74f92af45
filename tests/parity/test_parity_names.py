"""Odd names: the gateway on a real server that has them, and the fake of its recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import program
from conftest import Rest
from mtango_ref.backends.pytango.device import HAS_PIPES
from mtango_ref.interface import Capabilities
from mtango_ref.settings.model import Settings
from patient_backend import patient_backend
from quick_record import ENTRY
from rest_answers import HOST

from .asking import compared, long_running
from .comparison import RULES, Comparison
from .figure import PROPERTY
from .questions import DEVICES, Question, questions

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

REMARKS = (
    "Left out:\n"
    "  odd/q/a#b: PyTango takes # in a name for a modifier\n"
    "  class OddSlash, attributes.a/b: 'a/b' is not a valid name; expected text without / and NUL\n"
)
"""The remarks on names of which no proxy can be made, or that no segment of a path can hold."""


@pytest.fixture(scope="module")
def odd(facility: Facility) -> Iterator[Facility]:
    with facility.odd_names():
        yield facility


@pytest.fixture(scope="module")
def real(odd: Facility) -> Rest:
    return Rest(Settings(backend="tango"), patient_backend())


@pytest.fixture(scope="module")
def recording(odd: Facility, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record the devices, and see what is said of those that are left out."""
    path = tmp_path_factory.mktemp("names") / "recorded.yml"
    environment = {"TANGO_HOST": odd.tango_host}
    ended = program.run("record", "odd*", "-o", str(path), entry=ENTRY, **environment)
    assert ended == (0, "", REMARKS)
    return path


@pytest.fixture(scope="module")
def comparison(recording: Path, real: Rest, odd: Facility) -> Comparison:
    fake = long_running(str(recording))
    fake.capabilities = Capabilities(has_pipes=HAS_PIPES)
    return compared(
        patient_backend(),
        fake,
        RULES,
        lambda settings: filter(is_asked, questions(fake, settings)),
        None if odd.tables.name == "mariadb" else "odd/q",
    )


def is_asked(question: Question) -> bool:
    """Leave out other devices than those of the recording, and what it cannot have."""
    path = question.path.lower()
    return path.startswith(f"{DEVICES}/odd") and not path.startswith(f"{DEVICES}/odd/slash")


def test_record_and_serve_keep_odd_names(
    comparison: Comparison, record_property: Callable[[str, object], None]
) -> None:
    record_property(PROPERTY, comparison.figures())
    assert comparison.differing == {}
    assert comparison.requests["values"] > 100


def test_links_of_odd_names_lead_to_them(real: Rest, odd: Facility) -> None:
    """Follow the list of devices, and of each the list of attributes, to the values."""
    from facility import NO_PROXY
    from facility.odd_names import ATTRIBUTES

    listed = real.body(DEVICES, "wildcard=odd*")
    assert {each["name"] for each in listed} == {*odd.odd_devices, NO_PROXY}
    for device in listed:
        name, body = device["name"], follow(real, device["href"])
        assert (body["name"], body["info"]["name"]) == (name, name)
        of = odd.odd_devices.get(name, "OddSlash")
        if of != "OddSlash":
            values = [follow(real, each["value"]) for each in follow(real, body["attributes"])]
            assert [each["name"] for each in values] == [*ATTRIBUTES[of], "State", "Status"]
            assert [each["value"] for each in values[:-2]] == [*range(len(ATTRIBUTES[of]))]


def follow(rest: Rest, link: str) -> Any:
    """Get what a link leads to."""
    return rest.body(link.removeprefix(f"http://{HOST}{rest.settings.app_base}"))


def test_device_without_proxy_says_so(real: Rest) -> None:
    body = real.body(f"{DEVICES}/odd/q/a%23b/state")
    assert [(each["reason"], each["description"]) for each in body["errors"]] == [
        (
            "API_WrongDeviceNameSyntax",
            "Tango's clients read # in a device's name as a modifier (#dbase=no): nothing but its"
            " entry in the database can be had of odd/q/a#b",
        )
    ]


def test_slash_in_an_attribute_leaves_the_query(real: Rest) -> None:
    """No segment of a path can hold it once it is decoded; an argument can."""
    path = f"{DEVICES}/odd/slash/1/attributes"
    assert real.get(f"{path}/a%2Fb/value").status_code == 404
    [value] = real.body(f"{path}/value", "attr=a/b")
    assert (value["name"], value["value"]) == ("a/b", 0)
