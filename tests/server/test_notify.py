"""Messages to systemd from a server of several processes."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from master_process import WAIT, eventually, serving

if not hasattr(os, "fork"):
    pytest.skip("this system cannot fork", allow_module_level=True)


class Systemd:
    """The socket on which systemd hears of a service."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(WAIT)

    def hears(self) -> str:
        return re.sub(r"(?<=USEC=)\d+", "N", self._socket.recv(1000).decode())

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[tuple[Systemd, dict[str, str]]]:
    path = tmp_path / "notify"
    heard = Systemd(path)
    yield heard, {"NOTIFY_SOCKET": str(path)}
    heard.close()


def test_systemd_hears_of_start_reload_and_end(tmp_path: Path, systemd: Any) -> None:
    heard, environ = systemd
    with serving(tmp_path, 2, **environ) as master:
        assert heard.hears() == "READY=1"
        master.reload("fail")
        assert [heard.hears(), heard.hears()] == ["RELOADING=1\nMONOTONIC_USEC=N", "READY=1"]
        master.reload("two")
        assert [heard.hears(), heard.hears()] == ["RELOADING=1\nMONOTONIC_USEC=N", "READY=1"]
        # Old ones are at their last requests.
        assert eventually(lambda: master.get()[1] == "two"), master.said()
        master.signal(signal.SIGTERM)
        assert heard.hears() == "STOPPING=1"
        assert master.ended() == 0


def test_systemd_hears_that_the_master_is_alive(tmp_path: Path, systemd: Any) -> None:
    heard, environ = systemd
    with serving(tmp_path, 1, WATCHDOG_USEC="200000", **environ):
        heard_of: Counter[str] = Counter()
        while heard_of["READY=1"] == 0 or heard_of["WATCHDOG=1"] < 4:
            heard_of[heard.hears()] += 1
    assert heard_of == {"READY=1": 1, "WATCHDOG=1": heard_of["WATCHDOG=1"]}
