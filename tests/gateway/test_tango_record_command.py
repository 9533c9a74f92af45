"""`mtango-ref record`: what it prints, writes and exits with."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

import program
import quick_record
from mtango_ref.fixture.loading import load
from program import environment, refusal
from rest_answers import OF_MARIADB

if TYPE_CHECKING:
    from facility import Facility

pytestmark = pytest.mark.tango

run = partial(program.run, entry=quick_record.ENTRY)
QUICK = "sys/access_control/1"
"""A device that takes no time: it does not run."""


def test_record_writes_a_valid_fixture(facility: Facility, tmp_path: Path) -> None:
    """--host goes before TANGO_HOST; only what is incomplete is reported."""
    path = tmp_path / "mine.yml"
    arguments = ("--host", facility.tango_host, "sys/*", "-o", str(path))
    code, output, errors = program.run("record", *arguments, TANGO_HOST="localhost:1")
    assert (code, output) == (0, "")
    assert errors == (
        "Too large; the first element is repeated instead of the others:\n"
        "  sys/tg_test/1/string_image_ro\n"
    )
    names = [name for name in load(str(path)).devices if name not in OF_MARIADB]
    assert names == [QUICK, "sys/database/2", "sys/tg_test/1"]
    assert [*tmp_path.iterdir()] == [path]


def test_record_writes_to_standard_output(facility: Facility) -> None:
    code, output, errors = run("record", QUICK, TANGO_HOST=facility.tango_host)
    assert (code, errors) == (0, "")
    assert [*yaml.safe_load(output)["devices"]] == [QUICK]


def test_failures_are_listed_at_the_end(facility: Facility) -> None:
    with facility.one_of_each.killed():
        code, output, errors = run(
            "record", "no/*", "test/*", QUICK, TANGO_HOST=facility.tango_host
        )
    assert code == 0
    assert [*yaml.safe_load(output)["devices"]] == [
        "test/one_of_each/1",
        "test/one_of_each/2",
        QUICK,
    ]
    head, *lines = errors.splitlines()
    assert head == "Recorded as not running:"
    assert lines[0] == "  no/*: matches no device"
    assert [line.partition(":")[0].strip() for line in lines[1:] if line.startswith("  t")] == [
        "test/one_of_each/1",
        "test/one_of_each/2",
    ]


def test_pattern_without_a_match_is_refused(facility: Facility) -> None:
    assert refusal("record", "no/*", TANGO_HOST=facility.tango_host) == (
        f"No device of {facility.tango_host} matches no/*: "
        "give a name such as sys/tg_test/1, or a wildcard such as 'sys/*' or '*'."
    )


def test_missing_folder_is_refused(facility: Facility, tmp_path: Path) -> None:
    """Reported before anything is recorded."""
    path = tmp_path / "nowhere" / "mine.yml"
    sentence = refusal("record", QUICK, "-o", str(path), TANGO_HOST=facility.tango_host)
    assert sentence == f"{path} cannot be written: its folder is missing or read-only."


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class OnTerminal:
    """`mtango-ref record` with a terminal as its standard error."""

    def __init__(self, *arguments: str, tango_host: str) -> None:
        self._terminal, side = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, quick_record.__file__, "record", *arguments],
            env=environment({"TANGO_HOST": tango_host, "TERM": "xterm"}),
            stdout=subprocess.DEVNULL,
            stderr=side,
            # A shell starts what runs in its background with SIGINT ignored.
            preexec_fn=_heed_ctrl_c,  # noqa: PLW1509  the child has one thread
        )
        os.close(side)
        self.shown = ""

    def read(self, until: str = "") -> None:
        """Add to `shown` until it has that text; without one, until the program ends."""
        while not until or until not in self.shown:
            try:
                self.shown += os.read(self._terminal, 10_000).decode()
            except OSError:  # the other side is closed
                os.close(self._terminal)
                return


def test_progress_is_shown_on_a_terminal(facility: Facility) -> None:
    """A bar on standard error, with the device's name, that ends full."""
    record = OnTerminal("sys/*", tango_host=facility.tango_host)
    record.read()
    assert record.process.wait(30) == 0
    assert re.search(r"Recording +\[#+-+\] +\d\d%", record.shown)
    assert "sys/tg_test/1" in record.shown
    assert re.search(r"\[#+\] +100%", record.shown)


def test_ctrl_c_leaves_nothing(facility: Facility, tmp_path: Path) -> None:
    """Keep what stood there, and do not wait for a device that hangs."""
    path = tmp_path / "mine.yml"
    path.write_text("what was there", "utf-8")
    with facility.tango_test.suspended():  # so that it cannot be over before the signal
        record = OnTerminal("*", "-o", str(path), tango_host=facility.tango_host)
        record.read("sys/tg_test/1")
        record.process.send_signal(signal.SIGINT)
        record.read()
        assert record.process.wait(60) == 1
    assert record.shown.rstrip().endswith("Aborted!")
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_text("utf-8") == "what was there"


SECRETS = {
    "lab.secret.example": "a host in a property",
    "vacuum of the secret beam": "a label",
    "Größe 5 µm": "a value, a description and a status",
    "crashed on purpose": "what the error of an attribute says",
    "failed on purpose": "what the error of a command says",
    "IOR:": "an IOR",
}


def test_anonymise_leaves_names_and_numbers_only(facility: Facility, tmp_path: Path) -> None:
    """Nothing of the site is left but names and numbers; the fixture is right, and as large."""
    import tango

    name, path = "test/one_of_each/1", tmp_path / "anonymous.yml"
    database, device = tango.Database(), tango.DeviceProxy(name)
    properties = {"peer": ["lab.secret.example", "5000"], "again": ["lab.secret.example"]}
    config = device.get_attribute_config_ex("alarm")[0]
    config.label = "vacuum of the secret beam"
    database.put_device_property(name, properties)
    device.set_attribute_config(config)
    try:
        plain = run("record", name, TANGO_HOST=facility.tango_host)[1]
        arguments = ("record", name, "--anonymise", "-o", str(path))
        code, output, errors = run(*arguments, TANGO_HOST=facility.tango_host)
    finally:
        database.delete_device_property(name, [*properties])
        config.label = "alarm"
        device.set_attribute_config(config)
    assert (code, output, errors) == (0, "", "")
    text = path.read_text("utf-8")
    host = os.uname().nodename
    for secret in (*SECRETS, f"host: {host}\n", "127.0.0.1"):
        assert secret in plain, secret
    for secret in (*SECRETS, f"host: {host}\n", "127.0.0.1"):
        assert secret not in text, secret
    fixture = load(str(path))
    own = fixture.devices[name]
    assert own.properties["peer"] == [own.properties["again"][0], "5000"]
    assert own.properties["polled_attr"] == ["configured", "500"]
    attributes = fixture.classes["OneOfEach"].attributes_of(own)
    latin = attributes["latin_scalar"]
    assert latin.value == latin.description == latin.label == own.status
    assert [each == latin.value for each in attributes["latin_spectrum"].value] == [True, False]
    assert re.fullmatch(r"text\d+", latin.value)
    assert attributes["state_spectrum"].value == ["ON", "FAULT"]
    assert attributes["enum_scalar"].value in attributes["enum_scalar"].enum_labels
    assert attributes["highest_ulong64"].value == 2**64 - 1
