"""Permission to change things, changes that nobody waits for, and the audit log."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import falcon.testing
import orjson
import pytest

from conftest import Rest
from mtango_ref.calls import TooManyWait
from mtango_ref.http import later
from mtango_ref.http.later import Later
from mtango_ref.http.writable import Writable
from mtango_ref.logs import audit
from mtango_ref.model import DevFailed
from rest_answers import HOST, P, call_failure, error, http_failure

Serve = Callable[..., Rest]
D = f"{P}/devices/sys/tg_test/1"
RUN = f"{D}/commands/DevDouble"
LISTED = "https://a.org"


def put(rest: Rest, path: str = RUN, query: str = "", **headers: str) -> falcon.testing.Result:
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    return rest.request(
        "PUT",
        path,
        query_string=query,
        json=1.5,
        headers=given,
        extras={"REMOTE_ADDR": "127.0.0.1"},
    )


def forbidden(whose: str) -> Any:
    sentence = f"Pages of {whose!r} may change nothing here; cors_origins lists those that may."
    return http_failure(403, "FORBIDDEN", sentence)


# Headers of a request, and whose page it is that may not.
STRANGE: list[tuple[dict[str, str], str]] = [
    ({"Origin": "https://b.org"}, "https://b.org"),
    ({"Origin": "null"}, "null"),
    ({"Origin": ""}, ""),
    ({"Origin": "https://a.org.b.org"}, "https://a.org.b.org"),
    ({"Origin": "https://a.org:8443"}, "https://a.org:8443"),
    ({"Origin": "http://a.org"}, "http://a.org"),
    # The Host header of this test names a domain, which may be that of the page.
    ({"Origin": f"http://{HOST}"}, f"http://{HOST}"),
    ({"Sec_Fetch_Site": "cross-site"}, "other sites"),
    ({"Sec_Fetch_Site": "same-site"}, "other sites"),
]
OURS: list[dict[str, str]] = [
    {},
    {"Origin": LISTED},
    {"Origin": "https://A.org"},
    {"Sec_Fetch_Site": "none"},
    {"Sec_Fetch_Site": "same-origin"},
    {"Origin": "http://127.0.0.1:8000", "Host": "127.0.0.1:8000"},
    {"Origin": "http://[::1]:8000", "Host": "[::1]:8000"},
    {"Origin": "http://localhost", "Host": "localhost:80"},
]


@pytest.mark.parametrize(("headers", "whose"), STRANGE)
def test_pages_of_other_origins_change_nothing(
    serve_writing: Serve, headers: dict[str, str], whose: str
) -> None:
    rest = serve_writing(cors_origins=[LISTED])
    result = put(rest, **headers)
    assert (result.status_code, result.json) == (403, forbidden(whose))
    # Before Tango is asked: the same for a device that nobody knows, and if nobody waits.
    result = put(rest, f"{P}/devices/no/such/device/commands/x", "async=true", **headers)
    assert (result.status_code, result.json) == (403, forbidden(whose))


@pytest.mark.parametrize("headers", OURS)
def test_own_pages_listed_ones_and_scripts_may_change(
    serve_writing: Serve, headers: dict[str, str]
) -> None:
    result = put(serve_writing(cors_origins=[LISTED]), **headers)
    assert (result.status_code, result.json["output"]) == (200, 1.5)


def test_page_below_public_url_may_change(serve_writing: Serve) -> None:
    rest = serve_writing(cors_origins=[], public_url="https://example.org/lab")
    assert put(rest, Origin="https://example.org").json["output"] == 1.5
    assert put(rest, Origin="https://example.com").status_code == 403


REFUSED = "Device sys/tg_test/1 may not be changed here: the setting writable does not name it"


def test_device_that_is_not_writable_is_not_changed(serve_writing: Serve) -> None:
    for mode in ("strict", "implementation"):
        rest = serve_writing(writable=["sys/other/*"], rc3_mode=mode)
        refused = error("API_ReadOnlyMode", REFUSED)
        expected = call_failure(mode, "ExecuteCommandException", "sys/tg_test/1", refused)
        assert put(rest).json == expected
        assert rest.body(f"{D}/commands/DevDouble")["name"] == "DevDouble"


# (patterns, device) -> may it be changed
NAMED: list[tuple[str, str, bool]] = [
    ("*", "sys/tg_test/1", True),
    ("SYS/tg_*", "sys/TG_test/1", True),
    ("sys/tg_test", "sys/tg_test/1", False),
    ("sys/*/1", "sys/tg_test/11", False),
    ("", "sys/tg_test/1", False),
    ("*", "dserver/TangoTest/test", False),
    ("*", "DServer/TangoTest/test", False),
    ("*/*/*", "sys/database/2", False),
    ("sys/*", "sys/Database/2", False),
    ("*", "tango/admin/host", False),
    ("*", "sys/access_control/1", False),
    ("sys/database/*", "sys/database/2", True),
    ("SYS/Database/2", "sys/database/2", True),
    ("tango/admin/host", "tango/admin/host", True),
    ("tango/admin/host", "tango/admin/other", False),
    ("dserver/*", "dserver/TangoTest/test", True),
    (".*", "sys/tg_test/1", False),
]


@pytest.mark.parametrize(("patterns", "device", "may"), NAMED)
def test_what_runs_the_facility_has_to_be_named(patterns: str, device: str, may: bool) -> None:
    writable = Writable(patterns.split(",") if patterns else [])
    if may:
        writable.check(device)
        return
    with pytest.raises(DevFailed) as refused:
        writable.check(device)
    assert [each.reason for each in refused.value.errors] == ["API_ReadOnlyMode"]


def test_change_that_nobody_waits_for_is_made(serve_writing: Serve) -> None:
    rest = serve_writing()
    before = rest.body(f"{D}/state")["state"]
    switch = f"{D}/commands/SwitchStates"
    result = rest.request("PUT", switch, query_string="async=true")
    assert (result.status_code, result.content) == (204, b"")
    rest.app.changes.finish(10.0)
    after = rest.body(f"{D}/state")["state"]
    assert {before, after} == {"RUNNING", "FAULT"}
    rest.request("PUT", switch)
    assert rest.body(f"{D}/state")["state"] == before


def test_failure_that_nobody_waits_for_is_logged_and_counted(
    serve_writing: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    rest = serve_writing()
    # Only the device knows that: it looks at both of them.
    info = {"min_value": "2", "max_value": "1"}
    path = f"{D}/attributes/double_scalar/info"
    result = rest.request("PUT", path, query_string="async=true", json=info)
    assert (result.status_code, result.content) == (204, b"")
    rest.app.changes.finish(10.0)
    assert [record.getMessage() for record in caplog.records] == [
        "setAttributeInfo with async=true on sys/tg_test/1 failed: API_IncoherentValues: Device"
        " sys/tg_test/1-> Attribute : double_scalar\nValue of min_value is greater than or"
        " equal to max_value"
    ]
    figures = rest.client.simulate_get("/metrics").text
    assert 'mtango_tango_failures_total{reason="API_IncoherentValues"} 1' in figures.replace(
        ".0\n", "\n"
    )


def _hold(hold: threading.Event, made: list[int], number: int) -> None:
    hold.wait()
    made.append(number)


def test_too_many_changes_at_a_time_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "_MOST", 3)
    changes, hold = Later(), threading.Event()
    made: list[int] = []
    for number in range(3):
        changes.make(partial(_hold, hold, made, number))
    with pytest.raises(TooManyWait):
        changes.make(lambda: made.append(3))
    hold.set()
    changes.finish(10.0)
    changes.make(lambda: made.append(4))
    changes.finish(10.0)
    assert sorted(made) == [0, 1, 2, 4]


def test_changes_that_do_not_finish_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    changes, hold = Later(), threading.Event()
    for _ in range(5):
        changes.make(hold.wait)
    changes.finish(0.01)
    assert [record.getMessage() for record in caplog.records] == [
        "5 changes with async=true did not finish in 0.01 s"
    ]
    hold.set()
    changes.finish(10.0)


@pytest.fixture
def audited(
    serve_writing: Serve, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Rest, Any]]:
    def serve(kind: str, **settings: object) -> tuple[Rest, Any]:
        reading, writing = os.pipe()
        monkeypatch.setattr(
            "mtango_ref.http.app.audit_log", lambda kind: audit.AuditLog(kind, writing)
        )
        rest = serve_writing(audit_log=kind, **settings)

        def lines() -> list[str]:
            rest.app.changes.finish(10.0)
            os.close(writing)
            with os.fdopen(reading, encoding="utf-8") as written:
                return written.read().splitlines()

        return rest, lines

    return serve


@pytest.mark.parametrize("mode", ["strict", "implementation"])
def test_audit_log_has_who_what_and_the_result(
    audited: Callable[..., tuple[Rest, Any]], mode: str
) -> None:
    rest, lines = audited("json", rc3_mode=mode)
    put(rest)
    put(rest, f"{D}/commands/Nope\n", "v=a\u2028b&async=false")
    put(rest, f"{D}/commands/Nope", "async=true")
    put(rest, RUN, "async=true")
    rest.app.changes.finish(10.0)
    rest.body(f"{D}/state")
    made = [orjson.loads(line) for line in lines()]
    assert all(each.pop("time").endswith("Z") for each in made)
    always = {"audit": "runCommand", "client": "127.0.0.1", "origin": ""}
    always |= {"method": "PUT", "request_id": ""}
    path = f"{rest.settings.app_base}{D}/commands"
    assert made == [
        {**always, "target": f"{path}/DevDouble", "body": "1.5", "result": "done"},
        {
            **always,
            "target": rf"{path}/Nope\n?v=a\u2028b&async=false",
            "body": "",
            "result": "API_CommandNotFound",
        },
        {
            **always,
            "target": f"{path}/Nope?async=true",
            "body": "1.5",
            "result": "API_CommandNotFound",
        },
        {**always, "target": f"{path}/DevDouble?async=true", "body": "1.5", "result": "done"},
    ]


def test_audit_log_says_how_many_of_several_failed(
    audited: Callable[..., tuple[Rest, Any]],
) -> None:
    rest, lines = audited("json")
    for query in ("double_scalar_w=1&nope=2", "double_scalar_w=1&long_scalar_w=2"):
        rest.request("PUT", f"{D}/attributes/value", query_string=query)
    results = [orjson.loads(line)["result"] for line in lines()]
    assert results == ["2_of_2_failed:API_AttributeFailed,API_AttrNotFound", "done"]


def test_audit_log_has_pages_that_were_refused(
    audited: Callable[..., tuple[Rest, Any]],
) -> None:
    rest, lines = audited("console", cors_origins=[])
    for origin in ("null", "https://evil.example"):
        put(rest, Origin=origin, Sec_Fetch_Site="cross-site")
    words = [line.split(" ") for line in lines()]
    assert [(each[3], *each[7:]) for each in words] == [
        ("null", "page_refused", "-"),
        ("https://evil.example", "page_refused", "-"),
    ]


@pytest.mark.parametrize("letter", ["a", "\\", "\u2028", '"'])
def test_audit_log_takes_a_pipe_as_a_whole(
    audited: Callable[..., tuple[Rest, Any]], letter: str
) -> None:
    """POSIX, write(2): lines of several processes do not mix up to 4096 bytes."""
    rest, lines = audited("json")
    strange = {"Origin": "\xe9" * 3000}
    rest.request("PUT", RUN, query_string=f"x={letter * 3000}", json=letter * 3000, headers=strange)
    (line,) = lines()
    assert len(line) < 4096
    assert orjson.loads(line)["target"].endswith("...")
    assert orjson.loads(line)["body"].endswith("...")
    assert orjson.loads(line)["origin"] == r"\xe9" * 37 + r"\x..."


def test_audit_log_in_words(audited: Callable[..., tuple[Rest, Any]]) -> None:
    rest, lines = audited("console")
    put(rest)
    (line,) = lines()
    path = f"{rest.settings.app_base}{RUN}"
    assert line.split(" ")[1:] == ["runCommand", "127.0.0.1", "-", "PUT", path, "1.5", "done", "-"]


def test_off_is_off(rest: Rest) -> None:
    result = put(rest, Origin="https://b.org")
    assert result.status_code == 501
    assert result.headers["access-control-allow-origin"] == "https://b.org"
    assert result.json["errors"][0]["reason"] == "NOT_IMPLEMENTED"
