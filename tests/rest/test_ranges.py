"""rc3's `range`: collections page by page, on both backends."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Rest, shared
from mtango_ref.interface import Backend
from mtango_ref.settings.model import Settings
from rest_answers import BASE, D, P, http_failure

ATTRIBUTES = f"{D}/attributes"
COLLECTIONS = {
    f"{P}/devices": "",
    ATTRIBUTES: "",
    f"{ATTRIBUTES}/value": "attr=State&attr=double_scalar_w&attr=long_scalar_w",
    f"{ATTRIBUTES}/info": "attr=State&attr=double_scalar&attr=Status",
    f"{ATTRIBUTES}/double_scalar/history": "",
    f"{D}/commands": "",
    f"{D}/properties": "",
}


@pytest.fixture(params=["strict", "implementation"])
def paging(request: pytest.FixtureRequest, backend: Backend) -> Rest:
    return shared(Settings(rc3_mode=request.param, extensions=("ranges", "filters")), backend)


def page(rest: Rest, path: str, query: str) -> tuple[dict[str, str], Any]:
    """Return the headers and the body of a part."""
    result = rest.get(path, query_string=query)
    assert result.status_code == 206
    return result.headers, result.json


def test_part_says_where_the_others_are(paging: Rest) -> None:
    whole = paging.body(ATTRIBUTES)
    total = len(whole)
    headers, body = page(paging, ATTRIBUTES, "x=1&range=5-10&y=%26")
    *elements, element = body
    assert elements == whole[5:10]
    is_strict = paging.settings.rc3_mode == "strict"
    others = "x=1&y=%26&" if is_strict else ""
    last = (total - is_strict) // 5 * 5
    end = total if is_strict else last + 5
    links = {"_prev": "0-5", "_next": "10-15", "_first": "0-5", "_last": f"{last}-{end}"}
    hrefs = {rel: f"{BASE}{ATTRIBUTES}?{others}range={text}" for rel, text in links.items()}
    assert element == {
        "name": "partial_content",
        "total": total,
        "offset": 5,
        "limit": 10,
        "_links": hrefs,
    }
    sent = {name: headers.get(name) for name in ("content-range", "accept-range", "link")}
    if not is_strict:
        assert sent == dict.fromkeys(sent)
        return
    assert sent == {
        "content-range": f"attributes 5-9/{total}",
        "accept-range": f"attributes {total}",
        "link": ", ".join(f'<{href}>; rel="{rel[1:]}"' for rel, href in hrefs.items()),
    }


def test_pages_of_other_origins_may_read_where_the_others_are(paging: Rest) -> None:
    headers = {"Origin": "https://a.org"}
    exposed = {
        query: paging.get(ATTRIBUTES, query_string=query, headers=headers).headers[
            "access-control-expose-headers"
        ]
        for query in ("", "range=0-2", "range=a")
    }
    is_strict = paging.settings.rc3_mode == "strict"
    of_part = "x-mtango, content-range, accept-range, link" if is_strict else "x-mtango"
    assert exposed == {"": "x-mtango", "range=0-2": of_part, "range=a": "x-mtango"}


@pytest.mark.parametrize("path", COLLECTIONS)
def test_next_leads_to_each_element_once(paging: Rest, path: str) -> None:
    query = COLLECTIONS[path]
    for _ in range(5):
        whole = paging.body(path, query)
        seen, totals = walked(paging, path, query, max(len(whole) // 3, 1))
        if totals <= {len(whole)}:
            break
        # A history has grown meanwhile.
    assert totals <= {len(whole)}
    assert [set(each) for each in seen] == [set(each) for each in whole]
    assert len(seen) == len(whole) > 0
    if "name" in whole[0]:
        assert [each["name"] for each in seen] == [each["name"] for each in whole]


def walked(paging: Rest, path: str, query: str, length: int) -> tuple[list[Any], set[int]]:
    """Follow each `_next` from the first so many elements: all elements, and the totals named."""
    kept = f"{query}&" if query else ""
    seen: list[Any] = []
    totals: set[int] = set()
    href = f"{BASE}{path}?{kept}range=0-{length}"
    while href:
        asked, _, given = href.removeprefix(BASE).partition("?")
        result = paging.get(asked, query_string=given)
        if result.status_code == 200:  # all of it
            return result.json, totals
        *elements, element = result.json
        seen += elements
        totals.add(element["total"])
        href = element["_links"].get("_next")
        if href and paging.settings.rc3_mode == "implementation":
            href = href.replace("?", f"?{kept}")  # the original drops all other arguments
    return seen, totals


def test_all_that_fits_is_as_without(paging: Rest) -> None:
    whole = paging.body(f"{D}/commands")
    total = len(whole)
    for end in (total, total + 1, 999_999_999):
        result = paging.get(f"{D}/commands", query_string=f"range=0-{end}")
        if paging.settings.rc3_mode == "strict":
            assert (result.status_code, result.json) == (200, whole)
            assert "content-range" not in result.headers
        else:
            assert (result.status_code, result.json[:-1]) == (206, whole)
            assert result.json[-1]["limit"] == total


def test_first_and_last_page_have_no_neighbour(paging: Rest) -> None:
    total = len(paging.body(f"{D}/commands"))
    _, body = page(paging, f"{D}/commands", "range=0-3")
    links = body[-1]["_links"]
    is_strict = paging.settings.rc3_mode == "strict"
    assert ("_prev" in links, links.get("_prev")) == (is_strict, None)
    _, body = page(paging, f"{D}/commands", f"range=3-{total + 7}")
    links = body[-1]["_links"]
    assert ("_next" in links, links.get("_next")) == (is_strict, None)
    assert body[-1]["limit"] == total


def test_part_of_a_part_of_a_list(paging: Rest) -> None:
    """The range comes with a wildcard and a filter."""
    query = "wildcard=*/*/*&filter=name&range=1-3"
    whole = paging.body(f"{P}/devices", "wildcard=*/*/*")
    _, body = page(paging, f"{P}/devices", query)
    assert body[:-1] == [{"name": each["name"]} for each in whole[1:3]]
    assert body[-1]["name"] == "partial_content"
    if paging.settings.rc3_mode == "strict":
        href = body[-1]["_links"]["_first"]
        assert href == f"{BASE}{P}/devices?wildcard=*/*/*&filter=name&range=0-2"


@pytest.mark.parametrize(
    "text",
    ["10-5", "5-", "a-b", "0-0", "-5", "", "5", "1-2-3", "٣-٤", "1-9999999999", " 1-2", "+1-2"],
)
def test_what_is_no_range_is_400(paging: Rest, text: str) -> None:
    result = paging.get(f"{P}/devices/no/such/device/attributes", params={"range": text})
    sentence = (
        f"range={text!r} in the query: one start-end is expected, such as 0-25;"
        " from 0, and without the end."
    )
    assert (result.status_code, result.json) == (
        400,
        http_failure(400, "BAD_REQUEST", sentence, paging.ticks),
    )


def test_two_ranges_are_400(paging: Rest) -> None:
    result = paging.get(ATTRIBUTES, query_string="range=0-1&range=1-2")
    assert result.status_code == 400


def test_range_beyond_the_end_is_416(paging: Rest) -> None:
    total = len(paging.body(ATTRIBUTES))
    # In the mode `implementation` there is an empty part at the end.
    start = total + (paging.settings.rc3_mode == "implementation")
    result = paging.get(ATTRIBUTES, query_string=f"range={start}-{start + 1}")
    sentence = (
        f"range={start}-{start + 1} in the query begins beyond the end:"
        f" the collection has {total} elements."
    )
    assert (result.status_code, result.headers["content-range"], result.json) == (
        416,
        f"attributes */{total}",
        http_failure(416, "REQUESTED_RANGE_NOT_SATISFIABLE", sentence, paging.ticks),
    )
    empty = paging.get(f"{P}/devices", query_string="wildcard=no/such/*&range=0-5")
    assert empty.json[: len(empty.json) - (empty.status_code == 206)] == []


@pytest.mark.parametrize("parts", [1, 2])
def test_link_to_the_last_part_leads_to_a_part(paging: Rest, parts: int) -> None:
    """The original has an empty last part where all parts are full."""
    total = len(paging.body(ATTRIBUTES))
    assert total % 2 == 0
    first = paging.get(ATTRIBUTES, query_string=f"range=0-{total // parts}")
    if first.status_code == 200:
        assert (paging.settings.rc3_mode, parts) == ("strict", 1)
        return
    path, _, query = first.json[-1]["_links"]["_last"].partition("?")
    last = paging.get(path[path.index(P) :], query_string=query)
    elements = total // 2 if paging.settings.rc3_mode == "strict" else 0
    assert (last.status_code, len(last.json)) == (206, elements + 1)
    assert last.json[-1]["limit"] == total


def test_failure_is_no_collection(paging: Rest) -> None:
    whole = paging.body(f"{ATTRIBUTES}/long_scalar/history")
    part = paging.body(f"{ATTRIBUTES}/long_scalar/history", "range=0-2")
    assert part["errors"] == whole["errors"]
    assert part["errors"][0]["reason"] == "API_AttrNotPolled"


def test_range_is_ignored_where_it_is_off(rest: Rest) -> None:
    assert rest.body(ATTRIBUTES, "range=0-1") == rest.body(ATTRIBUTES)
