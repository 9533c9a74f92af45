"""Places in the cases: names of a device, a facility, a server, put where the cases have words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mtango_ref.conformance.judging.matchers import TIMES
from mtango_ref.conformance.model import Place, Request
from mtango_ref.names import lower, upper

_LINK = re.compile(r"\$(href|link)\(([^()]*)\)", re.DOTALL)
_PLACE = re.compile(r"\$(device|DEVICE|lower_device|facility|base|path)\b")


def addressed(request: Request, place: Place) -> Request:
    """Return the request as it is sent there."""
    return request._replace(path=placed(request.path, place._replace(base="")))


def placed(node: Any, place: Place) -> Any:
    """Write out `$device`, `$DEVICE` (in capitals), `$lower_device`, `$facility`, `$base`, `$path`
    (that of base) and `$href(path)` in the node, and give its wildcards the time there."""
    if isinstance(node, str):
        return _written(node, place) if "$" in node else node
    if isinstance(node, list):
        return [placed(child, place) for child in node]
    if isinstance(node, Mapping):
        return {placed(key, place): placed(child, place) for key, child in node.items()}
    return node


@lru_cache(maxsize=4096)  # A run has some 700 texts, each in many cases.
def _written(text: str, place: Place) -> str:
    if place.ahead and text in TIMES:
        return f"{text}({place.ahead})"
    words = _words(place)
    base, text = words["base"], _PLACE.sub(lambda match: words[match[1]], text)
    if _LINK.fullmatch(text):
        return _LINK.sub(lambda match: f"${match[1]}({base}{match[2]})", text)
    return _LINK.sub(lambda match: base + match[2], text)


@lru_cache(maxsize=8)
def _words(place: Place) -> Mapping[str, str]:
    base = place.base.rstrip("/")
    return {
        "device": place.device,
        "DEVICE": upper(place.device),
        "lower_device": lower(place.device),
        "facility": place.facility,
        "base": base,
        "path": re.sub(r"^\w+://[^/]*", "", base),
    }
