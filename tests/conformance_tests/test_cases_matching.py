"""The answers that an expected answer accepts."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import orjson
import pytest
from judged_cases import BASE, DEVICE, JSON, NOW, PLACE, case, check

from mtango_ref.conformance.judging import judge, placing
from mtango_ref.conformance.judging.matchers import wildcard
from mtango_ref.conformance.model import Request, Response

HOURS = 2 * 3600


@pytest.mark.parametrize(
    ("expected", "fitting", "others"),
    [
        ("$text", ["", "a"], [1, None, ["a"]]),
        ("$text([a-z]+)", ["a", "bc"], ["", "A", "a1", "a\n", 1]),
        ("$text(.+)", ["a\nb"], [""]),
        ("$boolean", [True, False], [0, 1, "true", None]),
        ("$object", [{}, {"a": 1}], [[], "", None]),
        ("$integer", [0, -1, 2**64 - 1], [1.0, True, "1", None]),
        ("$integer(-1, 255)", [-1, 0, 255], [-2, 256, 1.5, True, "1"]),
        ("$number", [0, 1.5], [True, "NaN", None]),
        ("$number(-256, 256)", [-256, 0.5, 256], [-256.5, 257, "1", False]),
        ("$double", [0, 1.5, "NaN", "Infinity", "-Infinity"], ["nan", "+Infinity", None, True]),
        ("$state", ["RUNNING", "ON", "UNKNOWN"], ["running", "", 10, None]),
        ("$seconds", [NOW], [NOW * 1000, NOW + 0.5, NOW - HOURS, NOW + HOURS, str(NOW), None]),
        ("$milliseconds", [NOW * 1000], [NOW, NOW * 1000.5, (NOW - HOURS) * 1000, None]),
        ("$now", [NOW, NOW + 0.5], [NOW * 1000, NOW - HOURS, str(NOW), True]),
        (
            "$date",
            [formatdate(NOW, usegmt=True)],
            [formatdate(NOW), formatdate(NOW - HOURS, usegmt=True), str(NOW), "", NOW],
        ),
        ("$methods(GET, PUT)", ["PUT, GET", "get,put"], ["GET", "GET, PUT, POST", "", 1]),
        ("$words(Origin)", ["origin", "Accept, Origin"], ["", "Original", None]),
        ("$href(/rc3)", [f"{BASE}/rc3"], [f"{BASE}/rc3/", "/rc3", "http://host/tango/rest/rc3"]),
        ("at $base of $path: $device", [f"at {BASE} of /tango/rest: {DEVICE}"], ["at"]),
        ("$device", [DEVICE], ["SYS/TG_TEST/1", "$device"]),
        ("$DEVICE", ["SYS/TG_TEST/1"], [DEVICE]),
    ],
)
def test_wildcards_match_what_they_name(
    expected: str, fitting: list[Any], others: list[Any]
) -> None:
    assert [value for value in fitting if check(expected, value)] == []
    assert [value for value in others if not check(expected, value)] == []
    in_list = {"$list": expected}
    assert check(in_list, fitting) == ()
    assert [value for value in others if not check(in_list, [*fitting, value])] == []


@pytest.mark.parametrize(
    ("expected", "others"),
    [
        (1, [1.0, True, "1", None, 2]),
        (1.5, [1, "1.5"]),
        (True, [1, "true", False]),
        ("a", ["A", ["a"], ""]),
        ({"a": 1}, [{}, {"a": 2}, {"a": 1, "b": 2}, [1], None]),
        ([1, 2], [[], [1], [2, 1], [1, 2, 3], {"0": 1}]),
    ],
)
def test_values_match_themselves_only(expected: Any, others: list[Any]) -> None:
    assert check(expected, expected) == ()
    assert [value for value in others if not check(expected, value)] == []


@pytest.mark.parametrize("other", ["", 0, False, [], {}])
def test_null_matches_a_missing_key(other: Any) -> None:
    assert check({"a": None}, {"a": None}) == ()
    assert check({"a": None}, {"a": other}) != ()


@pytest.mark.parametrize(
    ("expected", "fitting", "others"),
    [
        ({"$list": "$integer"}, [[], [1], [1, 2]], [[1, "2"], 1, {}, None]),
        ({"$list": "$integer", "size": 2}, [[1, 2]], [[1], [1, 2, 3], "12"]),
        ({"$list": {"a": "$text"}, "size": [1, 2]}, [[{"a": "b"}]], [[], [{"a": 1}], [{}]]),
        ({"$list": {"$list": 0}}, [[[0], [0, 0]], [[]]], [[0], [[0], [1]]]),
        ({"$list": "$integer", "first": [1, 2]}, [[1, 2, 3], [1]], [[2, 1], [1, 3]]),
        (
            {"$list": "$integer", "has": [2, 1]},
            [[1, 2], [2, 3, 1]],
            [[], [1], [1, 3], [1, 2, "3"]],
        ),
        (
            {"$list": {"t": "$text"}, "ascending": "t"},
            [[{"t": "B"}, {"t": "a"}], [{"t": "a"}, {"t": "B"}], [{"t": "Z"}, {"t": "_"}]],
            [[{"t": "b"}, {"t": "a"}], [{"t": "b"}, {"t": "A"}, {"t": "c"}]],
        ),
        (
            {"$list": {"t": "$integer"}, "ascending": "t"},
            [[], [{"t": 1}], [{"t": 1}, {"t": 1}, {"t": 2}]],
            [[{"t": 2}, {"t": 1}], [{"t": "a"}, {"t": 1}]],
        ),
        ({"$list": {}, "ascending": "t"}, [[{}, {}]], []),
        ({"$open": {"a": 1}}, [{"a": 1}, {"a": 1, "b": 2}], [{}, {"b": 2}, {"a": 2}, [], None]),
        ({"$any": [None, "$text"]}, [None, "a"], [1, []]),
        ({"a": 1, "$less": ["a", "b"], "b": "$number"}, [{"a": 1, "b": 2}], [{"a": 1, "b": 1}]),
        ({"$text([a-z]+:[0-9]+)": 1}, [{"a:1": 1}], [{"a": 1}, {"a:1": 2}, {}, {"a:1": 1, "b": 2}]),
    ],
)
def test_structures_match_what_they_describe(
    expected: Any, fitting: list[Any], others: list[Any]
) -> None:
    assert [value for value in fitting if check(expected, value)] == []
    assert [value for value in others if not check(expected, value)] == []


def test_raw_compares_the_bytes_of_a_body() -> None:
    """The bytes of a body, whatever its media type."""
    expected = case({"$raw": '{"hosts":"$href(/rc3)"}'})
    for body, right in ((f'{{"hosts":"{BASE}/rc3"}}', True), (f'{{"hosts": "{BASE}/rc3"}}', False)):
        found = judge.check(expected, Response(200, {}, body.encode()), PLACE)
        assert (found == ()) is right


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_anything_accepts_every_body(body: bytes) -> None:
    assert judge.check(case("$anything"), Response(200, {}, body), PLACE) == ()


def test_a_slash_at_the_end_of_the_address() -> None:
    found = judge.check(
        case("$href(/rc3)"),
        Response(200, JSON, f'"{BASE}/rc3"'.encode()),
        PLACE._replace(base=f"{BASE}/"),
    )
    assert found == ()


def test_places_are_filled_into_a_path() -> None:
    request = Request("GET", "$facility/devices/$device?wildcard=$DEVICE")
    assert placing.addressed(request, PLACE).path == (
        "lab/10001/devices/sys/tg_test/1?wildcard=SYS/TG_TEST/1"
    )


@pytest.mark.parametrize(
    ("path", "app_base", "target"),
    [
        ("", "/tango/rest", "/tango/rest"),
        ("/rc3?x=1", "/tango/rest", "/tango/rest/rc3?x=1"),
        ("?x=1", "/tango/rest", "/tango/rest?x=1"),
        ("swagger/rc3.yml", "/tango/rest", "/swagger/rc3.yml"),
        ("", "", "/"),
        ("?x=1", "", "/?x=1"),
        ("/rc3", "", "/rc3"),
    ],
)
def test_target_has_the_path_below_app_base(path: str, app_base: str, target: str) -> None:
    assert Request("GET", path).target(app_base) == target


@pytest.mark.parametrize("text", ["$nope", "$", "$Text", "$text(", "$integer(a, b)", "$state ON"])
def test_unknown_wildcards_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a wildcard|is not a range"):
        wildcard(text)


def test_text_without_a_wildcard_is_none() -> None:
    assert [wildcard(text) for text in ("", "a", "a $text")] == [None] * 3


@pytest.mark.parametrize("ahead", [-1_000_000_000, 3_000_000_000])
def test_today_is_that_of_the_server(ahead: int) -> None:
    there = NOW + ahead
    expected = ["$seconds", "$milliseconds", "$now"]

    def compared(seconds: int) -> tuple[str, ...]:
        came = [seconds, seconds * 1000, seconds + 0.5]
        headers = JSON | {"last-modified": formatdate(seconds, usegmt=True)}
        asked = case(expected, headers={"last-modified": "$date"})
        answer = Response(200, headers, orjson.dumps(came))
        return judge.check(asked, answer, PLACE._replace(ahead=ahead))

    assert compared(there) == ()
    today = "a time of the server's today, in"
    assert compared(NOW) == (
        "header last-modified: expected a date of the server's today, as HTTP writes it,"
        f' got "{formatdate(NOW, usegmt=True)}"',
        f"$[0]: expected {today} whole seconds since the epoch, got {NOW}",
        f"$[1]: expected {today} whole milliseconds since the epoch, got {NOW * 1000}",
        f"$[2]: expected {today} seconds since the epoch, got {NOW + 0.5}",
    )


def test_ahead_is_a_whole_number() -> None:
    with pytest.raises(ValueError, match=r"^\(soon\) is not a whole number of seconds$"):
        wildcard("$seconds(soon)")
