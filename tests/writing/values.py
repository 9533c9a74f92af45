"""Requests and answers for the tests of writing values."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import falcon.testing

from conftest import Rest
from rest_answers import P, recent
from writing.settable import path


def put(rest: Rest, name: str, *texts: str, **arguments: Any) -> falcon.testing.Result:
    query = urlencode([("v", text) for text in texts])
    return rest.request("PUT", f"{P}{path(name)}/value", query_string=query, **arguments)


def written(rest: Rest, name: str, value: Any, quality: str = "ATTR_VALID") -> dict[str, Any]:
    return {"name": name, "value": value, "quality": quality, "timestamp": recent(rest.ticks)}


def read(rest: Rest, name: str) -> Any:
    return rest.body(f"{P}{path(name)}/value")
