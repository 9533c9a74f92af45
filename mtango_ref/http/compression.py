"""Compression of what is large, for clients that accept it (RFC 9110, 12.5.3)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

import falcon

from mtango_ref.http.answers import Parts
from mtango_ref.http.conditional import mark_compressed

_LEVEL = 1
"""zlib's quickest: an image of 251 x 251 takes some milliseconds."""
_GZIP = 31
"""zlib's window bits for its largest window with the header of gzip."""
_CODING = re.compile(
    r"(gzip|x-gzip|identity|\*)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)


def choose(req: falcon.Request, resp: falcon.Response, above: int) -> bool:
    """Choose gzip for a body of more than `above` bytes if the client accepts that. 0: none.

    True if it is chosen.
    """
    if (data := resp.data) is not None:
        length = len(data)
    elif isinstance(resp.stream, Parts):
        length = resp.stream.length
    else:
        return False
    if not above or length <= above:
        return False
    # RFC 9110, 12.5.5: Vary names what "might have influenced" the answer, plain ones too.
    resp.append_header("Vary", "Accept-Encoding")
    if not accepts_gzip(req.env.get("HTTP_ACCEPT_ENCODING", "")):
        return False
    resp.set_header("Content-Encoding", "gzip")
    mark_compressed(resp)
    return True


def compress(resp: falcon.Response) -> None:
    """Compress a body for which that is chosen, if there is one still."""
    if resp.get_header("Content-Encoding") != "gzip":
        return
    if isinstance(resp.stream, Parts):
        # It stays in parts: to put it together would hold up the other threads.
        body = Parts([*filter(None, _compressed(resp.stream))])
        resp.stream, resp.content_length = body, body.length
    else:
        resp.data = b"".join(_compressed([resp.data or b""]))


def accepts_gzip(header: str) -> bool:
    """Return True if gzip is accepted, and liked no less than plain text. Nonsense is ignored."""
    matches = (_CODING.fullmatch(part.strip()) for part in header.lower().split(","))
    # RFC 9110, 12.4.2: without q "the default weight is 1", and 0 means "not acceptable".
    weights = {match[1]: float(match[2] or 1) for match in matches if match}
    # RFC 9110, 8.4.1.3: x-gzip is gzip; 12.5.3: * is each coding that is not listed.
    weight = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return weight > 0 and weight >= weights.get("identity", 0.0)


def _compressed(body: Iterable[bytes]) -> Iterator[bytes]:
    # zlib lets other threads run meanwhile, and one of them lead.
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    for part in body:
        yield compressor.compress(part)
    yield compressor.flush()
