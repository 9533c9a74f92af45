"""Headers of values that are kept, and 304 to who has one already; on both backends."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

import falcon.testing
import pytest

from conftest import Rest
from mtango_ref import __version__
from mtango_ref.http.answers import CLAIM
from mtango_ref.http.conditional import entity_tag
from rest_answers import D

SMALL = f"{D}/attributes/string_scalar/value"
LARGE = f"{D}/attributes/double_spectrum_ro/value"
FAILED = f"{D}/attributes/throw_exception/value"
GZIP = {"Accept-Encoding": "gzip"}
DAY = 86_400.0
BARE = {"x-mtango": f"mtango-py {__version__}", "vary": "Origin"}

Serve = Callable[..., Rest]


@pytest.fixture
def rest(serve: Serve) -> Rest:
    return serve(value_ttl=60.0, compress_above=1000)


def conditional(rest: Rest, path: str = SMALL, **headers: str) -> falcon.testing.Result:
    return rest.get(path, headers={name.replace("_", "-"): text for name, text in headers.items()})


def seconds(date: str) -> float:
    return parsedate_to_datetime(date).timestamp()


def test_headers_say_how_long_a_value_is_fresh(rest: Rest) -> None:
    result = rest.get(SMALL)
    headers = {name.lower(): text for name, text in result.headers.items()}
    age = int(headers.pop("cache-control").removeprefix("max-age="))
    assert 50 <= age <= 60
    assert abs(seconds(headers.pop("expires")) - seconds(formatdate()) - age) <= 2
    assert headers.pop("etag") == entity_tag([result.content])
    assert headers.pop("last-modified").endswith(" GMT")
    assert headers == {
        **BARE,
        "content-type": "application/json",
        "content-length": str(len(result.content)),
    }


def test_headers_of_several_values(rest: Rest) -> None:
    """They are as fresh as the first of them to be too old; they have no date."""
    several = f"{D}/attributes/value?attr=string_scalar&attr=double_spectrum_ro"
    result = rest.get(several)
    texts = [rest.get(path).content for path in (SMALL, LARGE)]
    assert result.content == b"[%s,%s]" % (*texts,)
    headers = {name.lower(): text for name, text in result.headers.items()}
    age = int(headers.pop("cache-control").removeprefix("max-age="))
    assert 50 <= age <= 60
    assert abs(seconds(headers.pop("expires")) - seconds(formatdate()) - age) <= 2
    tag = headers.pop("etag")
    assert headers == {
        **BARE,
        "vary": "Origin, Accept-Encoding",
        "content-type": "application/json",
        "content-length": str(len(result.content)),
    }
    again = conditional(rest, several, If_None_Match=tag)
    assert (again.status_code, again.content) == (304, b"")
    failed = rest.get(f"{several}&attr=throw_exception")
    assert failed.headers["cache-control"] == "max-age=0"
    assert failed.json[:2] == result.json
    assert failed.json[2]["quality"] == "FAILURE"


def test_value_that_is_kept_for_less_than_a_second_is_asked_for_each_time(serve: Serve) -> None:
    result = serve(value_ttl=0.9).get(SMALL)
    assert result.headers["cache-control"] == "no-cache"
    assert result.headers["etag"] == entity_tag([result.content])
    assert seconds(result.headers["expires"]) <= seconds(formatdate()) + 1


def test_value_that_clients_may_write_is_asked_for_each_time(serve: Serve) -> None:
    """A browser would go on to show what it has after its own write at `?v=`."""
    rest = serve(value_ttl=60.0, extensions=("writes",))
    first = rest.get(SMALL)
    assert first.headers["cache-control"] == "no-cache"
    again = rest.get(SMALL, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


@pytest.mark.parametrize("path", [SMALL, FAILED, D, f"{D}/attributes/value"])
def test_what_is_not_kept_has_no_such_headers(serve: Serve, path: str) -> None:
    """Nothing without a ttl; with one, neither a failure nor what is no value."""
    rest = serve(value_ttl=0.0 if path == SMALL else 60.0)
    found = rest.get(path, headers={"If-None-Match": "*"})
    assert found.status_code == 200
    assert not {"etag", "cache-control", "expires"} & {*found.headers}


def test_without_a_ttl_no_date_is_compared(serve: Serve) -> None:
    """A server that keeps nothing reads for each GET."""
    result = serve().get(SMALL, headers={"If-Modified-Since": formatdate(2**31, usegmt=True)})
    assert (result.status_code, result.json["name"]) == (200, "string_scalar")


def not_modified(result: falcon.testing.Result, first: falcon.testing.Result, **more: str) -> bool:
    """Check the whole of a 304; RFC 9110, 15.4.5, says what headers it has."""
    headers = {name.lower(): text for name, text in result.headers.items()}
    assert result.status_code == 304
    assert result.content == b""
    control, expires = headers.pop("cache-control"), headers.pop("expires")
    assert control.startswith("max-age=")
    assert seconds(expires) >= seconds(formatdate()) - 1
    assert headers == {**BARE, "etag": first.headers["etag"], **more}
    return True


@pytest.mark.parametrize(
    "form", ["{}", "W/{}", '"x", {}', '{},"x"', '  "a,b" , {} ', "*", '"\xe9", {}']
)
def test_known_tag_is_304(rest: Rest, form: str) -> None:
    first = rest.get(SMALL)
    result = conditional(rest, If_None_Match=form.format(first.headers["etag"]))
    assert not_modified(result, first)


@pytest.mark.parametrize(
    "form", ['"x"', "{bare}", '"{bare}x"', "", "W/", '"', '"*"', "**", "'{bare}'"]
)
def test_other_tag_is_answered(rest: Rest, form: str) -> None:
    first = rest.get(SMALL)
    header = form.format(bare=first.headers["etag"].strip('"'))
    result = conditional(rest, If_None_Match=header)
    assert (result.status_code, result.content) == (200, first.content)


def test_known_date_is_304(rest: Rest) -> None:
    """The very date, a later one, and a date in the old forms."""
    first = rest.get(SMALL)
    own = seconds(first.headers["last-modified"])
    later = parsedate_to_datetime(formatdate(own + DAY, usegmt=True))
    for date in (
        first.headers["last-modified"],
        formatdate(own + DAY, usegmt=True),
        later.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
        later.strftime("%a %b %d %H:%M:%S %Y"),
    ):
        assert not_modified(conditional(rest, If_Modified_Since=date), first)


@pytest.mark.parametrize("date", ["never", "", "0", "Sun, 22 Nov 2026", "99999999999999999999"])
def test_what_is_no_date_is_answered(rest: Rest, date: str) -> None:
    assert conditional(rest, If_Modified_Since=date).status_code == 200


def test_earlier_date_is_answered(rest: Rest) -> None:
    own = seconds(rest.get(SMALL).headers["last-modified"])
    result = conditional(rest, If_Modified_Since=formatdate(own - 1, usegmt=True))
    assert result.status_code == 200


def test_date_beside_a_tag_does_not_count(rest: Rest) -> None:
    first = rest.get(SMALL)
    date = first.headers["last-modified"]
    result = conditional(rest, If_None_Match='"x"', If_Modified_Since=date)
    assert result.status_code == 200
    early = formatdate(0, usegmt=True)
    tag = first.headers["etag"]
    assert not_modified(conditional(rest, If_None_Match=tag, If_Modified_Since=early), first)


def test_compressed_answer_has_a_tag_of_its_own(rest: Rest) -> None:
    plain, compressed = rest.get(LARGE), rest.get(LARGE, headers=GZIP)
    assert gzip.decompress(compressed.content) == plain.content
    tags = plain.headers["etag"], compressed.headers["etag"]
    assert tags == (entity_tag([plain.content]), entity_tag([plain.content])[:-1] + '-gzip"')
    vary = {"vary": "Origin, Accept-Encoding"}
    for first, headers in ((plain, {}), (compressed, GZIP)):
        known = rest.get(LARGE, headers={**headers, "If-None-Match": ", ".join(tags)})
        assert not_modified(known, first, **vary)
        other = {tag for tag in tags if tag != first.headers["etag"]}
        answered = rest.get(LARGE, headers={**headers, "If-None-Match": ", ".join(other)})
        assert (answered.status_code, answered.content) == (200, first.content)


def test_large_value_in_parts_is_known_too(serve: Serve) -> None:
    """One that is not kept, and that is sent as it is written."""
    rest = serve(value_ttl=60.0, rc3_mode="implementation")
    path = f"{D}/attributes/double_image_ro/value"
    for headers in ({}, GZIP):
        first = rest.get(path, headers=headers)
        assert len(rest.get(path).content) > 128 * 1024
        tag = first.headers["etag"]
        known = rest.get(path, headers={**headers, "If-None-Match": tag})
        other = rest.get(path, headers={**headers, "If-None-Match": '"x"'})
        assert (other.status_code, len(other.content) > 0) == (200, True)
        assert (known.status_code == 304) is (other.headers["etag"] == tag)


def test_room_is_claimed_for_a_large_value(rest: Rest) -> None:
    """Before it is written, and once it is known."""
    claimed: list[int] = []
    path = f"{D}/attributes/double_image_ro/value"
    result = rest.get(path, extras={CLAIM: claimed.append})
    assert len(claimed) == 2
    assert claimed[1] == len(result.content) > 64 * 1024


def test_head_has_the_headers_of_get(rest: Rest) -> None:
    first = rest.get(SMALL)
    head = rest.request("HEAD", SMALL)
    changing = ("cache-control", "expires")
    assert {name: text for name, text in head.headers.items() if name not in changing} == {
        name: text for name, text in first.headers.items() if name not in changing
    }
    known = rest.request("HEAD", SMALL, headers={"If-None-Match": first.headers["etag"]})
    assert not_modified(known, first)


def test_pages_of_other_origins_may_read_a_304(rest: Rest) -> None:
    first = rest.get(SMALL)
    headers = {"Origin": "https://a.org", "If-None-Match": first.headers["etag"]}
    assert not_modified(
        rest.get(SMALL, headers=headers),
        first,
        **{
            "access-control-allow-origin": "https://a.org",
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "x-mtango, etag",
        },
    )


def test_pages_of_other_origins_may_read_tags_and_send_them(rest: Rest) -> None:
    page = {"Origin": "https://a.org"}
    for path, exposed in ((SMALL, "x-mtango, etag"), (FAILED, "x-mtango"), (D, "x-mtango")):
        assert rest.get(path, headers=page).headers["access-control-expose-headers"] == exposed
    allowed = rest.request("OPTIONS", SMALL, headers=page).headers["access-control-allow-headers"]
    assert allowed == "authorization, content-type, if-none-match, if-modified-since"


def test_values_that_differ_have_other_tags(rest: Rest) -> None:
    tags: list[Any] = [rest.get(path).headers["etag"] for path in (SMALL, LARGE, SMALL)]
    assert tags[0] == tags[2] != tags[1]
