"""Cross-origin requests: which pages a browser lets read an answer (Fetch, "CORS protocol")."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from types import MappingProxyType

from mtango_ref.settings.model import ANY_ORIGIN, Settings

_POWERS = {"writes", "auth"}
"""Extensions by which an answer depends on who asks, or changes the facility."""
_NONE: Mapping[str, str] = MappingProxyType({})
# Fetch: with credentials a * in these would be no wildcard, so each is named.
_PREFLIGHT = {
    "access-control-allow-methods": "GET, PUT, POST, DELETE, OPTIONS",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "86400",
}
_CONDITIONS = "if-none-match, if-modified-since"
"""Headers that a page may send where answers have tags."""
_EXPOSED = ("etag", "content-range", "accept-range", "link", "location", "retry-after")
"""Headers that a page may read where an answer has them: by default it may read few others than
Cache-Control, Content-Type, Expires and Last-Modified."""


class Cors:
    """The origins whose pages may read answers, with credentials."""

    def __init__(self, origins: Collection[str] | None, *, has_tags: bool = False) -> None:
        """Let these pages read; None lets any. has_tags: answers may have entity tags."""
        self.origins = origins
        allowed = _PREFLIGHT["access-control-allow-headers"]
        more = {"access-control-allow-headers": f"{allowed}, {_CONDITIONS}"} if has_tags else {}
        self._preflight = {**_PREFLIGHT, **more}

    def headers(self, origin: str | None, answer: Container[str] = ()) -> Mapping[str, str]:
        """Return the headers by which a browser lets a page of that origin read an answer.

        answer: the names of the headers that it has, in lower case.
        """
        if origin is None or not self.allows(origin):
            return _NONE
        # Fetch, "CORS protocol": with credentials the origin is named; `*` would not do.
        return {
            "access-control-allow-origin": origin,
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": ", ".join(
                ["x-mtango", *(name for name in _EXPOSED if name in answer)]
            ),
        }

    def preflight(self, origin: str | None) -> Mapping[str, str]:
        """Return what the answer to OPTIONS has beside: what such a page may send."""
        # The original answers 400 to OPTIONS without an Origin; no browser asks so.
        return self._preflight if origin is None or self.allows(origin) else _NONE

    def allows(self, origin: str) -> bool:
        """Return True for an origin whose pages may read."""
        return self.origins is None or origin.lower() in self.origins


ANY = Cors(None)
"""The rule of mtango-py: pages of any origin may read."""


def chosen(settings: Settings) -> Cors:
    """Return the origins of the setting; without it any, as long as that can do no harm."""
    return Cors(_origins(settings), has_tags=settings.value_ttl > 0)


def _origins(settings: Settings) -> Collection[str] | None:
    if settings.cors_origins is not None:
        return None if ANY_ORIGIN in settings.cors_origins else settings.cors_origins
    # A page that somebody opens would act with what their browser may do.
    is_powerful = settings.backend != "fake" and _POWERS & {*settings.extensions}
    return () if is_powerful else None


def sentence(settings: Settings) -> str | None:
    """Say at the start whose pages may read answers; None where it is as in mtango-py."""
    origins = chosen(settings).origins
    if origins is None:
        return None
    listed = ", ".join(origins) or "none"
    return f"Browsers let pages of these other origins use this server: {listed} (cors_origins)"
