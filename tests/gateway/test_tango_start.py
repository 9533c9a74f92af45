"""The message of a gateway without a Tango database: one sentence, and soon."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

PROGRAM = """
import sys
from mtango_ref.backends.pytango.backend import TangoBackend
from mtango_ref.backends.pytango.environment import tango_hosts
from mtango_ref.interface import BackendError
try:
    database = TangoBackend(tango_hosts(), timeout=1.0).database
    if "--hosts" in sys.argv:
        print(*database.tango_hosts, database.get_answering_host(), database.name)
except BackendError as error:
    print(error)
"""
HANGING = 120
"""s after which a start counts as hanging; Tango's own timeout is 1 s."""
NOT_SET = "TANGO_HOST is not set: set it to host:port of the Tango database."


def start(tango_host: str | None, *arguments: str) -> str:
    """Return what a process of its own prints (PyTango keeps the first database that it meets)."""
    environment = {name: value for name, value in os.environ.items() if name != "TANGO_HOST"}
    if tango_host is not None:
        environment["TANGO_HOST"] = tango_host
    program = [sys.executable, "-W", "error", "-c", PROGRAM, *arguments]
    process = subprocess.run(
        program, env=environment, stdout=subprocess.PIPE, check=True, timeout=HANGING
    )
    return process.stdout.decode().rstrip("\n")


def no_answer(tango_host: str, why: str) -> str:
    return (
        f"The Tango database at TANGO_HOST={tango_host} does not answer ({why}): "
        "start it, or set TANGO_HOST to host:port of one that runs."
    )


@pytest.fixture
def silent() -> Iterator[str]:
    """Take connections, and never say a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def test_start_refuses_a_hanging_database(silent: str) -> None:
    assert start(silent) == no_answer(silent, "Timeout (1000 mS) exceeded on the database")


@pytest.mark.parametrize(
    ("tango_host", "why"),
    [
        ("localhost:1", "TRANSIENT CORBA system exception: TRANSIENT_ConnectFailed"),
        ("no.such.host.invalid:1", "TRANSIENT CORBA system exception: TRANSIENT_NoUsableProfile"),
        (
            "localhost:1,localhost:2",
            "TRANSIENT CORBA system exception: TRANSIENT_ConnectFailed",
        ),
    ],
)
def test_start_refuses_a_missing_database(tango_host: str, why: str) -> None:
    assert start(tango_host) == no_answer(tango_host, why)


@pytest.mark.parametrize("tango_host", ["{}", "{} ", " {}\t", "localhost:1,{}", "{} , localhost:1"])
def test_gateway_drops_blanks_and_names_the_host_that_answers(
    facility: Facility, tango_host: str
) -> None:
    """cppTango takes a blank for a part of the host or the port, and names the first of several
    hosts, be it dead."""
    given = tango_host.format(facility.tango_host)
    hosts = [each.strip() for each in given.split(",")]
    expected = " ".join([*hosts, facility.tango_host, "sys/database/2"])
    assert start(given, "--hosts") == expected


def test_start_refuses_an_empty_tango_host() -> None:
    assert start("") == NOT_SET


def test_start_refuses_a_missing_tango_host() -> None:
    """Debian's packages of Tango set it for everybody, in /etc/tangorc."""
    tangorc = Path("/etc/tangorc")
    lines = tangorc.read_text("utf-8").splitlines() if tangorc.exists() else []
    hosts = [line.partition("=")[2] for line in lines if line.startswith("TANGO_HOST=")]
    refused = "TRANSIENT CORBA system exception: TRANSIENT_ConnectFailed"
    assert start(None) == (no_answer(hosts[0], refused) if hosts else NOT_SET)
