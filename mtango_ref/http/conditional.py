"""The time for which an answer is fresh, and 304 for what a client has already (RFC 9110, 13; RFC
9111)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from hashlib import blake2b

import falcon

from mtango_ref.http.answers import Parts

_DIGEST = 12
"""Bytes by which two representations of one attribute differ."""
_TAG = re.compile(r'"([\x21\x23-\x7e\x80-\xff]*)"')
"""The opaque part of an entity tag. RFC 9110, 13.1.2: W/ before it does not matter to a GET."""


def entity_tag(body: Iterable[bytes]) -> str:
    """Return the strong entity tag of a body as it is before it is compressed, in parts."""
    digest = blake2b(digest_size=_DIGEST)
    for part in body:
        digest.update(part)
    return f'"{digest.hexdigest()}"'


def freshness(ttl: float, left: float, *, is_writable: bool) -> dict[str, str]:
    """Return the headers of what is kept for `ttl` s, of which these are left.

    is_writable: a client may change it meanwhile.
    """
    age = max(int(left), 0)
    # RFC 9111, 5.2.2.1: max-age is in whole seconds. What is kept for less is asked for each time.
    # 4.4: a browser forgets nothing for a write at another address, such as `?v=`, or a command.
    control = f"max-age={age}" if ttl >= 1 and not is_writable else "no-cache"
    return {"Cache-Control": control, "Expires": http_date(int(time.time()) + age)}


def mark_compressed(resp: falcon.Response) -> None:
    """Give a compressed answer a tag of its own, if it has one."""
    # RFC 9110, 8.8.3.3: a strong tag differs for each coding.
    tag = resp.get_header("ETag")
    if tag is not None:
        resp.set_header("ETag", f'{tag[:-1]}-gzip"')


def answer_condition(req: falcon.Request, resp: falcon.Response) -> None:
    """Make an answer that has a tag a 304, if the client has it already."""
    # Files have a tag too, and Falcon has looked at it.
    is_written = resp.data is not None or isinstance(resp.stream, Parts)
    if is_written and resp.get_header("ETag") and _is_known(req.env, resp):
        resp.status = 304
        resp.data = resp.stream = None
        # RFC 9110, 15.4.5: of what describes the content, only what updates a stored answer.
        for name in ("Last-Modified", "Content-Encoding", "Content-Length"):
            resp.delete_header(name)


def _is_known(env: dict[str, str], resp: falcon.Response) -> bool:
    tags = env.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        # RFC 9110, 13.1.3: If-Modified-Since is ignored beside If-None-Match.
        # 13.1.2: "*" stands for any representation that there is.
        return tags.strip() == "*" or str(resp.get_header("ETag"))[1:-1] in _TAG.findall(tags)
    since, modified = env.get("HTTP_IF_MODIFIED_SINCE"), resp.get_header("Last-Modified")
    if since is None or modified is None:
        return False
    try:
        known, own = (falcon.http_date_to_dt(date, obs_date=True) for date in (since, modified))
    except ValueError:
        return False  # RFC 9110, 13.1.3: what is no date is ignored
    return own <= known


@lru_cache(maxsize=256)
def http_date(seconds: int) -> str:
    """Format a time in s since the epoch; many requests share a second."""
    return formatdate(seconds, usegmt=True)
