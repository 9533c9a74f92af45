"""The targets of hrefs: by the Host header, public_url and app_base."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import Rest
from rest_answers import BASE, HOST


def test_public_url_counts_where_browsers_are_led(serve: Callable[..., Rest]) -> None:
    client = serve(public_url="https://lab.org/gateway").client
    location = client.simulate_get("/").headers["location"]
    assert location == "https://lab.org/gateway/swagger/"


def test_app_base_at_the_root_keeps_the_root(serve: Callable[..., Rest]) -> None:
    client = serve(app_base="/").client
    assert client.simulate_get("/").json == {
        "rc3": f"http://{HOST}/rc3",
        "sys": f"http://{HOST}/sys",
    }
    assert client.simulate_get("/favicon.ico").status_code == 302


@pytest.mark.parametrize("host", ["lab", "10.0.0.1:80", "[::1]:8000", "a-b.c_d:1"])
def test_hrefs_follow_the_host_header(rest: Rest, host: str) -> None:
    result = rest.get("/rc3", headers={"Host": host})
    assert result.json["hosts"] == f"http://{host}/tango/rest/rc3/hosts"


def test_public_url_begins_every_href(serve: Callable[..., Rest]) -> None:
    """The public_url is before app_base, and no header changes it; not even X-Forwarded-* ones."""
    rest = serve(public_url="https://lab.org/tango-web", app_base="/x")
    headers = {"Host": 'evil"', "X-Forwarded-Host": "evil", "X-Forwarded-Proto": "ftp"}
    body = rest.get("", headers=headers).json
    assert body == {
        "rc3": "https://lab.org/tango-web/x/rc3",
        "sys": "https://lab.org/tango-web/x/sys",
    }


def test_forwarded_headers_are_not_trusted(rest: Rest) -> None:
    """waitress puts a trusted proxy's into the request itself; others never count."""
    headers = {"Host": HOST, "X-Forwarded-Host": "evil", "X-Forwarded-Proto": "ftp"}
    assert rest.get("", headers=headers).json["rc3"] == f"{BASE}/rc3"


@pytest.mark.parametrize("app_base", ["", "/a", "/a/b/c"])
def test_app_base_is_in_every_href(serve: Callable[..., Rest], app_base: str) -> None:
    rest = serve(app_base=app_base)
    assert rest.body("/rc3") == {
        "hosts": f"http://{HOST}{app_base}/rc3/hosts",
        "x-auth-method": "none",
    }


def test_hrefs_are_encoded(rest: Rest) -> None:
    """An href leads back to where it came from."""
    body = rest.body("/rc3/hosts/a%20b%3Fc/1")
    href = "/rc3/hosts/a%20b%3Fc/1/devices"
    assert body["devices"] == BASE + href
    assert rest.body(href, "wildcard=sys/tg*")[0]["href"] == f"{BASE}{href}/sys/tg_test/1"
