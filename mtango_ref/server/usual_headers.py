"""The headers of a usual answer, which are written once for as long as they are the same.

What waitress would write, byte for byte, without its steps: it capitalizes, sorts and joins the
same names for each answer. A client that polls gets the same ones for as long as the value is of
the same second. Where there is something to decide, waitress decides it.
"""

from __future__ import annotations

from functools import lru_cache

from waitress.task import hop_by_hop
from waitress.utilities import build_http_date


def _capitalized(name: str) -> str:
    """Write a header's name as waitress does."""
    return "-".join(part.capitalize() for part in name.split("-"))


_HOP_BY_HOP = {*map(_capitalized, hop_by_hop)}


@lru_cache(256)
def usual_header(
    status: str, headers: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str] | None, int | None]:
    """Return a usual header as waitress writes it, before and after the date; None if there is
    something to decide. And the length of the body, if it is said.

    ValueError for a second line, and for what is the server's to say (PEP 3333).
    """
    # Another line would be another header. Of names and the status, the form knows.
    contents = [content for _, content in headers]
    joined = "".join(contents)
    if "\n" in joined or "\r" in joined:
        raise ValueError(f"more than one line: {joined!r}")
    fields, place = _form(status, tuple([name for name, _ in headers]))
    length = None if place is None else int(contents[place])
    if fields is None:
        return None, length
    before, after = (
        "".join([f"{name}: {contents[place]}\r\n" for name, place in part]) for part in fields
    )
    return (f"HTTP/1.1 {status}\r\n{before}Date: ", f"\r\n{after}\r\n"), length


_Fields = list[tuple[str, int]]
"""Names of headers, each with the place that it had."""


@lru_cache(256)
def _form(status: str, names: tuple[str, ...]) -> tuple[tuple[_Fields, _Fields] | None, int | None]:
    """Return the fields of a usual header in waitress' order, before and after the date; None if
    there is something to decide. And the place of the body's length, if it has one."""
    for text in (status, *names):
        if "\n" in text or "\r" in text:
            raise ValueError(f"more than one line: {text!r}")
    written = [*map(_capitalized, names)]
    if not _HOP_BY_HOP.isdisjoint(written):
        raise ValueError(f"hop-by-hop header: {names}")
    length = written.index("Content-Length") if "Content-Length" in written else None
    # RFC 9112, 6.3: a 304 ends with its headers. waitress would close the connection then.
    is_304 = status.startswith("304")
    # RFC 9110, 8.6: such an answer must have no Content-Length; waitress takes it out.
    has_no_body = status.startswith(("1", "204"))
    if has_no_body or (length is not None) is is_304 or {"Date", "Server"}.intersection(written):
        return None, length
    fields = sorted(zip(written, range(len(written)), strict=True), key=lambda field: field[0])
    before = [field for field in fields if field[0] < "Date"]
    return (before, fields[len(before) :]), length


@lru_cache(2)
def date(seconds: int) -> str:
    """Write a time, s since 1970, as a header has it."""
    return str(build_http_date(seconds))
