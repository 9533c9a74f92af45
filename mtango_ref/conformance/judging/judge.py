"""The judgement of an answer: none, or sentences that say where it is not what a case expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from itertools import islice
from typing import Any

import orjson
import yaml

from mtango_ref.conformance.judging.differences import ALL, MISSING, At, differences, shown
from mtango_ref.conformance.judging.placing import placed
from mtango_ref.conformance.model import Case, Difference, Place, Response
from mtango_ref.libyaml import load_yaml

_MOST = 8
"""Differences that are kept of one body, but for those of other kinds."""
_MOST_KINDS = 40
"""Kinds of differences that are kept of one body."""
ANYTHING = "$anything"
"""The body of a case that is about the headers alone."""
JSON, YAML = "application/json", "application/yaml"


def check(case: Case, response: Response, place: Place) -> tuple[Difference, ...]:
    """Return the differences between an answer and what is expected; none if it is right.

    An answer of another status is another answer: nothing else of it is compared.
    """
    at = At("status", "status", case.rule, case.rules)
    if response.status != case.status:
        text = f"expected {case.status}, got {response.status}"
        if response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return (at.by("defect").says(text, "expected another, got 500"),)
        return (at.says(text),)
    headers, body = expected_there(case, place)
    at = at.of("$", "body")
    found: list[Difference] = []
    for name, expected in headers.items():
        came = response.headers.get(name, MISSING)
        header = at.of(f"header {name}", f"header {name}")
        if name == "content-type":
            header = header.first_by(body)
            if came is not MISSING and expected in READERS:
                came = str(came).partition(";")[0].strip()  # a charset may follow
        found += differences(expected, came, header)
    found += _body_differences(body, headers.get("content-type", JSON), response, at)
    return tuple(found)


def expected_there(case: Case, place: Place) -> tuple[dict[str, Any], Any]:
    """Return the headers and the body that a case expects of a server at the place.

    A body that is compared as data is JSON where the case names no other type.
    """
    headers, body = placed(case.headers, place), placed(case.body, place)
    if is_read(body):
        headers.setdefault("content-type", JSON)
    return headers, body


def is_read(expected: Any) -> bool:
    """Return True for a body that is compared as data."""
    raw = isinstance(expected, dict) and "$raw" in expected
    return not (raw or expected is None or expected == ANYTHING)


def _body_differences(
    expected: Any, media_type: str, response: Response, at: At
) -> list[Difference]:
    whole = at.of("body", "body").first_by(expected)
    if expected == ANYTHING:
        return []
    if expected is None:
        text = f"expected none, got {shown(_text(response.body))}"
        return [whole.says(text, "expected none")] if response.body else []
    if not is_read(expected):
        return list(differences(expected["$raw"], _text(response.body), whole))
    try:
        body = READERS.get(media_type, orjson.loads)(response.body)
    except (orjson.JSONDecodeError, yaml.YAMLError) as error:
        came = shown(_text(response.body))
        return [whole.says(f"not {media_type} ({error}): {came}", f"not {media_type}")]
    return _kept(islice(differences(expected, body, at), ALL))


def _kept(found: Iterable[Difference]) -> list[Difference]:
    """Keep the first few, and the first of each kind."""
    kept: list[Difference] = []
    kinds: set[tuple[str, str]] = set()
    for one in found:
        kind = one.rule.name, one.kind
        if len(kept) < _MOST or (kind not in kinds and len(kinds) < _MOST_KINDS):
            kept.append(one)
        kinds.add(kind)
    return kept


@lru_cache(maxsize=8)
def _yaml(body: bytes) -> Any:
    # Several cases look at one file, which takes 0.1 s to read.
    return load_yaml(body)


READERS: dict[str, Callable[[bytes], Any]] = {JSON: orjson.loads, YAML: _yaml}
"""The reader of each type of body that is compared as data; parameters may follow the type."""


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
