"""The server at a unix socket."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from mtango_ref.settings import sources
from mtango_ref.settings.model import Settings, SettingsError
from mtango_ref.settings.sources import load_settings
from mtango_ref.sockets import listen_by
from program import Serving, refusal, serving
from raw import check_failure, exchange, get

if not hasattr(socket, "AF_UNIX"):
    pytest.skip("this system has no unix sockets", allow_module_level=True)

ENTRY = "/tango/rest"
FORWARDED = ("X-Forwarded-Host: lab.org", "X-Forwarded-Proto: https", "X-Forwarded-For: 10.1.2.3")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a b.sock"


def only_at(path: Path) -> tuple[str, ...]:
    return ("--socket", str(path))


def entry(path: Path, *lines: str, version: str = "1.1") -> str:
    """Return the address of the API according to the server."""
    reply = exchange(path, get(ENTRY, *lines, version=version))
    assert reply.status == 200
    return str(reply.json["rc3"])


def test_socket_is_listened_at_alone(path: Path) -> None:
    with serving(at=only_at(path)) as server:
        assert re.fullmatch(
            r"mtango-ref \S+ serves the fake facility tango_test \(rc3_mode strict\)"
            rf" at the unix socket {path} - try it with"
            rf" curl --unix-socket '{path}' http://localhost/tango/rest\n",
            server.line,
        )
        assert entry(path) == "http://gateway:8000/tango/rest/rc3"
        config = exchange(path, get(f"{ENTRY}/sys/config")).json
        assert (config["socket"], config["socket_mode"]) == (str(path), "660")
        server.signal()
        assert server.exit_code() == 0
        assert server.errors() == ""
    assert not path.exists()


def test_socket_is_listened_at_beside_a_port(path: Path) -> None:
    with serving("--socket", str(path)) as server:
        url = f"http://127.0.0.1:{server.port}"
        places = f" at {url}/tango/rest and the unix socket {path} - try it at {url}/swagger/\n"
        assert server.line.endswith(places)
        assert entry(path) == "http://gateway:8000/tango/rest/rc3"
        assert exchange(server.port, get(ENTRY)).status == 200


def test_request_without_host_is_of_localhost(path: Path) -> None:
    with serving(at=only_at(path)):
        request = f"GET {ENTRY} HTTP/1.0\r\n\r\n".encode()
        assert exchange(path, request).json["rc3"] == "http://localhost/tango/rest/rc3"


@pytest.mark.parametrize("mode", ["600", "0666"])
def test_mode_says_who_may_connect(path: Path, mode: str) -> None:
    with serving("--socket-mode", mode, at=only_at(path)):
        status = path.stat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == int(mode, 8)


def test_members_of_the_group_may_connect_by_default(path: Path) -> None:
    with serving(at=only_at(path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_clients_of_the_socket_are_trusted_if_that_is_set(path: Path) -> None:
    with serving("--trusted-proxy", "unix", "--socket", str(path)) as server:
        assert entry(path, *FORWARDED) == "https://lab.org/tango/rest/rc3"
        reply = exchange(path, get(ENTRY, "X-Forwarded-Prefix: lab"))
        check_failure(reply, 400, "BAD_REQUEST", "The proxy's X-Forwarded-* headers are malformed.")
        other = exchange(server.port, get(ENTRY, *FORWARDED)).json["rc3"]
        assert other == "http://gateway:8000/tango/rest/rc3"


@pytest.mark.parametrize("trusted", [[], ["--trusted-proxy", "127.0.0.1"]])
def test_clients_of_the_socket_are_not_trusted_otherwise(path: Path, trusted: list[str]) -> None:
    with serving(*trusted, at=only_at(path)):
        assert entry(path, *FORWARDED) == "http://gateway:8000/tango/rest/rc3"


def test_access_log_names_the_socket(path: Path) -> None:
    with serving("--access-log", "console", at=only_at(path)) as server:
        exchange(path, get(ENTRY))
        assert re.match(r"\S+ unix GET /tango/rest 200 ", server.next_line())


def test_socket_of_a_dead_server_is_replaced(path: Path) -> None:
    server = Serving(environ={}, at=only_at(path))
    server.signal(signal.SIGKILL)
    server.exit_code()
    server.end()
    assert path.is_socket()
    with serving(at=only_at(path)):
        assert entry(path) == "http://gateway:8000/tango/rest/rc3"


def test_socket_of_a_living_server_is_refused(path: Path) -> None:
    with serving(at=only_at(path)):
        assert refusal("serve", *only_at(path)) == (
            f"Another server listens at the socket {path}; choose another path with --socket."
        )
        assert entry(path) == "http://gateway:8000/tango/rest/rc3"


def test_socket_of_a_server_that_is_busy_is_refused(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as client:
        busy.bind(str(path))
        busy.listen(0)
        client.connect(str(path))  # who is not accepted takes the only place
        assert refusal("serve", *only_at(path)) == (
            f"Another server listens at the socket {path}; choose another path with --socket."
        )


def link(path: Path) -> None:
    path.symlink_to("x")


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, link])
def test_path_of_something_else_is_refused(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    assert refusal("serve", *only_at(path)) == (
        f"{path} is there and is no socket; choose another path with --socket."
    )
    assert os.path.lexists(path)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no/such/folder", "No such file or directory"),
        ("x" * 120, "AF_UNIX path too long"),
        ("file/x", "Not a directory"),
    ],
)
def test_path_that_cannot_be_written_is_refused(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / name
    assert refusal("serve", *only_at(path)) == (
        f"The socket {path} cannot be made: {why}; choose another path with --socket."
    )


def test_socket_that_another_server_has_made_stays(path: Path) -> None:
    first = listen_by(Settings(socket=str(path)))
    path.unlink()
    second = listen_by(Settings(socket=str(path)))
    first.close()
    assert path.is_socket()
    second.close()
    assert not path.exists()


def test_taken_port_leaves_no_socket(path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = refusal("serve", "--port", str(port), *only_at(path))
    assert told.startswith(f"Port {port} of 127.0.0.1 is taken")
    assert not path.exists()


def test_system_without_unix_sockets_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "HAS_UNIX_SOCKETS", False)
    with pytest.raises(SettingsError) as refused:
        load_settings({"socket": "/run/x"}, None, {})
    assert refused.value.problems == ["--socket: expected none: this system has no unix sockets"]
