"""The facilities behind the gateway: fake (a YAML fixture) and pytango (a real one).

Each is imported where it is asked for and not above: the fake has to start without PyTango
and numpy, which take longer to import than everything else together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mtango_ref.calls import Calls
from mtango_ref.interface import Backend, BackendError, Capabilities
from mtango_ref.settings.model import Settings
from mtango_ref.settings.texts import instant

if TYPE_CHECKING:
    from mtango_ref.backends.fake.backend import FakeBackend
    from mtango_ref.backends.fake.watch import Watch
    from mtango_ref.fixture.language import Facility


def open_backend(settings: Settings, calls: Calls | None = None) -> Backend:
    """Open the backend that the settings ask for. Raises BackendError.

    calls: makes its calls to what may hang; without, each has a thread of its own.
    """
    if settings.backend == "fake":
        from mtango_ref.fixture.loading import load

        return _fake(settings, load(settings.fixture), calls)
    with needing_pytango():
        from mtango_ref.backends.pytango.backend import TangoBackend
        from mtango_ref.backends.pytango.environment import tango_hosts
    return TangoBackend(tango_hosts(), settings.tango_timeout, calls)


def open_watched(settings: Settings, say: Callable[[str], object], calls: Calls) -> Watch:
    """Open the fake, and follow its fixture.

    say: takes each message for the person who changes the fixture. calls: as open_backend. Raises
    BackendError.
    """
    from mtango_ref.backends.fake.watch import Watch

    return Watch(settings.fixture, lambda facility: _fake(settings, facility, calls), say)


def _fake(settings: Settings, facility: Facility, calls: Calls | None) -> FakeBackend:
    from mtango_ref.backends.fake.backend import FakeBackend
    from mtango_ref.backends.fake.timing.clock import started

    clock = started(instant(settings.start_time), is_stopped=settings.clock == "stopped")
    return FakeBackend(facility, settings.seed, clock, settings.tango_timeout, calls)


def capabilities(settings: Settings) -> Capabilities:
    """Return the abilities that the backend would have; asks no facility. Raises BackendError."""
    if settings.backend == "fake":
        from mtango_ref.fixture.control_class import control_device
        from mtango_ref.fixture.loading import load

        return Capabilities(control_device=control_device(load(settings.fixture)))
    with needing_pytango():
        from mtango_ref.backends.pytango.device import HAS_PIPES
    return Capabilities(has_pipes=HAS_PIPES)


@contextmanager
def needing_pytango() -> Iterator[None]:
    """Turn an ImportError of PyTango into a BackendError that says what brings it."""
    try:
        yield
    except ImportError as error:
        raise BackendError(
            f"PyTango cannot be imported: {error}. Run 'pip install pytango',"
            " or use the fake backend, which does without it."
        ) from error
