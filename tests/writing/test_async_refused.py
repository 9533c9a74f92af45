"""A wrong request is refused with async=true as without it, on both backends and in both modes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from conftest import Rest, shared
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from rest_answers import DEAD, UNKNOWN, P
from writing import echoing as echoing_device
from writing import settable as settable_device

SETTABLE = f"{P}/devices/{settable_device.DEVICE}"
ECHOING = f"{P}/devices/{echoing_device.DEVICE}"
LONG = f"{SETTABLE}/attributes/DevLong_scalar"
TEXT = {"Content-Type": "text/plain"}
LISTS: Any = [{"name": "p", "values": ["a"]}, {"name": "q", "values": [1]}]


class Ask(NamedTuple):
    """A request that changes something."""

    method: str
    path: str
    query: str = ""
    more: Mapping[str, Any] = MappingProxyType({})

    def __str__(self) -> str:
        tail = "/".join(self.path.split("/")[8:])
        return f"{self.method} {tail} {self.query} {[*self.more.values()]}"

    def __call__(self, rest: Rest, query: str = "") -> tuple[int, Any]:
        """Ask, and return the status and the answer without what differs each time."""
        text = "&".join(filter(None, (self.query, query)))
        result = rest.request(self.method, self.path, query_string=text, **self.more)
        return result.status_code, comparable(result.json) if result.content else None


def comparable(answer: Any) -> Any:
    """Leave away times, and where in its source Tango finds an error. A device server in Python
    says `Incompatible argument` where one in C++ has a word more."""
    if isinstance(answer, list):
        return [comparable(each) for each in answer]
    if isinstance(answer, dict):
        kept = answer.keys() - {"timestamp", "origin"}
        return {key: comparable(answer[key]) for key in kept}
    is_text = isinstance(answer, str)
    return answer.replace("Incompatible command", "Incompatible") if is_text else answer


def json(value: Any) -> dict[str, Any]:
    return {"json": value}


def value(attribute: str, query: str = "", **more: Any) -> Ask:
    return Ask("PUT", f"{SETTABLE}/attributes/{attribute}/value", query, more)


def info(given: Any, attribute: str = "DevLong_scalar") -> Ask:
    return Ask("PUT", f"{SETTABLE}/attributes/{attribute}/info", more=json(given))


NO_LONGS: list[Any] = ["1", True, None, 1.5, 2**31, [1], {}]
NO_LINES: list[Any] = [[1], ["a", None], 5, {}, None]
NO_INFOS: list[Any] = [
    *([], None, {"nope": 1}, {"alarms": {"nope": "1", "min_alarm": "2"}}),
    *({"name": "x"}, {"writable": "READ"}, {"data_type": "DevShort"}),
    *({"label": None}, {"label": ["a"]}, {"min_value": True}),
]
NO_BLOBS: list[Any] = [
    1,
    [],
    {},
    {"name": "b"},
    {"name": "b", "data": [1]},
    {"name": "b", "data": []},
]
NAMES = ("it's", "a*", "a%5Cb", "x" * 256)
"""Names that no database is asked for."""
VALUES: list[Ask] = [
    value("DevLong_scalar"),
    *(value("DevLong_scalar", f"v={text}") for text in ("", "a", "1.5", "2147483648", "1&v=2")),
    *(value("DevLong_scalar", json=each) for each in NO_LONGS),
    value("DevLong_scalar", body=b"{", headers={"Content-Type": "application/json"}),
    value("DevLong_scalar", body=b"\xff", headers=TEXT),
    value("DevLong_scalar", body=b"1", headers={"Content-Type": "text/html"}),
    value("DevEnum_scalar", "v=BLUE"),
    value("DevEnum_scalar", "v=5"),
    value("DevBoolean_scalar", "v=2"),
    value("DevState_scalar", "v=on"),
    value("DevString_scalar", "v=a%00b"),
    value("DevEncoded_scalar", "v=abc"),
    value("DevShort_spectrum", "v=1,x"),
    value("DevShort_image", "v=[[1,2],[3]]"),
    # What the device refuses, and its configuration says.
    value("fixed", "v=1"),
    value("State", "v=ON"),
    value("limited", "v=11"),
    value("limits", "v=1,-11"),
    value("DevDouble_scalar", "v=NaN"),
    value("DevShort_spectrum", "v=1,2,3,4,5"),
    value("DevShort_image", "v=[[1],[2],[3],[4]]"),
    value("nope", "v=1"),
    Ask("PUT", f"{UNKNOWN}/attributes/x/value", "v=1"),
    Ask("PUT", f"{DEAD}/attributes/x/value", "v=1"),
]
SEVERAL: list[Ask] = [
    Ask("PUT", f"{SETTABLE}/attributes/value", query)
    for query in (
        "DevLong_scalar=1&DevEnum_scalar=BLUE",
        "DevLong_scalar=1&nope=2",
        "DevLong_scalar=a&fixed=1",
        "DevLong_scalar=1&devlong_SCALAR=2",
        "DevLong_scalar=1&=2",
    )
]
INFOS: list[Ask] = [
    *(info(each) for each in NO_INFOS),
    info({"min_alarm": "1", "alarms": {"min_alarm": "2"}}),
    info({"max_value": "2147483648"}),
    info({"enum_label": ["a,b"]}, "DevEnum_scalar"),
    info({"label": "x"}, "nope"),
    Ask("PUT", f"{LONG}/info"),
]
PROPERTIES: list[Ask] = [
    ask
    for folder, listed in (
        (f"{SETTABLE}/properties", ("PUT", "POST")),
        (f"{LONG}/properties", ("PUT",)),
        (f"{UNKNOWN}/properties", ("PUT", "POST")),
    )
    for method in listed
    for ask in (
        *(Ask(method, f"{folder}/p", more=json(each)) for each in NO_LINES),
        *(Ask(method, f"{folder}/{name}", "value=x") for name in NAMES),
        Ask(method, f"{folder}/p"),
        Ask(method, f"{folder}/p", "value=a%00b"),
        Ask(method, f"{folder}/p", more={"body": b"a", "headers": {"Content-Type": "a/b"}}),
    )
] + [
    ask
    for method in ("PUT", "POST")
    for ask in (
        *(
            Ask(method, f"{SETTABLE}/properties", more=json(each))
            for each in (LISTS, {"p": 1}, {"p": ["a", 1]}, [{"name": "p"}], "p", {"it's": ["a"]})
        ),
        Ask(method, f"{SETTABLE}/properties"),
        Ask(method, f"{SETTABLE}/properties", "p=a&P=b"),
        Ask(method, f"{SETTABLE}/properties", "p=a", json({"q": ["b"]})),
        Ask(method, f"{UNKNOWN}/properties", "p=a"),
    )
]
DELETES: list[Ask] = [
    *(
        Ask("DELETE", f"{folder}/{name}")
        for folder in (f"{SETTABLE}/properties", f"{LONG}/properties")
        for name in NAMES
    ),
    Ask("DELETE", f"{UNKNOWN}/properties/p"),
    Ask("DELETE", f"{UNKNOWN}/attributes/a/properties/p"),
]


def check_refused(rest: Rest, ask: Ask) -> None:
    status, answer = ask(rest)
    elements = answer if isinstance(answer, list) else [answer]
    assert all(each.get("errors") for each in elements)
    assert ask(rest, "async=true") == (status, answer)


@pytest.mark.parametrize("ask", [*VALUES, *SEVERAL], ids=Ask.__str__)
def test_wrong_value_is_refused_at_once(settable: Rest, ask: Ask) -> None:
    check_refused(settable, ask)


@pytest.mark.parametrize("ask", [*INFOS, *PROPERTIES, *DELETES], ids=Ask.__str__)
def test_wrong_configuration_or_property_is_refused_at_once(strict: Rest, ask: Ask) -> None:
    check_refused(strict, ask)


def command(name: str, query: str = "", **more: Any) -> Ask:
    return Ask("PUT", f"{ECHOING}/commands/{name}", query, more)


COMMANDS: list[Ask] = [
    command("DevLong"),
    *(command("DevLong", f"input={text}") for text in ("", "a", "1.5", "1&input=2", "1&v=1")),
    *(command("DevLong", json=each) for each in (*NO_LONGS[:2], *NO_LONGS[3:])),
    command("DevVoid", json=1),
    command("DevBoolean", "v=2"),
    command("DevState", "v=on"),
    command("DevVarLongArray", json=1),
    command("DevVarLongStringArray", json={"lvalue": [1]}),
    command("DevLong", body=b"{", headers={"Content-Type": "application/json"}),
    command("DevLong", body=b"1", headers={"Content-Type": "a/b"}),
    command("nope"),
    Ask("PUT", f"{UNKNOWN}/commands/x"),
    Ask("PUT", f"{DEAD}/commands/State"),
]


@pytest.mark.parametrize("ask", COMMANDS, ids=Ask.__str__)
def test_wrong_command_is_refused_at_once(echo: Rest, ask: Ask) -> None:
    if ask == command("DevVoid", json=1) and echo.settings.rc3_mode == "implementation":
        return  # it looks at no body there
    check_refused(echo, ask)


def pipe(content: Any, name: str = "Kept") -> Ask:
    return Ask("PUT", f"{ECHOING}/pipes/{name}", more=json(content))


ONE = {"name": "x", "type": "DevLong", "value": 1}
BLOB = {"name": "b", "data": [ONE]}
PIPES: list[Ask] = [
    *(pipe(each) for each in NO_BLOBS),
    pipe({"name": "b", "data": [{**ONE, "type": "DevNope"}]}),
    pipe({"name": "b", "data": [{**ONE, "value": "a"}]}),
    pipe({"name": "b", "data": [ONE, ONE]}),
    pipe(BLOB, "nope"),
    Ask("PUT", f"{ECHOING}/pipes/Kept"),
    Ask("PUT", f"{UNKNOWN}/pipes/x", more=json(BLOB)),
]


@pytest.mark.parametrize("ask", PIPES, ids=Ask.__str__)
def test_wrong_pipe_is_refused_at_once(echo: Rest, echoing: Backend, ask: Ask) -> None:
    if not echoing.capabilities.has_pipes:
        pytest.skip("this PyTango has no pipes")
    check_refused(echo, ask)


@pytest.mark.parametrize(
    "ask",
    [
        value("DevLong_scalar", "v=1"),
        Ask("PUT", f"{SETTABLE}/attributes/value", "DevLong_scalar=1&DevShort_scalar=2"),
        # The others are written.
        Ask("PUT", f"{SETTABLE}/attributes/value", "DevLong_scalar=1&fixed=2"),
        Ask("PUT", f"{SETTABLE}/attributes/value"),
        info({"label": "x"}),
        info({}),
        # The device knows more of it than we do.
        info({"min_value": "2", "max_value": "1"}),
        value("broken", "v=1"),
        Ask("POST", f"{SETTABLE}/properties/later", "value=a"),
        Ask("PUT", f"{SETTABLE}/properties/later", "value=b"),
        Ask("DELETE", f"{SETTABLE}/properties/later"),
        Ask("PUT", f"{LONG}/properties/later", "value=b"),
        Ask("DELETE", f"{LONG}/properties/later"),
        Ask("POST", f"{SETTABLE}/properties", "later=a"),
        Ask("PUT", f"{SETTABLE}/properties", more=json({})),
    ],
    ids=Ask.__str__,
)
def test_change_that_may_be_made_is_204(settable: Rest, ask: Ask) -> None:
    assert ask(settable, "async=true") == (204, None)
    settable.app.changes.finish(10.0)


def test_command_and_pipe_that_may_be_made_are_204(echo: Rest, echoing: Backend) -> None:
    asked = [command("DevLong", "v=1"), *([pipe(BLOB)] if echoing.capabilities.has_pipes else [])]
    for ask in asked:
        assert ask(echo, "async=true") == (204, None)
    echo.app.changes.finish(10.0)


def test_device_that_is_not_writable_is_refused_at_once(backend: Backend) -> None:
    rest = shared(Settings(extensions=("writes",), writable=()), backend)
    for ask in (*(each for each in PROPERTIES[:3]), value("x", "v=1"), pipe(BLOB)):
        check_refused(rest, ask)


def test_refusal_at_once_changes_nothing(strict: Rest, caplog: pytest.LogCaptureFixture) -> None:
    def state() -> tuple[Any, Any]:
        return strict.body(f"{LONG}/value")["value"], strict.body(f"{SETTABLE}/properties")

    before = state()
    for ask in (*SEVERAL, *PROPERTIES):
        ask(strict, "async=true")
    strict.app.changes.finish(10.0)
    after = state()
    assert (after, caplog.records) == (before, [])


def test_what_the_device_refuses_later_is_logged(
    strict: Rest, caplog: pytest.LogCaptureFixture
) -> None:
    assert info({"min_value": "2", "max_value": "1"})(strict, "async=true") == (204, None)
    strict.app.changes.finish(10.0)
    (record,) = caplog.records
    assert record.getMessage().startswith(
        f"setAttributeInfo with async=true on {settable_device.DEVICE} failed:"
        " API_IncoherentValues: "
    )
