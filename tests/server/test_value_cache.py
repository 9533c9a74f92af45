"""Values that are kept for `value_ttl`, on the running server: who reads, and who gets what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counted_readings import BAD, BASE, Counting, D, Started, X, Y, started
from echo_server import WAIT, eventually
from raw import get


@pytest.fixture
def kept() -> Iterator[Started]:
    with started(value_ttl=60.0) as made:
        yield made


def test_without_a_ttl_each_request_reads() -> None:
    """Requests that come at the same time read each, too."""
    with started() as made:
        assert [made.value() for _ in range(3)] == [1, 1, 1]
        assert made.reads == ["x"] * 3
        made.backend.holds = True
        sent = [made.send() for _ in range(3)]
        for _ in sent:
            assert made.backend.entered.acquire(timeout=WAIT)
        made.backend.may_return.release(3)
        assert [each.reply().json["value"] for each in sent] == [1, 1, 1]


def test_64_clients_read_once(kept: Started) -> None:
    sent = kept.board(63)
    assert kept.ask(f"{D}/y").json["name"] == "y"
    replies = kept.land(sent)
    assert len({each.content for each in replies}) == 1
    assert replies[0].json["value"] == 1
    assert kept.value() == 1
    assert kept.reads == ["x"]
    assert kept.figure('mtango_value_reads_total{source="read"}') == 1
    assert kept.figure('mtango_value_reads_total{source="shared"}') == 63
    assert kept.figure('mtango_value_reads_total{source="kept"}') == 1
    assert kept.figure("mtango_values_kept") == 1
    assert kept.figure("mtango_values_kept_bytes") == len(replies[0].content)


def test_names_are_compared_as_tango_does(kept: Started) -> None:
    """The answers have the defined spelling."""
    assert kept.value() == 1
    spelled = X.replace("a/b/c", "A/b/C").replace("/x/", "/X/")
    assert (kept.ask(spelled).json["name"], kept.reads) == ("x", ["x"])


def test_other_attributes_and_devices_are_others(kept: Started) -> None:
    other = X.replace("a/b/c", "a/b/d")
    assert kept.command("SetValue", ["a/b/d/x", "4"]).status == 200
    assert [kept.value(path) for path in (X, Y, other, X, Y, other)] == [1, 2, 4] * 2
    assert kept.reads == ["x", "y", "x"]


def test_failure_is_shared_and_not_kept(kept: Started) -> None:
    replies = kept.land(kept.board(3, BAD))
    assert {each.json["quality"] for each in replies} == {"FAILURE"}
    assert kept.reads == ["bad"]
    assert kept.ask(BAD).json["errors"] == replies[0].json["errors"]
    assert kept.reads == ["bad", "bad"]
    kept.backend.control.heal("a/b/c/bad")
    assert kept.value(BAD) == 3


def test_unknown_device_is_a_failure_each_time(kept: Started) -> None:
    path = X.replace("a/b/c", "no/such/device")
    reasons = [kept.ask(path).json["errors"][0]["reason"] for _ in range(2)]
    assert reasons == ["DB_DeviceNotDefined"] * 2


def test_value_that_is_too_old_is_read_again() -> None:
    with started(value_ttl=0.05) as made:
        made.value()
        made.backend.control.set_value("a/b/c/x", 5)
        assert eventually(lambda: made.value() == 5)


def test_value_that_is_too_old_as_it_comes_is_that_of_who_waited() -> None:
    with started(value_ttl=0.001) as made:
        sent = made.board(3)
        assert [each.json["value"] for each in made.land(sent)] == [1] * 4
        assert made.reads == ["x"]
        assert made.value() == 1
        assert made.reads == ["x", "x"]


@pytest.mark.parametrize("cache", ["devices", "attributes"])
def test_cleaning_forgets_values(kept: Started, cache: str) -> None:
    for _ in range(2):
        kept.value()
    assert kept.ask(f"{BASE}/sys/clean/{cache}").status == 204
    assert kept.figure("mtango_values_kept") == 0
    assert kept.value() == 1
    assert kept.reads == ["x", "x"]


def test_cleaning_while_a_value_is_read(kept: Started) -> None:
    """A later request reads anew; one that has waited gets its value, which is not kept."""
    sent = kept.board(2)
    assert kept.ask(f"{BASE}/sys/clean/attributes").status == 204
    kept.backend.control.set_value("a/b/c/x", 5)
    kept.backend.holds = False
    assert kept.value() == 5
    assert kept.reads == ["x", "x"]
    kept.land(sent)
    assert kept.value() == 5
    assert kept.reads == ["x", "x"]


def test_command_forgets_values(kept: Started) -> None:
    """The values of all devices are forgotten: this one changes others. A command that fails does
    so, too."""
    assert kept.value() == 1
    assert kept.command("SetValue", ["a/b/c/x", "5"]).status == 200
    assert kept.value() == 5
    assert "errors" in kept.command("SetValue", ["a/b/c/none", "5"]).json
    assert kept.value() == 5
    assert kept.reads == ["x"] * 3


def test_command_while_a_value_is_read(kept: Started) -> None:
    sent = kept.board(1)
    assert kept.command("SetValue", ["a/b/c/x", "5"]).status == 200
    kept.backend.holds = False
    assert kept.value() == 5
    kept.land(sent)
    assert kept.value() == 5


def test_client_that_reads_is_gone(kept: Started) -> None:
    """Its reading is that of the others."""
    sent = kept.board(2)
    sent.pop(0).close()
    assert [each.json["value"] for each in kept.land(sent)] == [1, 1]
    assert kept.reads == ["x"]


def test_stop_while_a_value_is_read(kept: Started) -> None:
    sent = kept.board(2)
    kept.server.stop()
    assert [each.json["value"] for each in kept.land(sent)] == [1] * 3


def test_other_facility_has_values_of_its_own(kept: Started) -> None:
    """The names are the same, as when --watch has seen a change."""
    assert kept.value() == 1
    other = Counting()
    other.control.set_value("a/b/c/x", 7)
    sent = kept.board(1, Y)
    kept.facilities.replace(other)
    third = Y.replace("a/b/c", "a/b/d")
    assert (kept.value(), kept.value(Y), kept.value(third)) == (7, 2, 2)
    kept.land(sent)
    assert other.reads == ["x", "y", "y"]
    assert kept.figure("mtango_values_kept") == 3


@pytest.mark.parametrize("lines", [[], ["Connection: keep-alive"], ["Connection: close"]])
def test_304_on_the_wire(kept: Started, lines: list[str]) -> None:
    """Nothing comes behind its headers, and the connection goes on if the client wants that."""
    first = kept.ask()
    opened = kept.send(X)
    assert opened.reply().content == first.content
    opened.send(get(X, f"If-None-Match: {first.headers['etag']}", *lines) + get(Y))
    found = opened.reply("HEAD")
    names = {"cache-control", "date", "etag", "expires", "vary", "x-mtango"}
    if lines == ["Connection: close"]:
        assert (found.status, {*found.headers}) == (304, names | {"connection"})
        assert opened.rest() == b""
    else:
        assert (found.status, {*found.headers}) == (304, names)
        assert opened.reply().json["value"] == 2
