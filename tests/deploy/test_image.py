"""The image of the Dockerfile, built and run: only where IMAGE_BASE names a folder to build it on.

    IMAGE_BASE=/var/tmp/bookworm pytest tests/deploy/test_image.py

The folder is made if it is not there. All of it takes minutes, root, and a network.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.image import NEEDED, Stage, build, make_base
from mtango_ref import __version__
from program import TIMEOUT
from raw import exchange, get

if TYPE_CHECKING:
    from facility import Facility

BASE = os.environ.get("IMAGE_BASE", "")
if not BASE:
    pytest.skip("IMAGE_BASE is not set", allow_module_level=True)
if missing := [each for each in NEEDED if shutil.which(each) is None]:
    pytest.skip(f"not installed: {', '.join(missing)}", allow_module_level=True)

VALUE = "/tango/rest/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/string_scalar/value"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    base = Path(BASE)
    if not base.exists():
        make_base(base)
    return build(base, tmp_path_factory.mktemp("image"))


class Container:
    """The server of the image, as an engine starts it."""

    def __init__(self, image: Stage, arguments: tuple[str, ...], environ: dict[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self._image = image
        self._environ = {"MTANGO_PORT": str(self.port), **environ}
        self.process = subprocess.Popen(
            image.container([*image.entry, *arguments], self._environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def is_healthy(self) -> bool:
        """Run the check as an engine does: in the container, as its user."""
        command = self._image.container(self._image.healthcheck, self._environ)
        return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0

    def first(self) -> int:
        """Return the number, outside, of the container's process 1."""
        return children(self.process.pid)[0]

    def stopped(self) -> tuple[int, str, str]:
        """Stop it as an engine does; (exit code, what it still printed, standard error)."""
        os.kill(self.first(), signal.SIGTERM)
        output, errors = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, output, errors


def children(process: int) -> list[int]:
    file = Path(f"/proc/{process}/task/{process}/children")
    return [*map(int, file.read_text("utf-8").split())]


@contextmanager
def running(image: Stage, *arguments: str, **environ: str) -> Iterator[Container]:
    container = Container(image, arguments, environ)
    try:
        yield container
    finally:
        container.process.kill()
        container.process.communicate()


def status(process: int) -> dict[str, str]:
    """Return what Linux says of a process."""
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return {name: text.strip() for name, _, text in (line.partition(":") for line in lines)}


@pytest.mark.parametrize(
    ("arguments", "facility"), [((), "tango_test"), (("--fixture", "synchrotron"), "synchrotron")]
)
def test_image_serves_the_fake(image: Stage, arguments: tuple[str, ...], facility: str) -> None:
    with running(image, *arguments) as container:
        assert container.line() == (
            f"mtango-ref {__version__} serves the fake facility {facility} (rc3_mode strict) at"
            f" http://127.0.0.1:{container.port}/tango/rest and every other IPv4 address of this"
            f" machine - try it at http://127.0.0.1:{container.port}/swagger/\n"
        )
        first = status(container.first())
        assert (first["NSpid"].split()[1], first["Uid"], first["CapEff"]) == (
            "1",
            "10001\t10001\t10001\t10001",
            "0" * 16,
        )
        assert exchange(container.port, get("/tango/rest")).status == 200
        assert exchange(container.port, get("/swagger/")).status == 200
        assert exchange(container.port, get("/manual/")).status == 200
        assert container.is_healthy()
        os.kill(container.first(), signal.SIGSTOP)
        assert not container.is_healthy()
        os.kill(container.first(), signal.SIGCONT)
        assert container.stopped() == (0, "", "")
        assert not container.is_healthy()


@pytest.mark.tango
def test_image_serves_a_facility(image: Stage, facility: Facility) -> None:
    with running(image, TANGO_HOST=facility.tango_host) as container:
        assert re.search(
            rf"serves Tango at {facility.tango_host} \(rc3_mode strict\) at http://127\.0\.0\.1:"
            rf"{container.port}/tango/rest ",
            container.line(),
        )
        replies = [exchange(container.port, get(VALUE, "Connection: close")) for _ in range(8)]
        assert [reply.json["value"] for reply in replies] == ["Default string"] * 8
        assert len(children(container.first())) == 4
        assert container.is_healthy()
        assert container.stopped() == (0, "", "")


def test_image_has_no_facility_without_its_database(image: Stage) -> None:
    with running(image, TANGO_HOST="127.0.0.1:1") as container:
        output, errors = container.process.communicate(timeout=TIMEOUT)
        assert (container.process.returncode, output) == (2, "")
        assert errors == (
            "Error: The Tango database at TANGO_HOST=127.0.0.1:1 does not answer (TRANSIENT CORBA"
            " system exception: TRANSIENT_ConnectFailed): start it, or set TANGO_HOST to"
            " host:port of one that runs.\n"
        )
