"""The access log of a server that runs, and the ids of its requests."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from dirty_equals import IsPositiveFloat, IsStr

from ports import free_port
from program import SCRIPT, TIMEOUT, Serving, environment, serving
from raw import Reply, connection, exchange, get
from rest_answers import D

ENTRY = "/tango/rest"
DEVICE = f"{ENTRY}{D}"
MADE = r"[0-9a-f]{32}"
BASIC = "Authorization: Basic c2VjcmV0OnNlY3JldA=="


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving("--access-log", "json", "--trusted-proxy", "127.0.0.1") as started:
        yield started
        assert started.errors() == ""


def entry(server: Serving) -> dict[str, Any]:
    """Return the next line of the log."""
    read: dict[str, Any] = json.loads(server.next_line())
    return read


def asked(server: Serving, request: bytes) -> tuple[Reply, dict[str, Any]]:
    return exchange(server.port, request), entry(server)


def test_answer_has_a_line(server: Serving) -> None:
    path = f"{DEVICE}/attributes/value"
    reply, line = asked(server, get(f"{path}?attr=double_scalar&password=x", BASIC))
    assert line == {
        "time": IsStr(regex=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
        "request_id": IsStr(regex=MADE),
        "client": "127.0.0.1",
        "method": "GET",
        "path": path,
        "query": "attr=double_scalar&password=...",
        "status": 200,
        "bytes": len(reply.content),
        "duration_ms": IsPositiveFloat(),
        "operation": "readAttributes",
        "reason": "",
    }
    assert reply.headers["x-request-id"] == line["request_id"]


# request -> method, path, status, reason
LINES = {
    get(f"{DEVICE}/attributes/nope/value"): (
        *("GET", f"{DEVICE}/attributes/nope/value", 200, "API_AttrNotFound"),
    ),
    get("/nope", method="PUT"): ("PUT", "/nope", 404, ""),
    get(ENTRY, method="DELETE"): ("DELETE", ENTRY, 405, ""),
    get(ENTRY, method="HEAD"): ("HEAD", ENTRY, 200, ""),
    get(f"{ENTRY}/sys/clean/devices"): ("GET", f"{ENTRY}/sys/clean/devices", 204, ""),
    get(ENTRY, "Content-Length: x"): ("GET", ENTRY, 400, ""),
    get(ENTRY, "Content-Length: 999999999"): ("GET", ENTRY, 413, ""),
    get(ENTRY, "X: " + "a" * 70_000): ("", "", 431, ""),
    get("/" + "a" * 40_000): ("GET", "/" + "a" * 1023 + "...", 414, ""),
    b"garbage\r\n\r\n": ("", "", 400, ""),
}


@pytest.mark.parametrize(("request_", "expected"), LINES.items(), ids=range(len(LINES)))
def test_each_answer_has_its_line(
    server: Serving, request_: bytes, expected: tuple[str, str, int, str]
) -> None:
    reply, line = asked(server, request_) if b"HEAD" not in request_ else head(server, request_)
    assert tuple(line[key] for key in ("method", "path", "status", "reason")) == expected
    assert (reply.status, reply.headers["x-request-id"]) == (expected[2], line["request_id"])
    assert line["bytes"] == len(reply.content)


def head(server: Serving, request: bytes) -> tuple[Reply, dict[str, Any]]:
    return exchange(server.port, request, "HEAD"), entry(server)


def test_client_is_whom_the_trusted_proxy_names(server: Serving) -> None:
    _, line = asked(server, get(ENTRY, "X-Forwarded-For: 1.2.3.4, 10.9.8.7"))
    assert line["client"] == "10.9.8.7"


GIVEN = {
    "0af7651916cd43dd8448eb211c80319c": True,
    "a-1.b_2~c:/+=@": True,
    "a" * 128: True,
    "": False,
    "a" * 10_000: False,
    "two words": False,
    "a\r\n b": False,
    "\x7f": False,
    "ä": False,
    "a\r\nX-Request-ID: b": False,
}


@pytest.mark.parametrize(("given", "counts"), GIVEN.items(), ids=range(len(GIVEN)))
def test_well_formed_id_counts(server: Serving, given: str, counts: bool) -> None:
    """Another one is made in place of one that is not; a bare control character is 400."""
    reply, line = asked(server, get(ENTRY, f"X-Request-ID: {given}"))
    known = given if counts else IsStr(regex=MADE)
    assert line["request_id"] == reply.headers["x-request-id"] == known


def test_pipelined_requests_have_lines_in_their_order(server: Serving) -> None:
    with connection(server.port) as opened:
        opened.send(b"".join(get(ENTRY, f"X-Request-ID: n{number}") for number in range(20)))
        ids = [opened.reply().headers["x-request-id"] for _ in range(20)]
    assert ids == [f"n{number}" for number in range(20)]
    assert [entry(server)["request_id"] for _ in ids] == ids


@pytest.fixture(scope="module")
def quiet() -> Iterator[Serving]:
    with serving() as started:
        yield started


def test_without_a_log_the_id_is_answered_to_who_sends_one(quiet: Serving) -> None:
    usual = exchange(quiet.port, get(ENTRY))
    assert "x-request-id" not in usual.headers
    given = exchange(quiet.port, get(ENTRY, "X-Request-ID: abc"))
    assert given.headers == {**usual.headers, "x-request-id": "abc", "date": IsStr()}
    replaced = exchange(quiet.port, get(ENTRY, "X-Request-ID: " + "a" * 10_000))
    assert replaced.headers["x-request-id"] == IsStr(regex=MADE)
    refused = exchange(quiet.port, get(ENTRY, "X-Request-ID: abc", "Content-Length: x"))
    assert (refused.status, refused.headers["x-request-id"]) == (400, "abc")


def test_console_line() -> None:
    with serving("--access-log", "console") as started:
        exchange(started.port, get(ENTRY, "X-Request-ID: abc"))
        stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
        shape = rf"{stamp} 127\.0\.0\.1 GET {ENTRY} 200 \d+B [\d.]+ms getEntryPoint - abc\n"
        assert re.fullmatch(shape, started.next_line())


def redirected(to: str) -> list[str]:
    """Return how a shell starts the program with its streams elsewhere."""
    return ["sh", "-c", f'exec "$0" "$@" {to}', *SCRIPT]


@pytest.mark.parametrize("to", ["2>&-", "2>/dev/full", "<&- 2>&-"])
def test_standard_error_that_cannot_be_written_stops_nobody(to: str) -> None:
    """No socket gets its number, so no client gets what is logged."""
    with serving("--access-log", "json", start=redirected(to)) as started:
        for _ in range(20):
            assert exchange(started.port, get(ENTRY)).status == 200
        started.signal()
        assert started.exit_code() == 0


@pytest.mark.parametrize("to", [">/dev/full", ">&-", ">&- 2>&- <&-"])
def test_standard_output_that_cannot_be_written_stops_nobody(to: str) -> None:
    port = free_port()
    arguments = ["serve", "--port", str(port), "--access-log", "json"]
    with subprocess.Popen([*redirected(to), *arguments], env=environment({})) as process:
        try:
            end = time.monotonic() + TIMEOUT
            while not listens(port):
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.1)
            for _ in range(20):
                assert exchange(port, get(ENTRY)).status == 200
            process.terminate()
            assert process.wait(TIMEOUT) == 0
        finally:
            process.kill()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), TIMEOUT).close()
    except ConnectionRefusedError:
        return False
    return True
