"""The X-Forwarded-* headers, believed from the setting `trusted_proxy` only.

waitress has this too, but answers a malformed header in its own shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from waitress.proxy_headers import (
    PROXY_HEADERS,
    MalformedProxyHeader,
    clear_untrusted_headers,
    parse_proxy_headers,
)

from mtango_ref.server.connections import App
from mtango_ref.server.outgoing import Refuse

_TRUSTED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"}


def behind_proxy(app: App, proxy: str, refuse: Refuse) -> App:
    """Wrap the app so that it sees the client's address and URL as that proxy has them."""

    def forwarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        untrusted = PROXY_HEADERS
        if environ["REMOTE_ADDR"] == proxy:
            try:
                untrusted = parse_proxy_headers(environ, 1, _TRUSTED)
                _check_port(environ["SERVER_PORT"])
            except (MalformedProxyHeader, LookupError, ValueError):
                sentence = "The proxy's X-Forwarded-* headers are malformed."
                headers, body = refuse(400, sentence, environ.get("HTTP_ORIGIN"))
                start_response("400 Bad Request", headers)
                return [body]
        clear_untrusted_headers(environ, untrusted)
        return app(environ, start_response)

    return forwarded


def _check_port(port: str) -> None:
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise ValueError(port)
