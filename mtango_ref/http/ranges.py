"""rc3's `range`: a collection page by page."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote_plus

import falcon

from mtango_ref.http.answers import Answer
from mtango_ref.http.links import Base

PARTIAL = 206
"""The status of a part (RFC 9110, 15.3.7)."""

_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})", re.ASCII)


class Range(NamedTuple):
    """The elements from `start` on, up to `end`, which is none of them."""

    start: int
    end: int

    def __str__(self) -> str:
        """Write it as the query has it."""
        return f"{self.start}-{self.end}"


def wanted(req: falcon.Request) -> Range | None:
    """Read `range` of the query; None if it has none. 400 for anything that is no range."""
    texts = req.get_param_as_list("range")
    if texts is None:
        return None
    match = _RANGE.fullmatch(texts[0]) if len(texts) == 1 else None
    found = Range(*map(int, match.groups())) if match else Range(0, 0)
    # rc3 contradicts itself; the test suites of rc2 and rc4 read "5-10" as five elements.
    if found.start >= found.end:
        shown = ", ".join(texts)[:100]
        raise falcon.HTTPBadRequest(
            description=f"range={shown!r} in the query: one start-end is expected, such as 0-25;"
            " from 0, and without the end."
        )
    return found


class Pages:
    """The parts of collections, with links from each to the others."""

    def __init__(self, base: Base, *, is_strict: bool) -> None:
        self._base = base
        self._is_strict = is_strict

    def page(self, req: falcon.Request, found: Range, answer: Answer, of: str) -> Answer:
        """Return the part of an answer that is wanted, or the answer if all of it is.

        of: what the collection is called. 416 for a part beyond its end.
        """
        whole = answer.representation
        if not isinstance(whole, list):
            return answer
        total = len(whole)
        # rc3: "200" and as without, if the whole collection fits. The original: always 206.
        if self._is_strict and found.start == 0 and found.end >= total:
            return answer
        # The original's last page is empty where all pages are full, and has to be there.
        if found.start > total or (self._is_strict and found.start == total > 0):
            raise falcon.HTTPError(
                falcon.HTTP_416,
                # RFC 9110, 14.4: an unsatisfied range is a *, with the complete length.
                headers={"Content-Range": f"{of} */{total}"},
                description=f"range={found} in the query begins beyond the end: the collection has"
                f" {total} elements.",
            )
        links = self._links(req, found, total)
        # rc3: "This information is also available in a dedicated item in the collection".
        element = {
            "name": "partial_content",
            "total": total,
            "offset": found.start,
            # rc3: "index of the last element"; its example has 25 for 0-25, "the first 25 devices".
            "limit": min(found.end, total),
            "_links": links,
        }
        headers = _headers(found, total, links, of) if self._is_strict else {}
        return Answer([*whole[found.start : found.end], element], headers, PARTIAL)

    def _links(self, req: falcon.Request, found: Range, total: int) -> dict[str, str | None]:
        ranges = self._neighbours(found, total)
        if not self._is_strict:
            # The original omits what there is not.
            ranges = {rel: each for rel, each in ranges.items() if each}
        # The original drops all other arguments.
        others = _others(req.query_string) if self._is_strict else []
        href = self._base.root(req) + quote(req.path)
        return {
            f"_{rel}": each and f"{href}?{'&'.join([*others, f'range={each}'])}"
            for rel, each in ranges.items()
        }

    def _neighbours(self, found: Range, total: int) -> dict[str, Range | None]:
        """Return the ranges before and after, the first and the last one, of the same length."""
        start, end = found
        length = end - start
        # See `page`.
        last = length * ((total - 1 if self._is_strict else total) // length)
        return {
            # rc3: _prev is null "because the first range were returned".
            "prev": Range(max(start - length, 0), start) if start else None,
            "next": Range(end, min(end + length, total)) if end < total else None,
            "first": Range(0, length),
            "last": Range(last, min(last + length, total) if self._is_strict else last + length),
        }


def _others(query: str) -> list[str]:
    """List the other arguments of a query as they came."""
    pairs = filter(None, query.split("&"))
    return [pair for pair in pairs if unquote_plus(pair.partition("=")[0]) != "range"]


def _headers(found: Range, total: int, links: dict[str, str | None], of: str) -> dict[str, str]:
    # RFC 8288: the relation of each link. RFC 9110, 14.4: a unit, and the last one included.
    return {
        "Content-Range": f"{of} {found.start}-{min(found.end, total) - 1}/{total}",
        # rc3: "Accept-Range: resource and max". HTTP has Accept-Ranges, which is another thing.
        "Accept-Range": f"{of} {total}",
        "Link": ", ".join(f'<{href}>; rel="{rel[1:]}"' for rel, href in links.items() if href),
    }
