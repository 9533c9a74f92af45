"""Breaks of what is the same for all resources: statuses, headers, paths, refusals."""

from __future__ import annotations

import json
import re
from typing import Any

import falcon
import orjson

from mtango_ref import openapi
from mtango_ref.http import app, links, parsing
from mtango_ref.http.failures import Failures
from mtango_ref.http.middleware import Passage
from mtango_ref.http.rc3_json import Rc3
from mutants.breaks import (
    Answer,
    Break,
    Environ,
    Mutant,
    after,
    answering,
    around,
    as_html,
    asking,
    header_lost,
    http_error,
    instead,
    lost,
    put,
    refusing,
)


def _where(*statuses: int, change: Any) -> Break:
    """Answers with these statuses are changed."""
    return answering(lambda _, answer: change(answer) if answer.is_(*statuses) else answer)


def _to(method: str, change: Any) -> Break:
    """Answers to a method are changed."""
    return answering(
        lambda environ, answer: change(answer) if environ["REQUEST_METHOD"] == method else answer
    )


def _become(was: type[falcon.HTTPError], error: falcon.HTTPError) -> Break:
    """One HTTP error becomes another."""
    return http_error(lambda found: error if isinstance(found, was) else found)


def _forwarded_host(environ: Environ) -> Environ:
    return environ | {"HTTP_HOST": environ.get("HTTP_X_FORWARDED_HOST", environ["HTTP_HOST"])}


def _slash_refused(made: Any) -> Any:
    made.req_options.strip_url_path_trailing_slash = False
    return made


def _credentials_refused(req: falcon.Request) -> falcon.HTTPError | None:
    return falcon.HTTPUnauthorized() if req.auth else None


def _body_refused(req: falcon.Request) -> falcon.HTTPError | None:
    return falcon.HTTPUnsupportedMediaType() if req.content_length else None


def _argument_refused(req: falcon.Request) -> falcon.HTTPError | None:
    unknown = set(req.params) - {"attr", "wildcard", "timeout"}
    return falcon.HTTPBadRequest() if unknown else None


def _host_refused(fields: dict[str, Any]) -> falcon.HTTPError | None:
    other = fields.get("host", "localhost") != "localhost"
    return falcon.HTTPNotFound() if other else None


_right_port = parsing._port


def _of_request(wrong: Any) -> Break:
    return refusing(Passage, "process_request", lambda self, req, resp: wrong(req))


def _any_name(fields: dict[str, Any]) -> None:
    fields["port"] = parsing._port(fields["port"])


def _any_port(text: str) -> int:
    if not text.isdigit():
        raise falcon.HTTPNotFound
    return int(text)


def _port_from_0(text: str) -> int:
    return 0 if text == "0" else _right_port(text)


def _tango_status(status: str) -> Break:
    """Tango's errors have another status than 200."""

    def wrap(original: Any, self: Any, req: Any, resp: Any, failed: Any, fields: Any) -> None:
        original(self, req, resp, failed, fields)
        resp.status = status

    return around(Failures, "_tango", wrap)


def _tango_as_html(_: Environ, answer: Answer) -> Answer:
    failed = answer.is_(200) and answer.body.startswith(b'{"errors":')
    return as_html(answer)._replace(status="500 Internal Server Error") if failed else answer


def _off(operation_id: str) -> Break:
    """An operation that is on is 501."""
    return after(
        openapi,
        "operations",
        lambda operations: [
            each._replace(status=501, needs="ranges") if each.operation_id == operation_id else each
            for each in operations
        ],
    )


def _spaced(answer: Answer) -> Answer:
    return answer.holding(json.dumps(orjson.loads(answer.body), indent=1).encode())


def _in_error(**values: Any) -> Any:
    return lambda errors: [error | values for error in errors]


def _two_errors(body: Any) -> Any:
    return body | {"errors": body["errors"] * 2}


def _traceback(answer: Answer) -> Answer:
    return answer.rewritten(lambda body: body | {"traceback": "File app.py, line 1"})


