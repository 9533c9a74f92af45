"""Breaks of what is the same for all resources: statuses, headers, paths, refusals."""

from __future__ import annotations

import re
from typing import Any

import falcon

from mtango_ref.http import app, links, parsing
from mtango_ref.http.middleware import Middleware
from mutants.breaks import (
    Break,
    Environ,
    Mutant,
    after,
    asking,
    instead,
    refusing,
)


def _forwarded_host(environ: Environ) -> Environ:
    return environ | {"HTTP_HOST": environ.get("HTTP_X_FORWARDED_HOST", environ["HTTP_HOST"])}


def _slash_refused(made: Any) -> Any:
    made.req_options.strip_url_path_trailing_slash = False
    return made


def _argument_refused(req: falcon.Request) -> falcon.HTTPError | None:
    unknown = set(req.params) - {"attr", "wildcard", "timeout"}
    return falcon.HTTPBadRequest() if unknown else None


def _host_refused(fields: dict[str, Any]) -> falcon.HTTPError | None:
    other = fields.get("host", "localhost") != "localhost"
    return falcon.HTTPNotFound() if other else None


_right_port = parsing._port


def _of_request(wrong: Any) -> Break:
    return refusing(Middleware, "process_request", lambda self, req, resp: wrong(req))


def _any_name(fields: dict[str, Any]) -> None:
    fields["port"] = parsing._port(fields["port"])


def _any_port(text: str) -> int:
    if not text.isdigit():
        raise falcon.HTTPNotFound
    return int(text)


def _port_from_0(text: str) -> int:
    return 0 if text == "0" else _right_port(text)


_REQUESTS: dict[str, Break] = {
    "unknown arguments are refused": _of_request(_argument_refused),
    "X-Forwarded-Host is believed": asking(_forwarded_host),
    "any Host header is believed": instead(links, "_NETLOC", re.compile(".*")),
    "another host than the facility's is refused": refusing(parsing, "check_fields", _host_refused),
    "port 0 is accepted": instead(parsing, "_port", _port_from_0),
    "port 65536 is accepted": instead(parsing, "_port", _any_port),
    "a port that is no number is 500": instead(parsing, "_port", int),
    "a port is 400": refusing(
        parsing,
        "_port",
        lambda text: None if text.isdigit() and 0 < int(text) < 65536 else falcon.HTTPBadRequest(),
    ),
    "any text is a name": instead(parsing, "check_fields", _any_name),
    "an empty attr is accepted": instead(parsing, "_query_text", lambda key, text, expected: text),
}

MUTANTS = [
    Mutant("a slash at the end is refused", "tree", after(app, "create_app", _slash_refused)),
    *(Mutant(name, "http", break_) for name, break_ in _REQUESTS.items()),
]
