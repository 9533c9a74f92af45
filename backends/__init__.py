"""The facilities behind the gateway: fake (a YAML fixture) and pytango (a real one)."""

from mtango_ref.interface import Backend, BackendError
from mtango_ref.settings import Settings


def open_backend(settings: Settings) -> Backend:
    """The backend that the settings ask for, ready to answer. Raises BackendError.

    Each is imported here and not above: the fake has to start without PyTango and numpy,
    which take longer to import than everything else together.
    """
    if settings.backend == "fake":
        from mtango_ref.backends.fake.backend import FakeBackend
        from mtango_ref.backends.fake.fixture import load

        return FakeBackend(load(settings.fixture), settings.seed)
    try:
        from mtango_ref.backends.pytango.backend import TangoBackend
    except ImportError as error:
        raise BackendError(f"PyTango cannot be imported: {error}") from error
    return TangoBackend(settings.tango_timeout)
