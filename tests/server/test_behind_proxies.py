"""The server behind nginx and HAProxy, which really run: at the root, and below a path."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

import proxies
from debian import MissingError
from mtango_ref import manual, openapi
from mtango_ref.libyaml import load_yaml
from ports import free_port
from program import Serving, run, serving
from raw import Reply, exchange, get

DEVICE = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1"
DELETED = "    http-request del-header X-Forwarded-Prefix\n"
"""HAProxy's rule at the root, whose place others take below a path."""
DEPLOYING = manual.markdown("deploying")


class Front(NamedTuple):
    """A proxy before a server, and where clients find what it shows."""

    port: int
    prefix: str

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def ask(self, url: str) -> Reply:
        """Ask for a URL, which is below the root."""
        assert url.startswith(self.root + "/")
        path = url.removeprefix(f"http://127.0.0.1:{self.port}")
        request = get(path, "Connection: close")
        return exchange(self.port, request.replace(b"gateway:8000", b"127.0.0.1:%d" % self.port))


def written(language: str) -> str:
    """Return the block of the manual in a language."""
    [block] = re.findall(rf"```{language}\n(.*?)```", DEPLOYING, re.DOTALL)
    return str(block)


def printed(kind: str, at: int | Path) -> str:
    """Return the file that a user has of the program, for a server at a port or at a path."""
    place = ("--port", str(at)) if isinstance(at, int) else ("--socket", str(at))
    code, output, errors = run("deploy", kind, *place)
    assert (code, errors) == (0, "")
    return output


def begin(kind: str, at: int | Path, folder: Path, stack: ExitStack) -> Front:
    """Put a proxy before the server, by the files that a user has."""
    proxy, _, path = kind.partition("/")
    text, port = printed(proxy, at), free_port()
    if proxy == "nginx":
        text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
        if path:
            text = re.sub(
                r"    location / \{.*?\n    \}\n", written("nginx"), text, flags=re.DOTALL
            )
        stack.enter_context(proxies.nginx(text, port, folder))
    else:
        text = text.replace("bind :80\n", f"bind 127.0.0.1:{port}\n")
        if path:
            text = text.replace(DELETED, written("haproxy"))
        stack.enter_context(proxies.haproxy(text, port, folder))
    return Front(port, f"/{path}" if path else "")


@contextmanager
def running(kind: str, at: str, folder: Path, *options: str) -> Iterator[tuple[Front, Serving]]:
    """Run a server, at a port (tcp) or at a path (unix), and a proxy before it.

    Skipped where the proxy is not installed, but not where CI is set.
    """
    path = folder / "a b.sock"
    place, trusted = ("--port", "0"), "127.0.0.1"
    if at == "unix":
        place, trusted = ("--socket", str(path)), "unix"
    with ExitStack() as stack:
        server = stack.enter_context(serving("--trusted-proxy", trusted, *options, at=place))
        try:
            front = begin(kind, server.port if at == "tcp" else path, folder, stack)
        except MissingError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
        yield front, server
        assert server.errors() == ""


PLACES = ["tcp", "unix"]
FRONTS = ["nginx tcp", "nginx/lab unix", "haproxy unix", "haproxy/lab tcp"]
"""Each proxy before both places, once at the root and once below a path: what either is says
nothing of the other."""


@pytest.fixture(scope="module", params=FRONTS)
def front(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Front]:
    """Start each proxy, before a server at a port or at a path."""
    with running(*request.param.split(), tmp_path_factory.mktemp("proxy")) as (front, _):
        yield front


def links(node: Any) -> Iterator[str]:
    """Find what looks like an address anywhere in an answer."""
    if isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from links(child)
    elif isinstance(node, str) and node.startswith("http"):
        yield node


def test_links_lead_on(front: Front) -> None:
    """Links are followed from the entry point and from a device, four deep, twenty of each
    depth."""
    asked: set[str] = set()
    new = {f"{front.root}/tango/rest", f"{front.root}/tango/rest{DEVICE}"}
    for _ in range(4):
        replies = {url: front.ask(url) for url in sorted(new - asked)[:20]}
        assert [url for url, reply in replies.items() if reply.status not in (200, 204)] == []
        asked |= replies.keys()
        new = {url for reply in replies.values() if reply.content for url in links(reply.json)}
    assert len(asked) > 40
    assert f"{front.root}/tango/rest{DEVICE}/state" in asked


class Page(HTMLParser):
    """The addresses that a page has in its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.addresses |= {value for name, value in attrs if name in ("href", "src") and value}


def addresses(front: Front, url: str) -> set[str]:
    """Return the addresses of this server in a page."""
    reply = front.ask(url)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    found = {each for each in Page(reply.content.decode()).addresses if each[0] != "#"}
    return {urlsplit(each)._replace(fragment="").geturl() for each in found if "github" not in each}


@pytest.mark.parametrize("page", ["swagger", "manual", "manual/first-steps", "manual/settings"])
def test_pages_and_their_assets_are_loaded(front: Front, page: str) -> None:
    found = addresses(front, f"{front.root}/{page}/")
    assert len(found) > 4
    assert {url: front.ask(url).status for url in found} == dict.fromkeys(found, 200)


def test_swagger_files_name_the_path(front: Front) -> None:
    page = front.ask(f"{front.root}/swagger/").content.decode()
    [listed] = re.findall(r'"urls":(\[.*?\])', page)
    urls = [each["url"] for each in json.loads(listed)]
    assert urls == [f"{front.root}/swagger/{name}" for name in openapi.FILES]
    found = [load_yaml(front.ask(url).content)["servers"] for url in urls]
    # What operators ask is at the server's root.
    bases = ["/tango/rest" if name in openapi.API else "/" for name in openapi.FILES]
    assert found == [[{"url": front.prefix + base}] for base in bases]


@pytest.mark.parametrize(
    ("path", "target"),
    [("/", "/swagger/"), ("/favicon.ico", "/swagger/ui/favicon-32x32.png")],
)
def test_locations_have_the_path(front: Front, path: str, target: str) -> None:
    reply = front.ask(front.root + path)
    assert (reply.status, reply.headers["location"]) == (302, front.root + target)
    assert front.ask(front.root + target).status == 200


def test_forged_prefix_does_not_count(front: Front) -> None:
    request = get(f"{front.prefix}/tango/rest", "X-Forwarded-Prefix: /evil", "Connection: close")
    rc3 = f"http://gateway:8000{front.prefix}/tango/rest/rc3"
    assert exchange(front.port, request).json["rc3"].replace(f":{front.port}", ":8000") == rc3


@pytest.mark.parametrize("at", PLACES)
@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_access_log_names_the_client_of_the_proxy(kind: str, at: str, tmp_path: Path) -> None:
    with running(kind, at, tmp_path, "--access-log", "json") as (front, server):
        request = get("/tango/rest", "X-Forwarded-For: 10.1.2.3", "Connection: close")
        place = ("127.0.0.1", front.port)
        with socket.create_connection(place, source_address=("127.0.0.7", 0)) as client:
            client.sendall(request)
            assert client.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
        assert json.loads(server.next_line())["client"] == "127.0.0.7"
