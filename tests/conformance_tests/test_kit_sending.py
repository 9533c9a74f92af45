"""A request goes out as it is written, and whatever comes back is a Response or a NoResponse."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import hostile_servers as hostile
import pytest
import trustme

from mtango_ref.conformance.asking.transport import (
    MAX_BODY,
    Unreachable,
    entry_point,
    over_http,
    to_app,
)
from mtango_ref.conformance.model import NoResponse, Request
from mtango_ref.messages import StartError
from ports import free_port

TIMEOUT = 0.5

GET = Request("GET", "/rc3")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (hostile.hangs, "No complete answer came within 0.5 s."),
        (hostile.drips, "No complete answer came within 0.5 s."),
        (hostile.drips_headers, "No complete answer came within 0.5 s."),
        (hostile.drops, "The server closed the connection without an answer."),
        (hostile.cuts_off, "The server closed the connection before the end of the body."),
        (
            hostile.says("SSH-2.0-OpenSSH\r\n"),
            "The answer is not HTTP: BadStatusLine SSH-2.0-OpenSSH",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_missing_answer_is_reported_in_time(answer: hostile.Answer, sentence: str) -> None:
    with hostile.serving(answer) as url, pytest.raises(NoResponse, match=sentence):
        over_http(url, timeout=TIMEOUT)(GET)


def test_no_more_is_read_than_a_body_may_have() -> None:
    with (
        hostile.serving(hostile.has_no_end) as url,
        pytest.raises(NoResponse, match=f"The body has more than {MAX_BODY} bytes."),
    ):
        over_http(url, timeout=30)(GET)


def test_redirects_are_not_followed() -> None:
    answer = hostile.status("302 Found", "Location: /tango/rest/rc3", "X-A: 1", "x-a: 2")
    with hostile.serving(answer) as url:
        response = over_http(url)(GET)
    assert (response.status, response.body) == (302, b"")
    assert response.headers == {
        "location": "/tango/rest/rc3",
        "x-a": "1, 2",
        "content-length": "0",
    }


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("", b"GET /tango/rest HTTP/1.1"),
        ("/a//b/../%2e%00[x]?w=*&w", b"GET /tango/rest/a//b/../%2e%00[x]?w=*&w HTTP/1.1"),
        ("swagger/rc3.yml", b"GET /swagger/rc3.yml HTTP/1.1"),
    ],
)
def test_a_request_goes_out_as_it_is(path: str, line: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        came: list[bytes] = []

        def answer() -> None:
            client, _ = listener.accept()
            with client:
                came.append(client.recv(65536))
                client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        send = over_http(f"http://127.0.0.1:{port}/tango/rest/", auth="me:höme")
        response = send(Request("GET", path, {"X-Case": "Yes"}))
        thread.join()
    assert response.status == 204
    assert came[0].split(b"\r\n") == [
        line,
        f"Host: 127.0.0.1:{port}".encode(),
        b"Accept-Encoding: identity",
        b"connection: close",
        b"authorization: Basic bWU6aMO2bWU=",
        b"x-case: Yes",
        b"",
        b"",
    ]


def test_nobody_there_is_an_answer_of_its_own() -> None:
    with pytest.raises(Unreachable, match=r"^127.0.0.1 cannot be reached: Connection refused\.$"):
        over_http(f"http://127.0.0.1:{free_port()}")(GET)


@pytest.fixture
def https(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Yield (URL of a server that says 204 in TLS, file of the authority that vouches for it)."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    known = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(known))

    def answer(client: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(client, server_side=True) as wrapped:
            hostile.request(wrapped)
            hostile.status("204 No Content")(wrapped)

    with hostile.serving(answer, reads=False) as url:
        yield url.replace("http://127.0.0.1", "https://localhost"), known


def test_https_needs_a_trusted_certificate(
    https: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, known = https
    with pytest.raises(Unreachable) as refused:
        over_http(url)(GET)
    assert re.fullmatch(
        r"localhost cannot be trusted: .*certificate.*\. Set SSL_CERT_FILE to a file with the"
        r" certificate of its authority\.",
        str(refused.value),
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(known))
    assert over_http(url)(GET).status == 204


def test_an_app_that_raises_gives_no_response() -> None:
    def app(environ: object, start_response: object) -> list[bytes]:
        raise KeyError("rc3")

    with pytest.raises(NoResponse, match="The application raised KeyError: 'rc3'"):
        to_app(app)(GET)


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://a/b", "http://", "http://a:x/", "http://a/?q", "http://[a/", "http://ä/"],
)
def test_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(StartError, match="URL: expected one such as http://host:8000/tango/rest"):
        entry_point(url)


def test_a_password_does_not_belong_into_the_url() -> None:
    with pytest.raises(StartError, match="give them with --auth"):
        entry_point("http://me:secret@host/tango/rest")
