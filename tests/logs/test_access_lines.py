"""The lines of the access log: what stands in them, and what does not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mtango_ref.logs.access import FORMATS, Entry, path_and_query, plain, well_formed_id

ENTRY = Entry(
    time=1795714842.25,
    request_id="abc",
    client="10.1.2.3",
    method="GET",
    target="/tango/rest/rc3?wildcard=*",
    status=200,
    size=414,
    seconds=0.0123456,
    operation="getRc3",
    reason="API_AttrNotFound",
)


def test_console_line_has_each_in_its_place() -> None:
    assert FORMATS["console"](ENTRY) == (
        "2026-11-26T17:40:42.250Z 10.1.2.3 GET /tango/rest/rc3?wildcard=* 200 414B 12.3ms"
        " getRc3 API_AttrNotFound abc"
    )


def test_json_line_has_each_under_its_name() -> None:
    assert orjson.loads(FORMATS["json"](ENTRY)) == {
        "time": "2026-11-26T17:40:42.250Z",
        "request_id": "abc",
        "client": "10.1.2.3",
        "method": "GET",
        "path": "/tango/rest/rc3",
        "query": "wildcard=*",
        "status": 200,
        "bytes": 414,
        "duration_ms": 12.346,
        "operation": "getRc3",
        "reason": "API_AttrNotFound",
    }


def test_what_there_is_not_is_a_dash() -> None:
    bare = ENTRY._replace(method="", target="", operation="", reason="")
    assert FORMATS["console"](bare) == (
        "2026-11-26T17:40:42.250Z 10.1.2.3 - - 200 414B 12.3ms - - abc"
    )


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("field", ["client", "method", "target", "reason"])
def test_no_field_begins_another_line_or_hides(kind: str, field: str) -> None:
    changed: dict[str, Any] = {field: "/a\r\n2026 fake\x1b[2J\x7f\x85\u202e\ud800 x"}
    line = FORMATS[kind](ENTRY._replace(**changed))
    assert line.isascii()
    assert line.isprintable()
    assert "fake" in line
    assert len(line.split(" ")) == (10 if kind == "console" else 1)


@pytest.mark.parametrize("kind", FORMATS)
def test_line_is_short_enough_for_one_write(kind: str) -> None:
    """POSIX: a pipe takes PIPE_BUF (4096 bytes on Linux) as a whole."""
    long = ENTRY._replace(
        client="\u202e" * 9999, target="/" + "a" * 9999 + "?attr=" + "b" * 9999, reason="c" * 9999
    )
    assert len(FORMATS[kind](long)) < 4096


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_kept_for_the_next_line_is_its_own(kind: str) -> None:
    """Lines that differ in one field differ in that one alone, short or long."""
    for length in (1, 2000):
        entries = [
            ENTRY._replace(**{field: name * length})  # type: ignore[arg-type] # all are texts
            for field in ("client", "method", "target", "operation", "reason", "request_id")
            for name in "xy"
        ]
        lines = [FORMATS[kind](each) for each in entries]
        assert lines == [FORMATS[kind](each) for each in entries]
        assert len({*lines}) == len(lines)


TARGETS = {
    "/a": ("/a", ""),
    "/a?": ("/a", ""),
    "/a?attr=x&attr=y": ("/a", "attr=x&attr=y"),
    "/a?password=x&attr=y&token=z": ("/a", "password=...&attr=y&token=..."),
    "/a?v=secret": ("/a", "v=..."),
    "/a?secret": ("/a", "..."),
    "/a?attr=x#secret": ("/a", "attr=x"),
    "/a#secret?attr=x": ("/a", ""),
    "http://me:secret@host:1/a?attr=x": ("/a", "attr=x"),
    "http://me:secret@host": ("", ""),
    "/a/http://host/b": ("/a/http://host/b", ""),
    "*": ("*", ""),
}


@pytest.mark.parametrize(("target", "shown"), TARGETS.items())
def test_secrets_are_left_away(target: str, shown: tuple[str, str]) -> None:
    assert path_and_query(target) == shown


def test_text_is_cut_before_it_is_escaped() -> None:
    assert plain("a" * 128) == "a" * 128
    assert plain("a" * 129) == "a" * 128 + "..."
    assert plain("\n" * 129) == r"\n" * 128 + "..."


@pytest.mark.parametrize("given", ["a", "a" * 128, "0af7651916cd43dd", "Root=1-67a:5/b+c=@~_.-"])
def test_well_formed_id(given: str) -> None:
    assert well_formed_id(given)


@pytest.mark.parametrize(
    "given", ["", "a" * 129, "a b", "a\r\nb", "ä", "a,b", '"a"', "a\x00", "<a>"]
)
def test_malformed_id(given: str) -> None:
    assert not well_formed_id(given)
