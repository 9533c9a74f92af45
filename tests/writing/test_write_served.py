"""Bodies as they come through the server: in pieces, half of them, and large ones."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import orjson
import pytest

from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.loading import parse
from mtango_ref.http.app import create_app
from mtango_ref.interface import Backend
from mtango_ref.server import Server, refusals
from mtango_ref.settings.model import Settings
from mtango_ref.sockets import listen
from raw import Reply, check_failure, connection, exchange, get
from rest_answers import P, recent

ELEMENT = 0.12345678901234567
MANY = 520_000
"""Elements of ten MB, each as long as a DevDouble may be."""

FIXTURE = parse(
    f"""\
classes:
  Large:
    attributes:
      one: {{data_type: DevLong, writable: READ_WRITE}}
      many: {{data_type: DevDouble, data_format: SPECTRUM, max_dim_x: {MANY}, writable: READ_WRITE}}
      few: {{data_type: DevDouble, data_format: SPECTRUM, max_dim_x: 4096, writable: READ_WRITE}}
devices:
  test/large/1: {{class: Large}}
""",
    "large.yml",
    None,
)
A = f"/tango/rest{P}/devices/test/large/1/attributes"
JSON = "Content-Type: application/json"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    settings = Settings(port=0, extensions=("writes",), max_body=16 * 1024**2)
    backend: Backend = FakeBackend(FIXTURE)
    app = create_app(settings, backend)
    listening = listen(settings.host, settings.port)
    server = Server(app, listening, settings, refusals(settings.rc3_mode, time.time))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield int(server.url.rpartition(":")[2])
    server.stop()
    thread.join(20)
    assert not thread.is_alive()


def put(port: int, name: str, body: bytes, kind: str = JSON) -> Reply:
    lines = (kind, f"Content-Length: {len(body)}")
    return exchange(port, get(f"{A}/{name}/value", *lines, method="PUT") + body, "PUT")


def read(port: int, name: str) -> object:
    return exchange(port, get(f"{A}/{name}/value")).json["value"]


def written(name: str, value: object) -> dict[str, object]:
    return {"name": name, "value": value, "quality": "ATTR_VALID", "timestamp": recent(seconds=60)}


def test_body_in_chunks_is_written(port: int) -> None:
    head = get(f"{A}/few/value", JSON, "Transfer-Encoding: chunked", method="PUT")
    chunks = b"3\r\n[1.\r\n5\r\n5, 2]\r\n0\r\n\r\n"
    reply = exchange(port, head + chunks, "PUT")
    assert (reply.status, reply.json) == (200, written("few", [1.5, 2.0]))


@pytest.mark.parametrize("length", ["Content-Length: 20", "Transfer-Encoding: chunked"])
def test_half_a_body_is_not_written(port: int, length: str) -> None:
    put(port, "one", b"7")
    with connection(port) as opened:
        body = b"1\r\n8\r\n" if "chunked" in length else b"8"
        opened.send(get(f"{A}/one/value", JSON, length, method="PUT") + body)
        opened.socket.shutdown(socket.SHUT_WR)
        opened.rest()
    assert read(port, "one") == 7


@pytest.mark.parametrize("kind", [JSON, "Content-Type: text/plain"])
def test_ten_mb_of_spectrum_are_written(port: int, kind: str) -> None:
    elements = ",".join([repr(ELEMENT)] * MANY)
    body = (f"[{elements}]" if kind == JSON else elements).encode()
    assert len(body) > 9_900_000
    reply = put(port, "many", body, kind)
    assert reply.json == written("many", [ELEMENT] * MANY)


@pytest.mark.parametrize(
    ("more", "value"),
    [("", []), (",-0", [-0.0]), (",1e3", [1000.0]), (", +7", [7.0]), (",007", [7.0])],
)
def test_many_numbers_are_read_as_few_are(port: int, more: str, value: list[float]) -> None:
    body = ",".join(["0.5"] * 4000) + more
    reply = put(port, "few", body.encode(), "Content-Type: text/plain")
    assert reply.json == written("few", [0.5] * 4000 + value)
    assert str(reply.json["value"][-1]) == str([0.5, *value][-1])


@pytest.mark.parametrize("wrong", ["x", "", "1e400", '"NaN"', "true", "[1]", "null"])
def test_wrong_one_among_many_numbers_is_named(port: int, wrong: str) -> None:
    body = ",".join(["0.5"] * 4000 + [wrong])
    reply = put(port, "few", body.encode(), "Content-Type: text/plain")
    said = f"element 4000: {wrong!r} is not valid; expected a number"
    description = f"Attribute few is a spectrum of DevDouble: {said}"
    assert reply.json["errors"][0]["description"] == description


def test_ten_mb_for_a_shorter_spectrum_are_a_failure(port: int) -> None:
    put(port, "few", b"[1]")
    reply = put(port, "few", orjson.dumps([ELEMENT] * MANY))
    assert [each["description"] for each in reply.json["errors"]] == [
        "X dimesion is greater than the max defined for attribute few",
        "Failed to write_read_attribute on device test/large/1, attribute few",
    ]
    assert read(port, "few") == [1.0]


def test_body_beyond_max_body_is_not_written(port: int) -> None:
    put(port, "one", b"7")
    reply = put(port, "one", b"8" + b" " * 16 * 1024**2)
    said = f"The body is too long; at most {16 * 1024**2} bytes are accepted."
    check_failure(reply, 413, "REQUEST_ENTITY_TOO_LARGE", said)
    assert read(port, "one") == 7
