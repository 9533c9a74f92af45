"""The gateway on a real server that is made of a fixture, and the fake of that same fixture.

With pytango-db and the PyTango that has pipes, all is asked. The other environment, with DataBaseds
and the newest PyTango, asks the device that has each type and in one mode, as the newest PyTango
converts each type by itself: what the guarded devices differ in is what their server says, and that
is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.device import HAS_PIPES
from mtango_ref.fixture.language import AttributeOverride
from mtango_ref.fixture.loading import load
from mtango_ref.interface import Capabilities
from mtango_ref.model import DevFailed
from patient_backend import patient_backend

from .asking import compared, long_running
from .comparison import Comparison, check_alike, rules
from .figure import PROPERTY
from .questions import Question, questions

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

RULES = rules("everything.yml")
NAME, SERVER = "one_of_everything", "OneOfEverything/test"
FIXTURE = load(NAME)
NOT_MADE = "test/everything/with_write"
"""PyTango cannot name the attribute that is written with one that is READ_WITH_WRITE; TangoTest
has such attributes."""
RUNNING = [name for name, each in FIXTURE.devices.items() if each.exported and name != NOT_MADE]
FACETS = (
    *("tree", "state", "attributes", "values", "info", "history", "properties", "commands"),
    *("several", "odd names", "wildcards", *(["pipes"] if HAS_PIPES else [])),
)


@pytest.fixture(scope="module")
def real(facility: Facility) -> Iterator[TangoBackend]:
    from facility.from_fixture import FromFixture

    with facility.from_fixture(FromFixture(FIXTURE, SERVER)):
        backend = patient_backend()
        _read_all(backend)
        _await_histories(backend)
        yield backend


def _read_all(backend: TangoBackend) -> None:
    """Read all once: a device's State knows from then on the quality that it gave an attribute."""
    for name in RUNNING:
        device = backend.get_device_proxy(name)
        device.read_attributes(device.get_attribute_list())


def _await_histories(backend: TangoBackend) -> None:
    """Wait until they are full; the last to be polled is the Status of one device."""
    device = backend.get_device_proxy("test/guarded/polled")
    attribute = backend.get_attribute_proxy(device, "Status")
    deadline = monotonic() + 30
    while monotonic() < deadline:
        with suppress(DevFailed):  # nothing is kept yet
            if len(attribute.history()) == 10:
                return
        sleep(0.1)


@pytest.fixture(scope="module")
def comparison(real: TangoBackend, facility: Facility) -> Comparison:
    fake = long_running(NAME)
    on_mariadb = facility.tables.name == "mariadb"
    fake.capabilities = Capabilities(has_pipes=HAS_PIPES)
    return compared(
        real,
        fake,
        RULES,
        lambda settings: (
            each
            for each in questions(fake, settings)
            if is_asked(each) and not (on_mariadb and "/test/guarded/" in each.path.lower())
        ),
        None if on_mariadb else "test/everything/1",
    )


def is_asked(question: Question) -> bool:
    """Return True for what both facilities have, and the backends answer. Odd names are no other
    ones for each of the devices that differ in values only."""
    where = f"{question.path}?{question.query}".lower()
    return (
        question.facet in FACETS
        and question.method == "GET"
        and ("/devices/test/" in where or "wildcard=test/" in where)
        and NOT_MADE not in where
        and (question.facet != "odd names" or "guarded" not in where or "/all" in where)
    )


@pytest.mark.parametrize("facet", FACETS)
def test_facet_answers_alike(comparison: Comparison, facet: str) -> None:
    check_alike(comparison, facet)


def test_comparison_has_thousands_of_requests(
    comparison: Comparison, facility: Facility, record_property: Callable[[str, object], None]
) -> None:
    """They are printed after the tests."""
    record_property(PROPERTY, comparison.figures())
    assert comparison.requests.total() >= (900 if facility.tables.name == "mariadb" else 2500)


def test_every_replacement_is_needed(comparison: Comparison) -> None:
    needed = {each.what for each in RULES.replacements if not each.by_chance}
    assert needed <= {*comparison.replaced}


def test_what_is_known_to_differ_still_does(comparison: Comparison, facility: Facility) -> None:
    on_mariadb = facility.tables.name == "mariadb"
    expected = RULES.known(has_pipes=HAS_PIPES, on_mariadb=on_mariadb)
    assert {*comparison.known} == expected


def test_an_alarm_comes_and_goes(real: TangoBackend) -> None:
    """The state changes with it, as in a fake whose value is another."""
    import tango

    name, attribute = "test/guarded/valid", "steered"
    device, proxy = real.get_device_proxy(name), tango.DeviceProxy(name)
    for value, state in ((4, "ON"), (5, "ALARM"), (6, "ALARM"), (4, "ON"), (0, "ON")):
        proxy.write_attribute(attribute, value)
        fake = _with_value(name, attribute, value).get_device_proxy(name)
        assert (device.state(), device.status()) == (fake.state(), fake.status())
        assert device.state() == state
        readings = [each.read_attributes([attribute, "State"]) for each in (device, fake)]
        here, there = ([(each.value, each.quality) for each in pair] for pair in readings)
        assert here == there


def _with_value(name: str, attribute: str, value: int) -> FakeBackend:
    device = FIXTURE.devices[name]
    changed = device.model_copy(update={"attributes": {attribute: AttributeOverride(value=value)}})
    return FakeBackend(FIXTURE.model_copy(update={"devices": {**FIXTURE.devices, name: changed}}))


@pytest.mark.parametrize(
    "name",
    ["PollUShort", "pollulong", "PollVarUShortArray", "PollVarULongArray", "PollFailingArray"],
)
def test_gateway_refuses_histories_that_would_kill_it(real: TangoBackend, name: str) -> None:
    """The gateway survives the question."""
    with pytest.raises(DevFailed) as failed:
        real.get_device_proxy("test/everything/1").command_history(name)
    assert [(error.reason, error.desc) for error in failed.value.errors] == [
        (
            "API_NotSupported",
            f"PyTango cannot read the history of {name}, because of the type that it gives",
        )
    ]
