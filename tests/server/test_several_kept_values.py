"""Several values in one request while values are kept: what is read, and who gets what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from counted_readings import BAD, SEVERAL, D, Started, X, Y, started
from echo_server import WAIT
from raw import get

SOME_BAD = f"{D}/value?attr=x&attr=bad"


@pytest.fixture
def kept() -> Iterator[Started]:
    with started(value_ttl=60.0) as made:
        yield made


def values(kept: Started, path: str = SEVERAL) -> list[Any]:
    return [each.get("value") for each in kept.ask(path).json]


def figures(kept: Started) -> list[int]:
    sources = ("read", "shared", "kept")
    return [kept.figure(f'mtango_value_reads_total{{source="{each}"}}') for each in sources]


def test_only_what_is_not_kept_is_read(kept: Started) -> None:
    assert kept.value() == 1
    kept.backend.control.set_value("a/b/c/x", 5)
    assert values(kept) == [1, 2]
    assert kept.reads == ["x", "y"]
    assert kept.ask(SEVERAL).json == [kept.ask(X).json, kept.ask(Y).json]
    assert values(kept, f"{D}/value?attr=Y&attr=X") == [2, 1]
    assert kept.reads == ["x", "y"]
    assert figures(kept) == [2, 0, 7]


def test_values_that_are_read_together_are_those_of_single_requests(kept: Started) -> None:
    together = kept.ask(SEVERAL)
    assert together.content == b"[%s,%s]" % (kept.ask(X).content, kept.ask(Y).content)
    assert kept.reads == ["x y"]
    assert kept.figure("mtango_values_kept") == 2


def test_64_clients_read_once(kept: Started) -> None:
    replies = kept.land(kept.board(63, SEVERAL))
    assert len({each.content for each in replies}) == 1
    assert [each["value"] for each in replies[0].json] == [1, 2]
    assert (kept.reads, figures(kept)) == (["x y"], [2, 126, 0])


def test_failed_element_is_not_kept(kept: Started) -> None:
    """The answer is not fresh, and its other value is kept."""
    first = kept.ask(SOME_BAD)
    assert [each["quality"] for each in first.json] == ["ATTR_VALID", "FAILURE"]
    assert first.json[1]["name"] == "bad"
    assert first.headers["cache-control"] == "max-age=0"
    assert kept.ask(SOME_BAD).json[1]["errors"] == first.json[1]["errors"]
    kept.backend.control.heal("a/b/c/bad")
    for _ in range(2):
        assert values(kept, SOME_BAD) == [1, 3]
    assert kept.value(BAD) == 3
    assert kept.reads == ["x bad", "bad", "bad"]


def test_failed_element_has_the_name_as_each_asked(kept: Started) -> None:
    sent = kept.board(1, SOME_BAD)
    sent.append(kept.send(SOME_BAD.replace("bad", "BAD")))
    assert kept.backend.entered.acquire(timeout=WAIT)
    kept.backend.may_return.release()
    assert [each.json[1]["name"] for each in kept.land(sent)] == ["bad", "bad", "BAD"]
    assert kept.reads == ["x bad", "x BAD"]


def test_failure_of_the_whole_is_that_of_each_who_waits(kept: Started) -> None:
    path = SEVERAL.replace("a/b/c", "no/such/device")
    reasons = [kept.ask(path).json["errors"][0]["reason"] for _ in range(2)]
    assert reasons == ["DB_DeviceNotDefined"] * 2


def test_name_that_comes_twice_is_refused_though_it_is_kept(kept: Started) -> None:
    assert values(kept) == [1, 2]
    errors = kept.ask(f"{SEVERAL}&attr=X").json["errors"]
    assert [each["reason"] for each in errors] == ["API_AttributeFailed"]
    assert kept.reads == ["x y", "x y X"]


def test_nothing_is_read_where_nothing_is_asked(kept: Started) -> None:
    found = kept.ask(f"{D}/value")
    assert (found.content, "etag" in found.headers, kept.reads) == (b"[]", False, [])


def test_command_forgets_values(kept: Started) -> None:
    assert values(kept) == [1, 2]
    assert kept.command("SetValue", ["a/b/c/x", "5"]).status == 200
    assert values(kept) == [5, 2]
    assert kept.reads == ["x y", "x y"]


def test_command_while_values_are_read(kept: Started) -> None:
    """A later request reads anew."""
    sent = kept.board(1, SEVERAL)
    assert kept.command("SetValue", ["a/b/c/x", "5"]).status == 200
    kept.backend.holds = False
    assert (values(kept), kept.value()) == ([5, 2], 5)
    kept.land(sent)
    assert (values(kept), kept.value()) == ([5, 2], 5)


def test_values_that_are_too_old_as_they_come_are_those_of_who_waited() -> None:
    with started(value_ttl=0.001) as made:
        replies = made.land(made.board(3, SEVERAL))
        assert [[each["value"] for each in reply.json] for reply in replies] == [[1, 2]] * 4
        assert made.reads == ["x y"]
        assert values(made) == [1, 2]
        assert made.reads == ["x y"] * 2


def test_client_that_reads_is_gone(kept: Started) -> None:
    """Its reading is that of the others."""
    sent = kept.board(2, SEVERAL)
    sent.pop(0).close()
    assert [[each["value"] for each in reply.json] for reply in kept.land(sent)] == [[1, 2]] * 2
    assert kept.reads == ["x y"]


def test_tag_is_that_of_the_values_in_their_order(kept: Started) -> None:
    tag = kept.ask(SEVERAL).headers["etag"]
    other = kept.ask(f"{D}/value?attr=y&attr=x").headers["etag"]
    opened = kept.send(SEVERAL)
    assert opened.reply().headers["etag"] == tag
    opened.send(get(SEVERAL, f"If-None-Match: {tag}"))
    known = opened.reply("HEAD")
    assert (known.status, known.headers["etag"]) == (304, tag)
    assert kept.ask(SEVERAL, f"If-None-Match: {other}").status == 200
    assert kept.ask(SEVERAL, "If-Modified-Since: Fri, 27 Nov 2099 12:00:00 GMT").status == 200


@pytest.mark.parametrize("extensions", [(), ("filters", "ranges")])
def test_part_of_kept_values(extensions: tuple[str, ...]) -> None:
    with started(value_ttl=60.0, extensions=extensions) as made:
        found = made.ask(f"{SEVERAL}&filter=name").json
        names = [{"name": "x"}, {"name": "y"}]
        assert (found == names) is bool(extensions)
        assert made.ask(SEVERAL).json == [made.ask(X).json, made.ask(Y).json]
