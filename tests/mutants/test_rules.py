"""The reading of rules, and what they do to an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from mtango_ref.messages import StartError
from mutants import rule_files, wire
from mutants.edits import AS, VALUE, edit
from mutants.json_paths import LOST, Condition, edited, found, path_of
from mutants.wire import Answer, Broken

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
    """Return what is answered through the rule, and how many answers it counts."""

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
            "text: ['[A-Z](N?)', '\\1']",
            "200 OK",
            b'{"state":"N","errors":[{"reason":""},{"reason":""}]}',
        ),
        (
            "json: [{at: state, replace: [O, I]}, {at: '', rename: {errors: e}}]",
            "200 OK",
            b'{"state":"IN","e":[{"reason":"A"},{"reason":"B"}]}',
        ),
    ],
)
def test_rule_changes_an_answer(tmp_path: Path, text: str, status: str, body: bytes) -> None:
    answer, changes = broken(rule_of(tmp_path, text))
    assert (answer.status, answer.body, changes) == (status, body, 1)
    assert answer.header("content-length") in ("", str(len(body)))


VALUES = [
    ("lose", True, 1, LOST),
    ("put", None, LOST, None),
    ("rename", {"a": "b", "b": "a"}, {"a": 1, "b": 2}, {"b": 1, "a": 2}),
    ("as", "number", "7", 7),
    ("as", "number", "x", "x"),
    ("as", "lower", LOST, LOST),
    ("wrap", "a", 1, {"a": 1}),
    ("replace", ["^A(.)", "\\1"], "ABA", "BA"),
    ("copy", {"a": "b/0", "c": "nope"}, {"a": 1, "b": [2]}, {"a": 2, "b": [2]}),
    ("map", {"ERR": 1}, "ERR", 1),
    ("map", {"ERR": 1}, "WARN", "WARN"),
    ("take", "a/0", {"a": [1]}, 1),
    ("take", "b", {"a": [1]}, {"a": [1]}),
    ("by", "a", [{"a": "x"}, {"a": "y"}], {"x": {"a": "x"}, "y": {"a": "y"}}),
    ("sort", "a", [{"a": "b"}, {"a": "A"}], [{"a": "A"}, {"a": "b"}]),
    ("sort", "a", {"b": 1}, {"b": 1}),
    ("slice", [1, None], [1, 2, 3], [2, 3]),
    ("add", 0.5, 1, 1.5),
    ("times", 1000, 2, 2000),
    ("over", 60, 119, 1),
]


@pytest.mark.parametrize(("name", "given", "value", "expected"), VALUES)
def test_a_value_is_changed(name: str, given: Any, value: Any, expected: Any) -> None:
    body = {} if value is LOST else {"at": value}
    answer = Answer("200 OK", (), orjson.dumps(body))
    changed = edit(("at",), Condition(), name, given)(answer)
    assert changed.data() == ({} if expected is LOST else {"at": expected})


def test_each_change_of_a_value_is_tested() -> None:
    assert {name for name, *_ in VALUES} == {*VALUE}


CONVERTED = {
    "text": (1, "1"),
    "number": ("1", 1),
    "lower": ("ON", "on"),
    "upper": ("on", "ON"),
    "lines": (["a", "b"], "a\nb"),
    "keys": ({"a": 1}, ["a"]),
    "values": ({"a": 1}, [1]),
    "twice": ([1], [1, 1]),
    "reversed": ([1, 2], [2, 1]),
    "shorter": ([1, 2], [1]),
    "sum": ({"a": 1, "b": 2}, 3),
    "list of one": (1, [1]),
    "flat": ([[1], [2]], [1, 2]),
    "transposed": ([[1, 2], [3, 4]], [[1, 3], [2, 4]]),
}


def test_each_conversion_has_its_result() -> None:
    assert {name: (old, AS[name](old)) for name, (old, _) in CONVERTED.items()} == CONVERTED
    assert CONVERTED.keys() == AS.keys()


@pytest.mark.parametrize(
    ("only", "expected"),
    [("has: a", [{"b": 2}]), ("when: {b: 2}", [{"a": 1}]), ("when: {b: 3}", [{"a": 1}, {"b": 2}])],
)
def test_some_values_are_changed(tmp_path: Path, only: str, expected: list[Any]) -> None:
    (change,) = rule_of(tmp_path, f"json: [{{at: '*', {only}, lose: true}}]").changes
    assert change(Answer("200 OK", (), b'[{"a":1},{"b":2}]')).data() == expected


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("asks: {path: ['/a', /b]}", {"PATH_INFO": BASE + "/b"}),
        ("asks: {query: ['^.*', 'c=1']}", {"QUERY_STRING": "c=1"}),
        ("asks: {x-a: ['^', '1']}", {"HTTP_X_A": "1"}),
        ("asks: {path: [nope, b]}", {"RAW_URI": "/%61"}),
        ("asks: {path: [/a, b]}\nwhere: {method: [PUT]}", {"RAW_URI": "/%61"}),
    ],
)
def test_another_request_is_sent_on(tmp_path: Path, text: str, sent: dict[str, str]) -> None:
    came: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        came.append(environ)
        start("200 OK", [])
        return []

    wrapped = Broken(app, rule_of(tmp_path, text), BASE)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": BASE + "/a", "RAW_URI": "/%61"}
    wire.asked(wrapped, environ)
    expected = environ | sent
    if "RAW_URI" not in sent:
        del expected["RAW_URI"]
    assert came == [expected]
    assert wrapped.changes == ("RAW_URI" not in sent)


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
        ("{path: 'tg_test/[0-9]/state$', query: ^a=}", 1),
        ("{path: ^state}", 0),
        ("{query: ^b=}", 0),
        ("{has: errors/*/origin}", 0),
        ("{when: {errors/*/reason: B}}", 1),
        ("{when: {errors/0/reason: B}}", 0),
    ],
)
def test_rule_applies_where_it_says(tmp_path: Path, where: str, changes: int) -> None:
    rule = rule_of(tmp_path, f"where: {where}\nstatus: 500")
    answer, counted = broken(rule, DEVICE + "/state", HTTP_ORIGIN="http://a", QUERY_STRING="a=1")
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
def test_path_names_its_operation(path: str, operation: str | None) -> None:
    assert wire.operation_id("GET", path, BASE) == operation
    assert wire.operation_id("HEAD", path, BASE) == operation


def test_a_key_that_is_missing_is_lost() -> None:
    assert edited({"a": 1}, ("b",), lambda value: 2 if value is LOST else 3) == {
        "a": 1,
        "b": 2,
    }
    assert edited({"a": 1}, ("b", "c"), lambda _: 2) == {"a": 1}


DEEP = {"a": [{"b": 1, "c": {"b": [{"b": 1}]}}, 1], "b": 2}


@pytest.mark.parametrize(
    ("path", "values", "after"),
    [
        ("**/b", [2, 1, [{"b": 1}], 1], {"a": [{"b": 7, "c": {"b": 7}}, 1], "b": 7}),
        ("**/c/b", [[{"b": 1}]], {"a": [{"b": 1, "c": {"b": 7}}, 1], "b": 2}),
        ("a/**/d", [], DEEP),
    ],
)
def test_path_reaches_any_depth(path: str, values: list[Any], after: Any) -> None:
    assert found(DEEP, path_of(path)) == values
    assert edited(DEEP, path_of(path), lambda _: 7) == after


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "a.yml, rules one: expected a change: one of asks, status, header, body, text, cut,"),
        ("stauts: 404", "a.yml, rules one: no such key: 'stauts' (did you mean 'status'?)"),
        ("status: 999", "a.yml, rules one, status: expected a status of HTTP, got 999"),
        ("status: true", "a.yml, rules one, status: expected a status of HTTP, got True"),
        ("status: 404\nmode: lax", "a.yml, rules one, mode: expected strict or implementation"),
        ("header: {Vary: null}", "a.yml, rules one, header: expected names in lower case"),
        ("text: ['(', '']", "a.yml, rules one, text: expected a regular expression and a text"),
        ("asks: {path: x}", "a.yml, rules one, asks, path: expected a regular expression and a"),
        ("json: [{at: a, slice: [1]}]", "a.yml, rules one, json 1, slice: expected two indices"),
        ("json: [{at: a, add: true}]", "a.yml, rules one, json 1, add: expected a number, got"),
        (
            "status: 404\nwhere: {path: '['}",
            "a.yml, rules one, where, path: expected a regular expression, got '['",
        ),
        ("json: [1]", "a.yml, rules one, json 1: expected a mapping"),
        ("json: [{at: a}]", "a.yml, rules one, json 1: expected one of lose, put, rename"),
        ("json: [{at: a, as: txt}]", "a.yml, rules one, json 1, as: expected one of text, number"),
        (
            "status: 404\nwhere: {operation: [getDevise]}",
            "a.yml, rules one, where, operation: no such operation: 'getDevise' (did you mean",
        ),
        ("status: 404\nwhere: {status: 404}", "a.yml, rules one, where, status: expected a list"),
        ("status: 404\nwhere: {state: 1}", "a.yml, rules one, where: no such key: 'state'"),
        ("[", "a.yml: it is not YAML: "),
    ],
)
def test_wrong_rule_is_refused(tmp_path: Path, text: str, mistake: str) -> None:
    with pytest.raises(StartError) as raised:
        rule_of(tmp_path, text)
    assert str(raised.value).startswith(mistake)


def test_names_are_given_once(tmp_path: Path) -> None:
    rule = "facet: http\nrules: [{name: one, status: 404}]"
    (tmp_path / "a.yml").write_text(rule, "utf-8")
    (tmp_path / "b.yml").write_text(rule, "utf-8")
    with pytest.raises(StartError, match=r"^two rules are named 'one'$"):
        rule_files.load(tmp_path)


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("rules: [{name: one, status: 404}]", "utf-8")
    (tmp_path / "b.yml").write_text("[]", "utf-8")
    with pytest.raises(StartError) as raised:
        rule_files.load(tmp_path)
    assert str(raised.value) == (
        "a.yml, rules one: expected a facet, here or for the file\n"
        "b.yml: expected a mapping with the key rules"
    )