def _is_json(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").startswith("application/json")


_HEADERS: dict[str, Break] = {
    "x-mtango is lost": header_lost("x-mtango"),
    "x-mtango is lost on errors": _where(
        404, 405, 501, change=lambda answer: answer.without("x-mtango")
    ),
    "Access-Control-Allow-Origin is lost": header_lost("access-control-allow-origin"),
    "Access-Control-Allow-Origin is lost on errors": _where(
        404, 405, 501, change=lambda answer: answer.without("access-control-allow-origin")
    ),
    "Access-Control-Allow-Origin is *": answering(
        lambda environ, answer: (
            answer.but(access_control_allow_origin="*") if "HTTP_ORIGIN" in environ else answer
        )
    ),
    "Access-Control-Allow-Origin is one fixed origin": answering(
        lambda environ, answer: (
            answer.but(access_control_allow_origin="http://localhost")
            if "HTTP_ORIGIN" in environ
            else answer
        )
    ),
    "Access-Control-Allow-Credentials is lost": header_lost("access-control-allow-credentials"),
    "Access-Control-Allow-Credentials is false": answering(
        lambda _, answer: answer.but(access_control_allow_credentials="false")
    ),
    "Access-Control-Expose-Headers is lost": header_lost("access-control-expose-headers"),
    "Vary is lost": header_lost("vary"),
    "Vary is lost where there is no Origin": answering(
        lambda environ, answer: answer if "HTTP_ORIGIN" in environ else answer.without("vary")
    ),
    "Access-Control-Allow-Methods is lost": header_lost("access-control-allow-methods"),
    "the preflight does not allow DELETE": _to(
        "OPTIONS", lambda answer: answer.but(access_control_allow_methods="GET, PUT, POST, OPTIONS")
    ),
    "Access-Control-Allow-Headers is lost": header_lost("access-control-allow-headers"),
    "the preflight does not allow authorization": _to(
        "OPTIONS", lambda answer: answer.but(access_control_allow_headers="content-type")
    ),
    "Content-Type is lost": header_lost("content-type"),
    "Content-Type is text/html": answering(
        lambda _, answer: answer.but(content_type="text/html") if _is_json(answer) else answer
    ),
    "Content-Type of errors is text/plain": _where(
        404, 405, 501, change=lambda answer: answer.but(content_type="text/plain")
    ),
    "Allow is lost": header_lost("allow"),
    "Allow lacks OPTIONS": _where(405, change=lambda answer: answer.but(allow="GET")),
    "Allow names every method": _where(
        405, change=lambda answer: answer.but(allow="GET, PUT, POST, DELETE, OPTIONS")
    ),
}

_STATUSES: dict[str, Break] = {
    "a method that is not defined is 404": _become(
        falcon.HTTPMethodNotAllowed, falcon.HTTPNotFound()
    ),
    "a method that is not defined is 501": _become(
        falcon.HTTPMethodNotAllowed, falcon.HTTPNotImplemented()
    ),
    "a method that is not defined is 400": _become(
        falcon.HTTPMethodNotAllowed, falcon.HTTPBadRequest()
    ),
    "HEAD is 405": _to("HEAD", lambda a: a._replace(status="405 Method Not Allowed")),
    "HEAD has a body": _to("HEAD", lambda answer: answer.holding(b"{}")),
    "OPTIONS is 405": _to("OPTIONS", lambda a: a._replace(status="405 Method Not Allowed")),
    "OPTIONS is 404": _to("OPTIONS", lambda answer: answer._replace(status="404 Not Found")),
    "OPTIONS has a body": _to("OPTIONS", lambda answer: answer.holding(b"{}")),
    "what there is not is 200": _where(404, change=lambda a: a._replace(status="200 OK")),
    "what there is not is 400": _where(404, change=lambda a: a._replace(status="400 Bad Request")),
    "what there is not is HTML": _where(404, change=as_html),
    "what there is not has an empty body": _where(404, change=lambda answer: answer.holding(b"")),
    "what is off is 500": _where(
        501, change=lambda answer: answer._replace(status="500 Internal Server Error")
    ),
    "what is off is HTML": _where(501, change=as_html),
    "what is off has an empty object": _where(501, change=lambda answer: answer.holding(b"{}")),
    "a method that is not defined is HTML": _where(405, change=as_html),
    "Tango's errors are 500": _tango_status("500 Internal Server Error"),
    "Tango's errors are 404": _tango_status("404 Not Found"),
    "Tango's errors are 400": _tango_status("400 Bad Request"),
    "Tango's errors are 500 with HTML": answering(_tango_as_html),
    "all values are 201": _to(
        "GET", lambda a: a._replace(status="201 Created") if a.is_(200) else a
    ),
    "a list of commands is an undeclared 501": _off("getCommands"),
    "the info of several is an undeclared 501": _off("getAttributesInfo"),
    "http_status is text": put(Rc3, "http_failure", http_status=str),
    "http_status is missing": lost(Rc3, "http_failure", "http_status"),
    "http_status is 200": put(Rc3, "http_failure", http_status=200),
    "the errors of HTTP are missing": lost(Rc3, "http_failure", "errors"),
    "the errors of HTTP come twice": after(Rc3, "http_failure", _two_errors),
    "an error of HTTP has no description": put(
        Rc3, "http_failure", errors=_in_error(description=None)
    ),
    "an error of HTTP has a sentence as its reason": put(
        Rc3, "http_failure", errors=_in_error(reason="It was not found.")
    ),
    "an error of HTTP shows a traceback": _where(404, 405, 501, change=_traceback),
    "the quality of HTTP's errors is missing": lost(Rc3, "http_failure", "quality"),
}

_REQUESTS: dict[str, Break] = {
    "credentials are refused": _of_request(_credentials_refused),
    "unknown arguments are refused": _of_request(_argument_refused),
    "a GET with a body is refused": _of_request(_body_refused),
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
    "JSON has spaces": answering(
        lambda _, answer: _spaced(answer) if answer.body and _is_json(answer) else answer
    ),
    "JSON is cut": answering(
        lambda _, answer: answer.holding(answer.body[:-1]) if _is_json(answer) else answer
    ),
    "answers are wrapped": answering(
        lambda _, answer: (
            answer.rewritten(lambda body: {"data": body})
            if answer.body and _is_json(answer)
            else answer
        )
    ),
}

MUTANTS = [
    Mutant("a slash at the end is refused", "tree", after(app, "create_app", _slash_refused)),
    *(
        Mutant(name, "http", break_)
        for name, break_ in {**_HEADERS, **_STATUSES, **_REQUESTS}.items()
    ),
]
