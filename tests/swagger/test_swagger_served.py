"""The routes, the three files and the page, as the app serves them."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import falcon.inspect
import orjson
import pytest

from conftest import Rest
from mtango_ref import manual, openapi
from mtango_ref.backends.fake.backend import FakeBackend
from mtango_ref.fixture.language import Facility
from mtango_ref.fixture.loading import load
from mtango_ref.http.routes import Router
from mtango_ref.interface import Capabilities
from mtango_ref.settings.model import Settings
from openapi import MODES, Document, documents
from rest_answers import HOST

SWAGGER = f"http://{HOST}/swagger"


class WithoutPipes(FakeBackend):
    """A fake without pipes, as PyTango 10.1 and later."""

    def __init__(self, facility: Facility) -> None:
        super().__init__(facility)
        self.capabilities = Capabilities(has_pipes=False)


def serve(backend: type[FakeBackend] = FakeBackend, **settings: Any) -> Rest:
    return Rest(Settings(**settings), backend(facility()))


@cache
def facility() -> Facility:
    """Read once for all."""
    return load("tango_test")


# Falcon inspects routers by their class.
falcon.inspect.register_router(Router)(falcon.inspect.inspect_compiled_router)


@pytest.mark.parametrize("backend", [FakeBackend, WithoutPipes])
@pytest.mark.parametrize("app_base", ["/", "/tango/rest"])
@pytest.mark.parametrize("mode", MODES)
def test_routes_are_operations(mode: str, app_base: str, backend: type[FakeBackend]) -> None:
    """Both ways, method by method; beside them only what serves these files and the manual."""
    rest = serve(backend, rc3_mode=mode, app_base=app_base)
    routes = {
        (re.sub(r":\w+}", "}", route.path).rstrip("/"), method.method)
        for route in falcon.inspect.inspect_app(rest.client.app).routes
        for method in route.methods
        if not method.internal
    }
    described = {
        (document.content["servers"][0]["url"].rstrip("/") + one.path.rstrip("/"), one.method)
        for document in documents(rest.settings).values()
        for one in document.operations
    }
    described |= {("/swagger", "GET"), ("/favicon.ico", "GET")}
    described |= {(f"/swagger/{name}", "GET") for name in openapi.FILES}
    described |= {(f"/manual/{name}", "GET") for name in manual.PAGES} | {("/manual", "GET")}
    described |= {("", "GET")}  # the entry point, or what leads to /swagger
    heads = {(path, "HEAD") for path, method in described if method == "GET"}
    assert routes == described | heads


@pytest.mark.parametrize("backend", [FakeBackend, WithoutPipes])
@pytest.mark.parametrize("name", openapi.FILES)
@pytest.mark.parametrize("mode", MODES)
def test_files_are_served_for_the_settings(
    mode: str, name: str, backend: type[FakeBackend]
) -> None:
    """The settings and the backend in force decide."""
    rest = serve(backend, rc3_mode=mode)
    result = rest.client.simulate_get(f"/swagger/{name}")
    assert (result.status_code, result.headers["content-type"]) == (200, "application/yaml")
    capabilities = Capabilities(has_pipes=backend is FakeBackend)
    assert result.content == openapi.served(name, rest.settings, capabilities)
    again = rest.client.simulate_get(f"/swagger/{name}")
    assert again.content == result.content


def test_pipes_are_501_without_them() -> None:
    rest = serve(WithoutPipes)
    document = Document(rest.client.simulate_get("/swagger/rc3.yml").content)
    pipes = [one for one in document.operations if one.content["tags"] == ["pipes"]]
    assert [one.operation_id for one in pipes] == ["getPipes", "readPipe", "writePipe"]
    for one in pipes:
        assert set(one.content["responses"]) == {"404", "501"}
        path = one.path.format(**{each["name"]: each["example"] for each in one.parameters})
        result = rest.request(one.method, path)
        assert result.status_code == 501
        assert document.answer_errors(one, result) == []


@pytest.mark.parametrize("mode", MODES)
def test_what_is_off_answers_as_described(mode: str) -> None:
    rest = serve(rc3_mode=mode)
    for document in documents(rest.settings).values():
        for one in document.operations:
            if "501" in one.content["responses"]:
                path = one.path.format(**{each["name"]: each["example"] for each in one.parameters})
                result = rest.request(one.method, path)
                assert result.status_code == 501
                assert document.answer_errors(one, result) == []


class Page(HTMLParser):
    """The addresses in a page, and its inline scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [text or "" for name, text in attrs if name in ("src", "href")]
        self._in_script = tag == "script" and "src" not in dict(attrs)

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png"}


@pytest.mark.parametrize("path", ["/swagger", "/swagger/"])
@pytest.mark.parametrize("mode", MODES)
def test_page_loads_everything_from_this_server(mode: str, path: str) -> None:
    """Everything comes from this server, and all of it is there."""
    rest = serve(rc3_mode=mode)
    result = rest.client.simulate_get(path)
    assert (result.status_code, result.headers["content-type"]) == (200, falcon.MEDIA_HTML)
    page = Page(result.text)
    assert sorted(page.addresses) == [
        f"{SWAGGER}/ui/{name}"
        for name in (
            "favicon-32x32.png",
            "index.css",
            "swagger-ui-bundle.js",
            "swagger-ui-standalone-preset.js",
            "swagger-ui.css",
        )
    ]
    for address in page.addresses:
        file = rest.client.simulate_get(address.removeprefix(f"http://{HOST}"))
        kind = TYPES[address.rpartition(".")[2]]
        assert (file.status_code, file.headers["content-type"].partition(";")[0]) == (200, kind)
        assert len(file.content) > 100
    assert settings_of(page)["urls"] == [
        {"url": f"{SWAGGER}/{name}", "name": name} for name in openapi.FILES
    ]


def settings_of(page: Page) -> Any:
    """Return the settings given to Swagger UI, but for its presets."""
    [script] = page.scripts
    [settings] = re.findall(r"\.\.\.(\{.*\}),\n", script)
    return orjson.loads(settings)


def test_page_allows_only_itself() -> None:
    result = serve().client.simulate_get("/swagger")
    [script] = Page(result.text).scripts
    digest = b64encode(sha256(script.encode()).digest()).decode()
    here = f"'self' http://{HOST}/"
    assert result.headers["content-security-policy"].split("; ") == [
        "default-src 'none'",
        f"script-src {here} 'sha256-{digest}'",
        f"style-src {here} 'unsafe-inline'",
        f"img-src {here} data:",
        f"connect-src {here}",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_page_behind_a_proxy_loads_from_public_url() -> None:
    rest = serve(public_url="https://lab.org/tango-web")
    result = rest.client.simulate_get("/swagger")
    page = Page(result.text)
    here = "https://lab.org/tango-web/swagger"
    assert all(address.startswith(f"{here}/ui/") for address in page.addresses)
    urls = [one["url"] for one in settings_of(page)["urls"]]
    assert urls == [f"{here}/{name}" for name in openapi.FILES]
    assert (
        "connect-src 'self' https://lab.org/tango-web/;"
        in (result.headers["content-security-policy"])
    )


@pytest.mark.parametrize("host", ["</script>", 'a"b', "a;b"])
def test_page_for_a_wrong_host_is_400(host: str) -> None:
    result = serve().client.simulate_get("/swagger", headers={"Host": host})
    assert (result.status_code, result.json["http_status"]) == (400, 400)
