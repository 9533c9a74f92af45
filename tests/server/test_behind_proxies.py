"""The server behind nginx and HAProxy, which really run: at the root, and below a path."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

import proxies
from debian import MissingError
from mtango_ref import manual, openapi
from program import run, serving
from raw import Reply, exchange, get

DEVICE = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1"
DELETED = "del-header X-Forwarded-Prefix"
"""HAProxy's rule at the root, which the manual has in words."""
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


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def written(language: str) -> str:
    """Return the block of the manual in a language."""
    [block] = re.findall(rf"```{language}\n(.*?)```", DEPLOYING, re.DOTALL)
    return str(block)


def begin(kind: str, back: int, port: int, folder: Path, stack: ExitStack) -> Front:
    """Put a proxy before the server, by the files that a user has."""
    prefix = "/lab" if kind.endswith("/lab") else ""
    if kind.startswith("nginx"):
        servers = printed(back).replace("listen 80;", f"listen 127.0.0.1:{port};")
        if prefix:
            location = written("nginx").replace("127.0.0.1:8000", f"127.0.0.1:{back}")
            servers = re.sub(r"location / \{.*?\n    \}", location, servers, flags=re.DOTALL)
        stack.enter_context(proxies.nginx(servers, port, folder))
    else:
        sections = written("haproxy").replace(":80\n", f":{port}\n").replace(":8000", f":{back}")
        if not prefix:
            sections = sections.replace("set-header X-Forwarded-Prefix /lab", DELETED)
            sections = "\n".join(line for line in sections.splitlines() if "/lab" not in line)
        stack.enter_context(proxies.haproxy(sections, port, folder))
    return Front(port, prefix)


def printed(back: int) -> str:
    code, output, errors = run("deploy", "nginx", "--port", str(back))
    assert (code, errors) == (0, "")
    return output


@pytest.fixture(scope="module", params=["nginx", "nginx/lab", "haproxy", "haproxy/lab"])
def front(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Front]:
    """Each proxy; skipped where it is not installed, but not where CI is set."""
    with ExitStack() as stack:
        server = stack.enter_context(serving("--trusted-proxy", "127.0.0.1"))
        folder = tmp_path_factory.mktemp("proxy")
        try:
            yield begin(request.param, server.port, free_port(), folder, stack)
        except MissingError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
        assert server.errors() == ""


def links(node: Any) -> Iterator[str]:
    """Find what looks like an address anywhere in an answer."""
    if isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from links(child)
    elif isinstance(node, str) and node.startswith("http"):
        yield node


def test_links_lead_on(front: Front) -> None:
    """From the entry point and from a device, four links deep, and twenty of each depth."""
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
    found = [yaml.safe_load(front.ask(url).content)["servers"] for url in urls]
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
