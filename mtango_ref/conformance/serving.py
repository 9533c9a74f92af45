"""A server of a simulated facility in a thread of this process, for tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from mtango_ref.app import create_app
from mtango_ref.backends import open_backend
from mtango_ref.interface import BackendError
from mtango_ref.server import Server, refusals
from mtango_ref.settings import StartError
from mtango_ref.settings_sources import load_settings


class FakeServer(NamedTuple):
    """url: of the entry point, such as http://127.0.0.1:35261/tango/rest."""

    url: str


@contextmanager
def serving(root: Path, fixture: str, mode: str, extensions: str) -> Iterator[FakeServer]:
    """A server at a free port, until the end of the context.

    root: the folder from which a fixture file is looked for. An empty text stands for the
    default. The test fails that asks for what cannot be.
    """
    if fixture and (root / fixture).is_file():
        fixture = str(root / fixture)
    given = {"port": "0", "fixture": fixture, "rc3_mode": mode, "extensions": extensions}
    server, base = _server({name: text for name, text in given.items() if text})
    thread = threading.Thread(target=server.run, name="mtango_server", daemon=True)
    thread.start()
    try:
        yield FakeServer(server.url + base)
    finally:
        server.stop()
        thread.join()


def _server(given: dict[str, object]) -> tuple[Server, str]:
    """It, and the path of its entry point."""
    try:
        settings = load_settings(given, None, {})
        app = create_app(settings, open_backend(settings))
        server = Server(app, settings, refusals(settings.rc3_mode, time.time))
    except (StartError, BackendError) as error:
        reason = str(error)
    else:
        return server, settings.app_base
    pytest.fail(f"mtango_server cannot start. {reason}", pytrace=False)
