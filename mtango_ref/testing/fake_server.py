"""A server of a simulated facility in a thread of this process, for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import pytest

from mtango_ref.backends import open_backend
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.backends.fake.control.control import Control
from mtango_ref.backends.fake.control.defining import Refused
from mtango_ref.http.app import create_app
from mtango_ref.http.facilities import Facilities
from mtango_ref.interface import BackendError
from mtango_ref.messages import StartError
from mtango_ref.server import Server, refusals
from mtango_ref.settings.sources import load_settings
from mtango_ref.sockets import listen
from mtango_ref.threads import Shares

_P = ParamSpec("_P")


def _refusing(function: Callable[_P, None]) -> Callable[_P, None]:
    """Raise ValueError with what was expected, where the test asked for it in a traceback."""

    @wraps(function)
    def refuse(*arguments: _P.args, **named: _P.kwargs) -> None:
        __tracebackhide__ = True
        try:
            function(*arguments, **named)
        except Refused as error:
            raise ValueError(str(error)) from None

    return refuse


class FakeServer:
    """A running server of a simulated facility, and what can be done to the facility.

    Names are domain/family/member, or that and /attribute or /command. ValueError says what was
    expected. What is changed is polled at once, where it is polled.
    """

    def __init__(self, url: str, control: Control) -> None:
        self.url = url
        """The URL of the entry point, such as http://127.0.0.1:35261/tango/rest."""
        self._control = control

    @_refusing
    def fail(self, name: str, fault: str = "failure", **more: Any) -> None:
        """Let something be wrong from now on: latency, timeout, failure, invalid, hang or away,
        with the other words that the language of fixtures has for it; `from` is from_ here."""
        words = {key.removesuffix("_"): value for key, value in more.items()}
        self._control.fail(name, {"fault": fault, **words})

    @_refusing
    def heal(self, name: str = "*") -> None:
        """End every fault of a device, an attribute or a command; * is the whole facility."""
        self._control.heal(name)

    @_refusing
    def set_value(self, name: str, value: Any) -> None:
        """Let an attribute have that value, written as in a fixture, from now on."""
        self._control.set_value(name, value)

    @_refusing
    def set_state(self, device: str, state: str) -> None:
        """Let a device have that state, such as FAULT, from now on."""
        self._control.set_state(device, state)

    @_refusing
    def advance(self, seconds: float) -> None:
        """Move the facility's one clock on (s): simulations, polling, schedules, timestamps."""
        self._control.advance(seconds)

    @_refusing
    def restart(self, name: str) -> None:
        """Stop a device server, or that of a device, and start it again."""
        self._control.restart(name)

    @_refusing
    def define(self, name: str, definition: Any) -> None:
        """Define a device, or an attribute, command or pipe of one, as a fixture does.

        definition: the mapping that a fixture has below that name.
        """
        self._control.define(name, definition)

    @_refusing
    def rename(self, old: str, new: str) -> None:
        """Give a device another name, or another spelling of it."""
        self._control.rename(old, new)

    @_refusing
    def delete(self, name: str) -> None:
        """Delete a device, or an attribute, command or pipe of one."""
        self._control.delete(name)

    def reset(self) -> None:
        """Undo all this, and what commands did. The fixture mtango_server does so after a test."""
        self._control.reset()


@contextmanager
def serving(root: Path, options: Mapping[str, str]) -> Iterator[FakeServer]:
    """Serve at a free port until the end of the context.

    root: the folder from which a fixture file is looked for. options: settings, of which an empty
    text stands for the default. The test fails that asks for what cannot be.
    """
    # An option of pytest that nobody gave is an empty text.
    given = {name: text for name, text in options.items() if text}
    if (root / given.get("fixture", "")).is_file():
        given["fixture"] = str(root / given["fixture"])
    server, made = _server({**given, "port": "0"})
    thread = threading.Thread(target=server.run, name="mtango_server", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.stop()
        thread.join()


def _server(given: dict[str, object]) -> tuple[Server, FakeServer]:
    try:
        settings = load_settings(given, None, {})
        shares = Shares(settings.tango_timeout, settings.max_waiting)
        backend = open_backend(settings, shares)
        assert isinstance(backend, FakeBackend)
        size, ttl = settings.cache_size, settings.value_ttl
        app = create_app(settings, backend, Facilities(backend, size, shares.row, ttl, shares))
        listening = listen(settings.host, settings.port)
        refuse = refusals(settings.rc3_mode, backend.clock)
        server = Server(app, listening, settings, refuse, shares, app.changes.finish)
    except (StartError, BackendError) as error:
        reason = str(error)
    else:
        return server, FakeServer(server.url + settings.app_base, backend.control)
    pytest.fail(f"mtango_server cannot start. {reason}", pytrace=False)
