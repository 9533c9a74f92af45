"""The message of a gateway without a Tango database: one sentence, and soon."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import program
from forked import SCRIPT

if TYPE_CHECKING:
    from facility import Facility

pytestmark = [pytest.mark.tango, pytest.mark.usefixtures("facility")]

PROGRAM = str(Path(__file__).with_name("connect_program.py"))
NOT_SET = "TANGO_HOST is not set: set it to host:port of the Tango database."


def start(tango_host: str | None, *arguments: str, anew: bool = False) -> str:
    """Return what a process of its own prints (PyTango keeps the first database that it meets).

    anew: start Python for it, so that what it imports may warn, too.
    """
    with pytest.MonkeyPatch.context() as patch:
        if tango_host is None:
            patch.delenv("TANGO_HOST", raising=False)
        else:
            patch.setenv("TANGO_HOST", tango_host)
        how: dict[str, Any] = {"start": [sys.executable, "-W", "error"]} if anew else {}
        code, output, errors = program.run(PROGRAM, *arguments, entry=SCRIPT, **how)
    assert (code, errors) == (0, "")
    return output.rstrip("\n")


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
    said = no_answer(silent, "Timeout (1000 mS) exceeded on the database")
    assert start(silent, anew=True) == said


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
