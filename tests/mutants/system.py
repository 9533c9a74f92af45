"""Breaks of the system API and of the swagger files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon

from mtango_ref import openapi
from mtango_ref.http.answers import NO_CONTENT
from mtango_ref.http.answers import Answer as Written
from mtango_ref.http.facilities import ProxyCache
from mtango_ref.http.figures import ProcessFigures
from mtango_ref.http.resources.swagger import SwaggerFile, SwaggerPage
from mtango_ref.http.resources.system import System
from mutants.breaks import (
    Answer,
    Break,
    Environ,
    Mutant,
    after,
    answering,
    around,
    instead,
)


def _at(end: str, change: Callable[[Answer], Answer]) -> Break:
    """The answers at paths with that end are changed."""
    return answering(
        lambda environ, answer: change(answer) if environ["PATH_INFO"].endswith(end) else answer
    )


def _body(end: str, change: Callable[[Any], Any]) -> Break:
    """The JSON at paths with that end is changed."""
    return _at(end, lambda answer: answer.rewritten(change) if answer.is_(200) else answer)


def _summed_page_faults(body: dict[str, Any]) -> dict[str, Any]:
    resource = body["resource"]
    total = sum(resource["page_faults"].values())
    return body | {"resource": resource | {"page_faults": total}}


def _without(key: str) -> Callable[[Any], Any]:
    return lambda body: {name: each for name, each in body.items() if name != key}


def _cleans(cache: str) -> Any:
    def responder(self: Any, *_: Any) -> Written:
        self._figures.clean(cache)
        return NO_CONTENT

    return responder


_SYSTEM: dict[str, Break] = {
    "sys tells its version without a name": _body(
        "/sys", lambda body: body | {"version": body["version"].split(" ")[1]}
    ),
    "sys has no version": _body("/sys", _without("version")),
    "sys has one active link": _body("/sys", lambda body: body | {"active": body["active"][0]}),
    "sys links to the devices' figures twice": _body(
        "/sys", lambda body: body | {"active": body["active"][:1] * 2}
    ),
    "gc is missing": _body("/sys", _without("gc")),
    "gc links to the figures": _body("/sys", lambda body: body | {"gc": body["active"]}),
    "the link to the config is relative": _body("/sys", lambda b: b | {"config": "/sys/config"}),
    "config has no TANGO_HOST": _body("/sys/config", _without("TANGO_HOST")),
    "config has no rc3_mode": _body("/sys/config", _without("rc3_mode")),
    "config tells a wrong mode": _body(
        "/sys/config", lambda body: body | {"rc3_mode": "implementation"}
    ),
    "cache_size is text": _body(
        "/sys/config", lambda body: body | {"cache_size": str(body["cache_size"])}
    ),
    "watch is missing": _body("/sys/config", _without("watch")),
    "hits and misses are swapped": after(
        ProxyCache, "info", lambda info: info._replace(hits=info.misses, misses=info.hits)
    ),
    "hits are not counted": after(ProxyCache, "info", lambda info: info._replace(hits=0)),
    "maxsize is what is used": after(
        ProxyCache, "info", lambda info: info._replace(maxsize=info.currsize)
    ),
    "currsize is always 0": after(ProxyCache, "info", lambda info: info._replace(currsize=0)),
    "the figures are a list": _body("/devices", lambda b: list(b.values()) if "hits" in b else b),
    "the attributes' figures are the devices'": instead(
        System, "get_cached_attributes", System.get_cached_devices
    ),
    "clean does not clean": instead(ProxyCache, "clear", lambda self: None),
    "cleaning the devices cleans the attributes": instead(
        System, "get_clean_devices", _cleans("attributes")
    ),
    "cleaning the attributes cleans the devices": instead(
        System, "get_clean_attributes", _cleans("devices")
    ),
    "cleaning is 200": _at("/clean/devices", lambda a: a._replace(status="200 OK")),
    "cleaning has a body": _at("/clean/attributes", lambda answer: answer.holding(b"{}")),
    "requests are not counted": after(
        ProcessFigures, "totals", lambda totals: totals._replace(requests=0)
    ),
    "answers are not counted": after(
        ProcessFigures, "totals", lambda totals: totals._replace(responses=0)
    ),
    "the request that asks is counted as answered": after(
        ProcessFigures, "totals", lambda totals: totals._replace(responses=totals.responses + 1)
    ),
    "the time in stats is text": _body("/stats", lambda body: body | {"time": str(body["time"])}),
    "the time in stats is in ms": _body("/stats", lambda body: body | {"time": body["time"] * 1e3}),
    "running_since is missing": _body("/stats", _without("running_since")),
    "page_faults are one number": _body("/stats", _summed_page_faults),
    "the resources are missing": _body("/stats", _without("resource")),
    "the proxies in stats are one number": _body(
        "/stats", lambda body: body | {"proxies": sum(body["proxies"].values())}
    ),
}


def _other_mode(original: Any, name: str, settings: Any, *backend: Any) -> Any:
    other = "implementation" if settings.rc3_mode == "strict" else "strict"
    return original(name, settings.model_copy(update={"rc3_mode": other}), *backend)


def _missing_file(*_: Any) -> None:
    raise falcon.HTTPNotFound


def _main_is_missing(environ: Environ, answer: Answer) -> Answer:
    missing = environ["PATH_INFO"] == "/swagger/main.yml"
    return answer._replace(status="404 Not Found") if missing else answer


def _yaml(change: Callable[[bytes], bytes]) -> Break:
    return after(openapi, "served", change)


_SWAGGER: dict[str, Break] = {
    "the servers of the swagger files have another path": _yaml(
        lambda text: text.replace(b"url: /tango/rest\n", b"url: /tango\n")
    ),
    "the swagger files are of another version of OpenAPI": _yaml(
        lambda text: text.replace(b"openapi: 3.0.3", b"openapi: 3.1.0")
    ),
    "the swagger files are the other mode's": around(openapi, "served", _other_mode),
    "the swagger files do not tell what is off": instead(
        openapi, "_switch_off", lambda operation, needs: None
    ),
    "the swagger files are cut": _yaml(lambda text: text[: len(text) // 2]),
    "the swagger files are HTML": _at(".yml", lambda answer: answer.but(content_type="text/html")),
    "there are no swagger files": instead(SwaggerFile, "get", _missing_file),
    "main.yml is missing": answering(_main_is_missing),
    "there is no swagger page": instead(SwaggerPage, "get", _missing_file),
    "an operation is not in the swagger files": _yaml(
        lambda text: text.replace(b"/history:\n", b"/historic:\n")
    ),
    "a schema of the swagger files lacks a key": _yaml(
        lambda text: text.replace(b"- quality\n", b"", 1)
    ),
}

MUTANTS = [
    *(Mutant(name, "system", break_) for name, break_ in _SYSTEM.items()),
    *(Mutant(name, "swagger", break_) for name, break_ in _SWAGGER.items()),
]
