"""The app with writing switched on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from conftest import REAL, Rest, shared
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from patient_backend import patient_backend
from writing import settable as settable_device
from writing.echoing import FIXTURE


@pytest.fixture(params=["strict", "implementation"])
def writing(request: pytest.FixtureRequest, backend: Backend) -> Rest:
    """Return the app of each backend, in each mode; others may have asked it."""
    return shared(Settings(rc3_mode=request.param, extensions=("writes",)), backend)


@pytest.fixture
def serve_writing(backend: Backend) -> Iterator[Callable[..., Rest]]:
    """Return a maker of apps under settings of one's own, with writing."""
    made: list[Rest] = []

    def serve(**settings: object) -> Rest:
        made.append(Rest(Settings.model_validate({"extensions": ["writes"], **settings}), backend))
        return made[-1]

    yield serve
    for rest in made:
        rest.app.changes.finish(10.0)


@pytest.fixture(scope="module", params=["fake", REAL])
def echoing(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Yield the fake and the real facility, with the device of echoing.py."""
    if request.param == "fake":
        from mtango_ref.backends.fake.backend import FakeBackend

        yield FakeBackend(FIXTURE)
        return
    facility = request.getfixturevalue("facility")
    from facility.from_fixture import FromFixture

    with facility.from_fixture(FromFixture(FIXTURE, "Echoing/test")):
        yield patient_backend()


class Restartable(NamedTuple):
    """A backend, and what restarts the server of settable.py."""

    backend: Backend
    restart: Callable[[], None]


@pytest.fixture(scope="module", params=["fake", REAL])
def restartable(request: pytest.FixtureRequest) -> Iterator[Restartable]:
    """Yield the fake and the real facility, with the device of settable.py."""
    if request.param == "fake":
        from mtango_ref.backends.fake.backend import FakeBackend

        fake = FakeBackend(settable_device.FIXTURE)
        yield Restartable(fake, lambda: fake.restart("settable/test"))
        return
    facility = request.getfixturevalue("facility")
    from facility.from_fixture import FromFixture

    with facility.from_fixture(FromFixture(settable_device.FIXTURE, "Settable/test")) as server:
        yield Restartable(patient_backend(), server.restart)


@pytest.fixture(params=["strict", "implementation"])
def settable(request: pytest.FixtureRequest, restartable: Restartable) -> Rest:
    """Return the app in each mode, with the device of settable.py; others may have asked it."""
    return shared(Settings(rc3_mode=request.param, extensions=("writes",)), restartable.backend)


@pytest.fixture
def strict(restartable: Restartable) -> Rest:
    """Return the app in strict mode, with the device of settable.py; others may have asked it."""
    return shared(Settings(extensions=("writes",)), restartable.backend)


@pytest.fixture
def keeping(restartable: Restartable) -> Iterator[Rest]:
    """Yield the app with the device of settable.py, and values that it keeps."""
    settings = Settings(extensions=("writes",), value_ttl=60.0)
    rest = Rest(settings, restartable.backend)
    yield rest
    rest.app.changes.finish(10.0)


@pytest.fixture(params=["strict", "implementation"])
def echo(request: pytest.FixtureRequest, echoing: Backend) -> Rest:
    """Return the app of each of these, in each mode; others may have asked it."""
    return shared(Settings(rc3_mode=request.param, extensions=("writes",)), echoing)
