"""Answers that wait for clients that do not read: bounded, counted, and gone when they are."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from echo_server import Running, eventually, running
from mtango_ref.figures.metrics import NO_ROOM, UNSENT
from mtango_ref.server import http_server
from mtango_ref.server.unsent import AHEAD
from program import Serving, serving
from raw import Reply, check_failure, connection, deaf, exchange, get

MOST = 4 * 1024**2
DEVICE = "/tango/rest/rc3/hosts/localhost/10000/devices/test/camera/1"
IMAGE, SCALAR = f"{DEVICE}/attributes/image0/value", f"{DEVICE}/attributes/scalar/value"
SIZE = 300
PICTURE = {
    "data_type": "DevDouble",
    "data_format": "IMAGE",
    "max_dim_x": SIZE,
    "max_dim_y": SIZE,
    "simulation": {
        "quantity_simulation_type": "Uniform",
        "dim_x": SIZE,
        "dim_y": SIZE,
        "max": 65535,
        "update_period": 600_000,
    },
}
IMAGES = [f"image{number}" for number in range(6)]
ATTRIBUTES = {**dict.fromkeys(IMAGES, PICTURE), "scalar": {"data_type": "DevDouble", "value": 1.5}}
FIXTURE = {
    "classes": {"Camera": {"attributes": ATTRIBUTES}},
    "devices": {"test/camera/1": {"class": "Camera"}},
}
SENTENCE = (
    f"Too many bytes wait for clients that read slowly; at most {MOST} may (max_unsent)."
    " Ask again in a moment."
)


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    path = tmp_path_factory.mktemp("camera") / "camera.yml"
    path.write_text(json.dumps(FIXTURE), "utf-8")
    with serving("--fixture", str(path), f"--max-unsent={MOST}") as started:
        yield started
        assert started.errors() == ""


def metric(server: Serving, name: str) -> int:
    lines = exchange(server.port, get("/metrics", "Connection: close")).content.decode()
    return int(next(line for line in lines.splitlines() if line.startswith(name)).split()[1])


def unsent(server: Serving) -> int:
    return metric(server, "mtango_http_unsent_bytes ")


def check_no_room(reply: Reply) -> None:
    check_failure(reply, 503, "SERVICE_UNAVAILABLE", SENTENCE)
    assert reply.headers["retry-after"] == "1"
    assert "connection" not in reply.headers


def test_large_answer_beyond_the_bound_is_503_until_clients_read(camera: Serving) -> None:
    """Others get small answers meanwhile, and who reads at last gets all of it."""
    refused = metric(camera, "mtango_http_no_room_total ")
    whole = exchange(camera.port, get(IMAGE))
    length, picture = len(whole.content), whole.json["value"]
    with deaf(camera.port, 20, get(IMAGE)) as clients:
        assert eventually(lambda: metric(camera, "mtango_http_no_room_total ") > refused + 10)
        assert MOST - 2 * length < unsent(camera) <= MOST
        with connection(camera.port) as other:
            for _ in range(3):
                other.send(get(IMAGE))
                check_no_room(other.reply())
                other.send(get(SCALAR))
                assert other.reply().json["value"] == 1.5
        replies = [each.reply() for each in clients]
    given = [each for each in replies if each.status == 200]
    assert [each for each in given if each.json["value"] != picture] == []
    assert MOST / length - 1 <= len(given) < 10
    for each in replies:
        if each not in given:
            check_no_room(each)
    assert eventually(lambda: unsent(camera) == 0)
    assert exchange(camera.port, get(IMAGE)).json["value"] == picture


def test_room_is_free_when_clients_leave(camera: Serving) -> None:
    with deaf(camera.port, 20, get(IMAGE)):
        assert eventually(lambda: exchange(camera.port, get(IMAGE)).status == 503)
    assert eventually(lambda: unsent(camera) == 0)
    assert exchange(camera.port, get(IMAGE)).status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="others have no /proc")
def test_memory_stays_bounded_and_no_file_is_written(camera: Serving) -> None:
    """Here 60 clients hold 30 MB without the bound."""
    of_process = Path(f"/proc/{camera.process.pid}")

    def memory(key: str) -> int:
        return int((of_process / "status").read_text("utf-8").split(f"{key}:")[1].split()[0]) * 1024

    def files() -> set[str]:
        found = set()
        for each in (of_process / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed since it was listed
                found.add(str(each.readlink()))
        return found

    exchange(camera.port, get(IMAGE))
    before, open_before = memory("VmRSS"), files()
    with deaf(camera.port, 60, get(IMAGE)):
        assert eventually(lambda: exchange(camera.port, get(IMAGE)).status == 503)
        assert [each for each in files() - open_before if not each.startswith("socket:")] == []
    assert memory("VmHWM") < before + 4 * MOST


def test_answer_that_never_fits_does_not_ask_for_patience(camera: Serving) -> None:
    names = "&".join(f"attr={name}" for name in IMAGES)
    reply = exchange(camera.port, get(f"{DEVICE}/attributes/value?{names}"))
    length = int(reply.json["errors"][0]["description"].split()[4])
    sentence = (
        f"The answer has about {length} bytes; at most {MOST} may wait for clients (max_unsent)."
    )
    check_failure(reply, 503, "SERVICE_UNAVAILABLE", sentence)
    assert length > MOST
    assert "retry-after" not in reply.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accept", ["identity", "gzip"])
def test_answer_that_is_sent_takes_no_room(camera: Serving, method: str, accept: str) -> None:
    picture = exchange(camera.port, get(IMAGE)).json["value"]
    request = get(IMAGE, f"Accept-Encoding: {accept}", method=method)
    reply = exchange(camera.port, request, method)
    content = gzip.decompress(reply.content) if accept == "gzip" else reply.content
    assert reply.status == 200
    assert json.loads(content)["value"] == picture if method == "GET" else content == b""
    assert eventually(lambda: unsent(camera) == 0)


def number(started: Running, place: int) -> int:
    return int(started.server._row.numbers[place])


def test_requests_in_a_row_wait_for_their_client() -> None:
    """A client that does not read has little more than one answer that waits."""
    with running() as started, deaf(started.port, 1, get("/big") * 50) as [client]:
        assert eventually(lambda: number(started, UNSENT.first) > 0)
        [channel] = started.channels.values()
        assert eventually(lambda: channel._waits_for_reader)
        assert number(started, UNSENT.first) <= AHEAD + 1024**2 + 200
        assert [len(client.reply().content) for _ in range(50)] == [1024**2] * 50
        assert eventually(lambda: number(started, UNSENT.first) == 0)
        assert number(started, NO_ROOM.first) == 0


def test_unsent_of_a_connection_that_the_server_closes_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_server, "_CLEANUP_INTERVAL", 0)
    with running(idle_timeout=1.0) as started, deaf(started.port, 5, get("/big")):
        assert eventually(lambda: number(started, UNSENT.first) > 3 * 1024**2)
        assert eventually(lambda: not started.channels)
        assert eventually(lambda: number(started, UNSENT.first) == 0)
