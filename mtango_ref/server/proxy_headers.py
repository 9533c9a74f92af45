"""The X-Forwarded-* headers, believed from the setting `trusted_proxy` only.

waitress has most of this too, but answers a malformed header in its own shape, and does not know
X-Forwarded-Prefix: the path under which the proxy shows the root of this server.
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
from mtango_ref.server.refused import Refuse
from mtango_ref.settings.texts import is_path

_PREFIX = "HTTP_X_FORWARDED_PREFIX"
_LONGEST_PREFIX = 256
_TRUSTED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"}


def behind_proxy(app: App, proxy: str, refuse: Refuse) -> App:
    """Wrap the app so that it sees the client's address and URL as that proxy has them."""

    def forwarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        untrusted = PROXY_HEADERS
        prefix = environ.pop(_PREFIX, "")
        if environ["REMOTE_ADDR"] == proxy:
            try:
                untrusted = parse_proxy_headers(environ, 1, _TRUSTED)
                _check_port(environ["SERVER_PORT"])
                # PEP 3333: the part of the URL's path that leads to the application.
                environ["SCRIPT_NAME"] = _checked_prefix(prefix)
            except (MalformedProxyHeader, LookupError, ValueError):
                sentence = "The proxy's X-Forwarded-* headers are malformed."
                headers, body = refuse(400, sentence, environ.get("HTTP_ORIGIN"))
                start_response("400 Bad Request", headers)
                return [body]
        clear_untrusted_headers(environ, untrusted)
        return app(environ, start_response)

    return forwarded


def _checked_prefix(header: str) -> str:
    """Return the prefix without a slash at its end. ValueError if it is malformed."""
    # What is before a comma has come to the proxy: a client may have forged it.
    prefix = header.rpartition(",")[2].strip().removesuffix("/")
    if len(prefix) > _LONGEST_PREFIX or not is_path(prefix):
        raise ValueError(prefix)
    return prefix


def _check_port(port: str) -> None:
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise ValueError(port)
