"""`mtango-ref serve`: what it says, what keeps it from starting, how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from echo_server import eventually, refuses_connections
from mtango_ref import __version__
from mtango_ref.settings.model import Settings
from program import MODULE, SCRIPT, TIMEOUT, Serving, refusal, serving
from raw import Reply, check_failure, connection, exchange, get

if TYPE_CHECKING:
    from facility import Facility

ENTRY = "/tango/rest"
VALUE = f"{ENTRY}/rc3/hosts/localhost/10000/devices/sys/tg_test/1/attributes/double_scalar/value"
SIGNALS = [signal.SIGINT, signal.SIGTERM]


def ask(server: Serving, path: str = ENTRY, *lines: str) -> Reply:
    return exchange(server.port, get(path, *lines))


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving() as started:
        yield started


def test_serve_prints_what_and_where(server: Serving) -> None:
    url = f"http://127.0.0.1:{server.port}"
    assert server.line == (
        f"mtango-ref {__version__} serves the fake facility tango_test (rc3_mode strict)"
        f" at {url}/tango/rest - try it at {url}/swagger/\n"
    )
    assert ask(server).json["rc3"] == "http://gateway:8000/tango/rest/rc3"
    assert ask(server, "/swagger/").status == 200
    assert server.errors() == ""


@pytest.mark.parametrize(
    ("start", "number"), [(SCRIPT, SIGNALS[0]), (MODULE, SIGNALS[1])], ids=["script", "module"]
)
def test_ends_with_exit_code_0(start: list[str], number: signal.Signals) -> None:
    with serving(start=start) as started:
        assert ask(started).status == 200
        started.signal(number)
        assert started.exit_code() == 0
        assert started.errors() == ""


@pytest.mark.parametrize("number", SIGNALS)
def test_finishes_a_request_in_flight(number: signal.Signals) -> None:
    with serving() as started, connection(started.port) as opened:
        opened.send(get(ENTRY, "Content-Length: 4") + b"bo")
        assert ask(started).status == 200  # so the first half has come, too
        started.signal(number)
        time.sleep(0.3)
        assert started.process.poll() is None
        opened.send(b"dy")
        assert opened.reply().status == 200
        assert opened.rest() == b""
        assert started.exit_code() == 0


def test_second_signal_ends_it_at_once() -> None:
    with serving() as started, connection(started.port) as opened:
        opened.send(get(ENTRY, "Content-Length: 4") + b"bo")
        assert ask(started).status == 200
        started.signal(signal.SIGTERM)
        # Two signals that come at once are one.
        assert eventually(lambda: refuses_connections(started.port))
        started.signal(signal.SIGTERM)
        assert started.exit_code() == 128 + signal.SIGTERM


def imported(server: Serving) -> set[str]:
    """Return the top-level packages that a process under -X importtime has imported."""
    return set(re.findall(r"^import time: .*\| +(\w+)", server.errors(), re.MULTILINE))


def test_fake_imports_neither_tango_nor_numpy() -> None:
    """They are imported neither at the start nor with the requests."""
    with serving(start=[MODULE[0], "-X", "importtime", *MODULE[1:]]) as started:
        device = f"{ENTRY}/rc3/hosts/localhost/10000/devices/sys/tg_test/1"
        for path in ("", "/attributes", "/attributes/double_image_ro/value", "/commands"):
            assert ask(started, device + path).status == 200
        started.signal()
        assert started.exit_code() == 0
        packages = imported(started)
        assert {"falcon", "mtango_ref"} <= packages
        assert packages & {"tango", "numpy"} == set()


def processor_time() -> float:
    """Return the s of all processes that we started and that ended."""
    import resource  # Windows has none

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


LIBRARIES = "import click, falcon, orjson, pydantic, waitress, yaml"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no getrusage(2) of children")
def test_fake_starts_in_a_few_times_what_its_libraries_take() -> None:
    """The processor's time is compared: the clock on the wall has in it what else this machine
    does."""
    before = processor_time()
    subprocess.run([sys.executable, "-c", LIBRARIES], check=True)
    between = processor_time()
    with serving(start=SCRIPT) as started:
        assert ask(started, VALUE).status == 200
    assert processor_time() - between < 4 * (between - before)


@pytest.mark.parametrize(
    ("given", "base"),
    [("", ""), ("/", ""), ("/x", "/x"), ("/a/b.c/~d_-", "/a/b.c/~d_-"), ("/swagger2", "/swagger2")],
)
def test_app_base_begins_every_path(given: str, base: str) -> None:
    with serving("--app-base", given) as started:
        assert f":{started.port}{base} - try it" in started.line
        for path in (base or "/", base + "/"):
            assert ask(started, path).json["rc3"] == f"http://gateway:8000{base}/rc3"
        assert ask(started, f"{base}/rc3/").json["hosts"] == f"http://gateway:8000{base}/rc3/hosts"
        assert ask(started, f"{base}/nope").status == 404
        assert f"url: {base or '/'}\n".encode() in ask(started, "/swagger/rc3.yml").content


@pytest.mark.parametrize(
    "given",
    ["/x/", "x", "/a b", "/{x}", "//", "/x?y", "/%2F", "/swagger", "/metrics", "/health/x"],
)
def test_wrong_app_base_is_refused(given: str) -> None:
    assert refusal("serve", "--app-base", given) == (
        "--app-base: expected a path such as /tango/rest, of letters, digits and . _ ~ -,"
        f" not below /swagger, /health or /metrics, got {given!r}"
    )


@pytest.mark.parametrize(("mode", "ticks"), [("strict", 1), ("implementation", 1000)])
def test_rc3_mode_sets_the_unit_of_times(mode: str, ticks: int) -> None:
    with serving("--rc3-mode", mode) as started:
        assert f"(rc3_mode {mode})" in started.line
        told = ask(started, "/nope").json["timestamp"]
        assert told == pytest.approx(time.time() * ticks, abs=10 * ticks)


def test_options_are_in_force(tmp_path: Path) -> None:
    """All of them, from all sources, as /sys/config shows."""
    file = tmp_path / "settings.yml"
    file.write_text("threads: 2\ncache_size: 3\nseed: 4\n", "utf-8")
    arguments = ["--config", str(file), "--cache-size", "5", "--public-url", "https://a.org/b/"]
    with serving(*arguments, MTANGO_SEED="6", MTANGO_TANGO_TIMEOUT="0.5") as started:
        assert ask(started, f"{ENTRY}/sys/config").json == {
            "version": __version__,
            **Settings().model_dump(mode="json"),
            "port": 0,
            "cache_size": 5,
            "threads": 2,
            "tango_timeout": 0.5,
            "seed": 6,
            "public_url": "https://a.org/b",
            "TANGO_HOST": "localhost:10000",
            "database_host": "localhost:10000",
        }
        assert ask(started).json["rc3"] == "https://a.org/b/tango/rest/rc3"
        assert ask(started, f"{ENTRY}/sys/cache/devices").json["maxsize"] == 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--cache-size", "0"], "expected a whole number from 1 to 100000, got '0'"),
        (["--cache-size", "-1"], "expected a whole number from 1 to 100000, got '-1'"),
        (["--threads", "0"], "expected a whole number from 1 to 256, got '0'"),
        (["--port", "65536"], "expected a whole number from 0 to 65535, got '65536'"),
        (["--rc3-mode", "x"], "expected strict or implementation, got 'x'"),
        (["--backend", "x"], "expected fake or tango, got 'x'"),
        (["--workers", "2"], "expected 1: the fake keeps its state in one process"),
        (["--extensions", "events"], "the extension 'events' is not available yet"),
    ],
)
def test_wrong_options_are_refused(arguments: list[str], sentence: str) -> None:
    assert refusal("serve", *arguments) == f"{arguments[0]}: {sentence}"


def test_one_thread_answers_many() -> None:
    with serving("--threads", "1") as started:
        replies: list[Reply] = []
        askers = [threading.Thread(target=lambda: replies.append(ask(started))) for _ in range(50)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join(TIMEOUT)
        assert [reply.status for reply in replies] == [200] * 50


FORWARDED = [
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: lab.org",
    "X-Forwarded-Port: 8443",
    "X-Forwarded-For: 10.1.2.3",
]
# header lines -> where links lead then
BELIEVED = {
    ("X-Forwarded-Proto: https",): "https://gateway:8000",
    ("X-Forwarded-Host: lab.org:99",): "http://lab.org:99",
    ("X-Forwarded-Host: a, b",): "http://b",  # a is what a client may have forged
    ("X-Forwarded-For: 1.2.3.4, 5.6.7.8",): "http://gateway:8000",
    ("X-Forwarded-Host: ",): "http://gateway:8000",
    ("X-Forwarded-Port: ", "X-Forwarded-Proto: "): "http://gateway:8000",
    ("X-Forwarded-Prefix: /lab",): "http://gateway:8000/lab",
    ("X-Forwarded-Prefix: /lab/",): "http://gateway:8000/lab",
    ("X-Forwarded-Prefix: /a/b-c_~.d", "X-Forwarded-Host: x"): "http://x/a/b-c_~.d",
    ("X-Forwarded-Prefix: /evil, /lab",): "http://gateway:8000/lab",
    ("X-Forwarded-Prefix: /",): "http://gateway:8000",
    ("X-Forwarded-Prefix: ",): "http://gateway:8000",
    ("Forwarded: host=lab.org;proto=https",): "http://gateway:8000",
    tuple(FORWARDED): "https://lab.org:8443",
}
MALFORMED = [
    ["X-Forwarded-Proto: ftp"],
    ["X-Forwarded-Proto: https, http"],
    ["X-Forwarded-Port: 99999"],
    ["X-Forwarded-Port: x"],
    ["X-Forwarded-Port: -1"],
    ['X-Forwarded-Host: "a', "X-Forwarded-For: ["],
    ["X-Forwarded-Prefix: lab"],
    ["X-Forwarded-Prefix: //evil.org"],
    ["X-Forwarded-Prefix: /a/../b"],
    ["X-Forwarded-Prefix: /a b"],
    ["X-Forwarded-Prefix: /%2e%2e"],
    ["X-Forwarded-Prefix: /<script>"],
    ["X-Forwarded-Prefix: https://evil.org/"],
    ["X-Forwarded-Prefix: /" + "a" * 256],
]


@pytest.fixture(scope="module")
def proxied() -> Iterator[Serving]:
    with serving("--trusted-proxy", "127.0.0.1") as started:
        yield started


@pytest.mark.parametrize(("lines", "root"), BELIEVED.items())
def test_trusted_proxy_sets_the_links(proxied: Serving, lines: tuple[str, ...], root: str) -> None:
    assert ask(proxied, ENTRY, *lines).json["rc3"] == f"{root}/tango/rest/rc3"


@pytest.mark.parametrize("lines", MALFORMED)
def test_malformed_headers_of_the_proxy_are_400(proxied: Serving, lines: list[str]) -> None:
    reply = ask(proxied, ENTRY, *lines)
    check_failure(reply, 400, "BAD_REQUEST", "The proxy's X-Forwarded-* headers are malformed.")
    assert proxied.errors() == ""


def test_other_proxies_are_not_trusted(server: Serving) -> None:
    """A forged header is not refused either."""
    for lines in (*BELIEVED, *MALFORMED):
        reply = ask(server, ENTRY, *lines)
        assert reply.json["rc3"] == "http://gateway:8000/tango/rest/rc3"


@pytest.mark.parametrize(
    ("host", "url", "more"),
    [
        ("localhost", "http://localhost:", ""),
        ("0.0.0.0", "http://127.0.0.1:", " and every other IPv4 address of this machine"),
    ],
)
def test_hosts_are_listened_on(host: str, url: str, more: str) -> None:
    with serving("--host", host) as started:
        assert f" at {url}{started.port}/tango/rest{more} - try it" in started.line
        assert ask(started).status == 200


def test_ipv6_is_served() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        assert refusal("serve", "--host", "::1", "--port", "0").startswith("This machine does not")
        return
    with serving("--host", "::1") as started:
        assert " at http://[::1]:" in started.line
        port = int(started.line.partition("[::1]:")[2].partition("/")[0])
        with closing(socket.create_connection(("::1", port), TIMEOUT)) as opened:
            opened.sendall(get(ENTRY))
            assert opened.recv(15) == b"HTTP/1.1 200 OK"


@pytest.mark.tango
def test_tango_backend_serves_the_real_facility(facility: Facility) -> None:
    """The real facility, as TANGO_HOST names it."""
    with serving("--backend", "tango") as started:
        assert re.search(r"serves Tango at \S+:\d+ \(rc3_mode strict\) at ", started.line)
        assert ask(started, VALUE).json["name"] == "double_scalar"
        started.signal()
        assert started.exit_code() == 0
        assert started.errors() == ""


@pytest.mark.tango
def test_hanging_device_does_not_hold_up_the_end(facility: Facility) -> None:
    with serving("--backend", "tango", "--tango-timeout", "1") as started:
        assert ask(started, VALUE).json["name"] == "double_scalar"
        facility.tango_test.suspend()
        try:
            assert ask(started, VALUE).json["quality"] == "FAILURE"
            started.signal()
            assert started.exit_code() == 0  # while the device still hangs
        finally:
            facility.tango_test.resume()
