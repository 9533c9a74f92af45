"""The manual as the server shows it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser

import falcon
import pytest

from conftest import Rest
from mtango_ref import manual
from mtango_ref.manual.html import INDEX
from rest_answers import HOST

VOID = {"meta", "link", "br", "hr", "img"}
ADDRESS = f"http://{HOST}/manual"
PATHS = ["/manual", "/manual/", *(f"/manual/{name}" for name in manual.PAGES)]


class Page(HTMLParser):
    """A page: its links and anchors, and what in it is no well-formed HTML."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.tags.append(tag)
        self.attributes |= {*names}
        self.links += [text or "" for name, text in attrs if name == "href"]
        self.anchors += [text or "" for name, text in attrs if name == "id"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes another element")

    def handle_data(self, data: str) -> None:
        if re.search(r"[&<]", data):
            self.faults.append(f"not escaped: {data!r}")


@pytest.mark.parametrize("path", PATHS)
def test_page_is_html_without_anything_from_elsewhere(rest: Rest, path: str) -> None:
    result = rest.client.simulate_get(path)
    assert (result.status_code, result.headers["content-type"]) == (200, falcon.MEDIA_HTML)
    page = Page(result.text)
    assert page.faults == []
    assert page.tags.count("h1") == 1
    assert len(page.anchors) == len(set(page.anchors))
    assert not {"script", "img", "link", "iframe", "object"} & {*page.tags}
    assert not {"style", "src", "srcset", "onclick", "onload"} & page.attributes


def test_faults_of_html_are_found() -> None:
    for text in ("<p>", "<p></b>", "<p id=a id=b></p>", "<p>a & b</p>"):
        assert Page(text).faults, text


def test_links_lead_to_pages_and_anchors(rest: Rest) -> None:
    pages = {path.removesuffix("/"): Page(rest.client.simulate_get(path).text) for path in PATHS}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            address, _, anchor = link.partition("#")
            target = pages.get(address.removeprefix(f"http://{HOST}").rstrip("/") or path)
            outside = link.startswith("https://")
            if not outside and (target is None or (anchor and anchor not in target.anchors)):
                broken.append((path, link))
    assert broken == []
    assert all(
        f"{ADDRESS}/{name}" in page.links for page in pages.values() for name in manual.PAGES
    )


def test_index_has_each_page_with_its_summary(rest: Rest) -> None:
    text = rest.client.simulate_get("/manual/").text
    items = re.findall(rf'<li><a href="{ADDRESS}/([a-z-]+)">[^<]+</a>\. \S', text)
    assert items == [*manual.PAGES]


def test_page_allows_its_own_style_only(rest: Rest) -> None:
    result = rest.client.simulate_get("/manual/settings")
    [style] = re.findall(r"<style>(.*?)</style>", result.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert result.headers["content-security-policy"].split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    assert "url(" not in style
    assert "@import" not in style


def test_links_lead_to_where_clients_see_the_server(serve: Callable[..., Rest]) -> None:
    client = serve(public_url="https://lab.org/gateway").client
    links = Page(client.simulate_get("/manual/control").text).links
    assert "https://lab.org/gateway/manual/fixtures" in links
    assert [link for link in links if HOST in link or "manual.invalid" in link] == []


@pytest.mark.parametrize("path", ["/manual/nope", "/manual/settings.md", f"/manual/{INDEX}"])
def test_page_that_does_not_exist_is_404(rest: Rest, path: str) -> None:
    result = rest.client.simulate_get(path)
    assert (result.status_code, result.json["errors"][0]["reason"]) == (404, "NOT_FOUND")


def test_wrong_host_is_refused(rest: Rest) -> None:
    result = rest.client.simulate_get("/manual", headers={"Host": 'a"b'})
    assert (result.status_code, result.json["http_status"]) == (400, 400)


@pytest.mark.parametrize("app_base", ["/manual", "/manual/x"])
def test_manual_gives_way_to_the_api(serve: Callable[..., Rest], app_base: str) -> None:
    client = serve(app_base=app_base).client
    assert client.simulate_get(app_base).json == {
        "rc3": f"http://{HOST}{app_base}/rc3",
        "sys": f"http://{HOST}{app_base}/sys",
    }
    assert client.simulate_get("/manual/settings").status_code == 404


def test_manual_is_beside_an_api_at_the_root(serve: Callable[..., Rest]) -> None:
    assert serve(app_base="/").client.simulate_get("/manual/settings").status_code == 200
