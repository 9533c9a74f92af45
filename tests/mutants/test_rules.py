"""How rules are read, and what they do to an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtango_ref.messages import StartError
from mutants import rule_files, wire
from mutants.wire import LOST, Answer, Broken

BASE = "/tango/rest"
DEVICE = "/rc3/hosts/localhost/10000/devices/sys/tg_test/1"
COOKIES = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
BODY = b'{"state":"ON","errors":[{"reason":"A"},{"reason":"B"}]}'


def rule_of(tmp_path: Path, text: str) -> wire.Rule:
    head = "facet: http\nrules:\n- name: one\n"
    (tmp_path / "a.yml").write_text(
        head + "".join(f"  {line}\n" for line in text.splitlines()), "utf-8"
    )
    (rule,) = rule_files.load(tmp_path)
    return rule


def broken(rule: wire.Rule, path: str = "/", **environ: str) -> tuple[Answer, int]:
    """What is answered through the rule, and how many answers it counts."""

    def app(_: Any, start: Any) -> list[bytes]:
        start("200 OK", [*COOKIES, ("Content-Type", "application/json")])(BODY[:9])
        return [BODY[9:]]

    wrapped = Broken(app, rule, BASE)
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": BASE + path} | environ
    return wire.asked(wrapped, asked), wrapped.changes


@pytest.mark.parametrize(
    ("text", "status", "body"),
    [
        ("status: 404", "404 Not Found", BODY),
        ("body: '{}'", "200 OK", b"{}"),
        ("cut: 1", "200 OK", BODY[:-1]),
        (
            "json: [{at: errors/*/reason, lose: true}]",
            "200 OK",
            b'{"state":"ON","errors":[{},{}]}',
        ),
        (
            "json: [{at: errors/1, lose: true}, {at: state, put: 1}]",
            "200 OK",
            b'{"state":1,"errors":[{"reason":"A"}]}',
        ),
        (
            "json: [{at: '', wrap: data}, {at: data/errors, lose: true}]",
            "200 OK",
            b'{"data":{"state":"ON"}}',
        ),
        (
            "json: [{at: state, as: lower}, {at: errors, as: values}]",
            "200 OK",
            b'{"state":"on","errors":[{"reason":"A"},{"reason":"B"}]}',
        ),
        (
            "json: [{at: state, replace: [O, I]}, {at: '', rename: {errors: e}}]",
            "200 OK",
            b'{"state":"IN","e":[{"reason":"A"},{"reason":"B"}]}',
        ),
    ],
)
def test_what_is_done(tmp_path: Path, text: str, status: str, body: bytes) -> None:
    answer, changes = broken(rule_of(tmp_path, text))
    assert (answer.status, answer.body, changes) == (status, body, 1)
    assert answer.header("content-length") in ("", str(len(body)))


def test_a_repeated_header_stays_repeated(tmp_path: Path) -> None:
    answer, _ = broken(rule_of(tmp_path, "header: {content-type: null, vary: Origin}"))
    assert answer.headers == (*COOKIES, ("vary", "Origin"))


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        ("{status: [200], method: [GET], has: errors}", 1),
        ("{status: [404, 405]}", 0),
        ("{method: [PUT]}", 0),
        ("{operation: [getDeviceState]}", 1),
        ("{operation: [getDevice, getDevices]}", 0),
        ("{asked_with: [origin], asked_without: [authorization]}", 1),
        ("{asked_without: [origin]}", 0),
        ("{content_type: text/html}", 0),
        ("{has: errors/*/origin}", 0),
        ("{when: {errors/*/reason: B}}", 1),
        ("{when: {errors/0/reason: B}}", 0),
    ],
)
def test_where_it_is_done(tmp_path: Path, where: str, changes: int) -> None:
    rule = rule_of(tmp_path, f"where: {where}\nstatus: 500")
    answer, counted = broken(rule, DEVICE + "/state", HTTP_ORIGIN="http://a")
    assert (answer.code, counted) == (500 if changes else 200, changes)


@pytest.mark.parametrize(
    "text",
    [
        "status: 200",
        "header: {vary: null}",
        "json: [{at: nope, lose: true}]",
        "json: [{at: errors/7, put: 1}]",
    ],
)
def test_what_changes_nothing_is_not_counted(tmp_path: Path, text: str) -> None:
    assert broken(rule_of(tmp_path, text))[1] == 0


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/tango/rest", "getEntryPoint"),
        ("/tango/rest/rc3/", "getRc3"),
        (BASE + DEVICE + "/attributes/value", "readAttributes"),
        (BASE + DEVICE + "/attributes/ampli", "getAttribute"),
        (BASE + DEVICE + "/attributes/ampli/value", "readAttribute"),
        (BASE + "/nope", None),
        ("/rc3", None),
    ],
)
def test_which_operation_a_path_names(path: str, operation: str | None) -> None:
    assert wire.operation_id("GET", path, BASE) == operation
    assert wire.operation_id("HEAD", path, BASE) == operation


def test_a_key_that_is_missing_is_lost() -> None:
    assert wire.edited({"a": 1}, ("b",), lambda value: 2 if value is LOST else 3) == {
        "a": 1,
        "b": 2,
    }
    assert wire.edited({"a": 1}, ("b", "c"), lambda _: 2) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "a.yml, rules one: expected a change: one of status, header, body, cut, indent, json"),
        ("stauts: 404", "a.yml, rules one: no such key: 'stauts' (did you mean 'status'?)"),
        ("status: 999", "a.yml, rules one, status: expected a status of HTTP, got 999"),
        ("status: true", "a.yml, rules one, status: expected a status, got True"),
        ("status: 404\nmode: lax", "a.yml, rules one, mode: expected strict or implementation"),
        ("header: {Vary: null}", "a.yml, rules one, header: expected names in lower case"),
        ("json: [1]", "a.yml, rules one, json 1: expected a mapping"),
        ("json: [{at: a}]", "a.yml, rules one, json 1: expected one of lose, put, rename"),
        ("json: [{at: a, as: txt}]", "a.yml, rules one, json 1, as: expected one of text, lower"),
        (
            "status: 404\nwhere: {operation: [getDevise]}",
            "a.yml, rules one, where, operation: no such operation: 'getDevise' (did you mean",
        ),
        ("status: 404\nwhere: {status: 404}", "a.yml, rules one, where, status: expected a list"),
        ("status: 404\nwhere: {state: 1}", "a.yml, rules one, where: no such key: 'state'"),
        ("[", "a.yml: it is not YAML: "),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, mistake: str) -> None:
    with pytest.raises(StartError) as raised:
        rule_of(tmp_path, text)
    assert str(raised.value).startswith(mistake)


def test_names_are_given_once(tmp_path: Path) -> None:
    rule = "facet: http\nrules: [{name: one, status: 404}]"
    (tmp_path / "a.yml").write_text(rule, "utf-8")
    (tmp_path / "b.yml").write_text(rule, "utf-8")
    with pytest.raises(StartError, match=r"^two rules are named 'one'$"):
        rule_files.load(tmp_path)


def test_everything_that_is_wrong_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("rules: [{name: one, status: 404}]", "utf-8")
    (tmp_path / "b.yml").write_text("[]", "utf-8")
    with pytest.raises(StartError) as raised:
        rule_files.load(tmp_path)
    assert str(raised.value) == (
        "a.yml, rules one: expected a facet, here or for the file\n"
        "b.yml: expected a mapping with the key rules"
    )
