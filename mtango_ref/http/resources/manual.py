"""The pages of the manual."""

from __future__ import annotations

from functools import cache
from html import escape

import falcon

from mtango_ref.http.answers import Answer, At
from mtango_ref.http.links import Base
from mtango_ref.manual import html

_POLICY = (
    "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


class ManualPage:
    """One page of the manual, or the one that lists all others."""

    def __init__(self, name: str, base: Base) -> None:
        self._name = name
        self._base = base

    def get(self, req: falcon.Request, _: At) -> Answer:
        """Return the page, whose links lead to where clients see this server."""
        address = escape(f"{self._base.root(req)}/manual")
        page = _rendered(self._name).replace(html.ROOT, address).encode()
        # CSP: a page without scripts, whose one style is known by its hash.
        policy = _POLICY.format(digest=html.style_digest())
        headers = {"Content-Type": falcon.MEDIA_HTML, "Content-Security-Policy": policy}
        return Answer(page, headers)


@cache
def _rendered(name: str) -> str:
    return html.render(name)
