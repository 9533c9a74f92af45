"""Whether an answer is what a case expects; where it is not, sentences that say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any

import orjson
import yaml

from mtango_ref.conformance.judging.matchers import TIMES, wildcard
from mtango_ref.conformance.model import Case, Place, Request, Response
from mtango_ref.names import lower, upper
from mtango_ref.yaml_loading import load_yaml

_MOST = 8
"""Differences that are told of one body; more say nothing new."""
_LONGEST = 120
"""Characters of a value that came."""
ANYTHING = "$anything"
"""The body of a case that is about the headers alone."""
_JSON = "application/json"
_MISSING = object()
_HREF = re.compile(r"\$href\((.*)\)", re.DOTALL)
_PLACE = re.compile(r"\$(device|DEVICE|lower_device|facility|base|path)\b")


def check(case: Case, response: Response, place: Place) -> tuple[str, ...]:
    """The differences between an answer and what is expected; none if it is right."""
    headers, body = placed(case.headers, place), placed(case.body, place)
    differences = []
    if response.status != case.status:
        differences.append(f"status: {case.status} is expected, {response.status} came")
    media_type = headers.get("content-type", _JSON)
    if _is_read(body):
        headers["content-type"] = media_type
    for name, expected in headers.items():
        came = response.headers.get(name, _MISSING)
        if came is not _MISSING and expected in _READERS:
            came = str(came).partition(";")[0].strip()  # a charset may follow
        differences += _differences(expected, came, f"header {name}")
    differences += _body_differences(body, media_type, response)
    return tuple(differences)


def addressed(request: Request, place: Place) -> Request:
    """The request as it is sent there."""
    return request._replace(path=placed(request.path, place._replace(base="")))


def placed(node: Any, place: Place) -> Any:
    """Write out `$device`, `$DEVICE` (in capitals), `$lower_device`, `$facility`, `$base`, `$path`
    (that of base) and `$href(path)` in the node, and tell its wildcards the time there."""
    if isinstance(node, str):
        if place.ahead and node in TIMES:
            return f"{node}({place.ahead})"
        base = place.base.rstrip("/")
        words = {
            "device": place.device,
            "DEVICE": upper(place.device),
            "lower_device": lower(place.device),
            "facility": place.facility,
            "base": base,
            "path": re.sub(r"^\w+://[^/]*", "", base),
        }
        text = _PLACE.sub(lambda match: words[match[1]], node)
        return _HREF.sub(lambda match: base + match[1], text)
    if isinstance(node, list):
        return [placed(child, place) for child in node]
    if isinstance(node, Mapping):
        return {placed(key, place): placed(child, place) for key, child in node.items()}
    return node


def _is_read(expected: Any) -> bool:
    """Whether a body is compared as data."""
    raw = isinstance(expected, dict) and "$raw" in expected
    return not (raw or expected is None or expected == ANYTHING)


def _body_differences(expected: Any, media_type: str, response: Response) -> list[str]:
    shown = _shown(_text(response.body))
    if expected == ANYTHING:
        return []
    if expected is None:
        return [f"body: none is expected, {shown} came"] if response.body else []
    if not _is_read(expected):
        return list(_differences(expected["$raw"], _text(response.body), "body"))
    try:
        body = _READERS.get(media_type, orjson.loads)(response.body)
    except (orjson.JSONDecodeError, yaml.YAMLError) as error:
        return [f"body: it is not {media_type} ({error}): {shown}"]
    differences = list(islice(_differences(expected, body, "$"), _MOST + 1))
    if len(differences) > _MOST:
        differences[_MOST] = "body: there are more differences"
    return differences


@lru_cache(maxsize=8)
def _yaml(body: bytes) -> Any:
    # Several cases look at one file, which takes 0.1 s to read.
    return load_yaml(body)


_READERS: dict[str, Callable[[bytes], Any]] = {
    _JSON: orjson.loads,
    "application/yaml": _yaml,
}


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "nothing"
    text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _differences(expected: Any, came: Any, path: str) -> Iterator[str]:
    """Between an expected value, with wildcards, and the one that came."""
    if isinstance(expected, dict):
        special = next((key for key in _SPECIAL if key in expected), None)
        compare = _SPECIAL[special] if special else _object
        yield from compare(expected, came, path)
    elif isinstance(expected, list):
        yield from _array(expected, came, path)
    else:
        what, fits = _test(expected)
        if not fits(came):
            yield f"{path}: {what} is expected, {_shown(came)} came"


def _test(expected: Any) -> tuple[str, Callable[[Any], bool]]:
    """For what is neither an object nor a list."""
    found = wildcard(expected) if isinstance(expected, str) else None
    if found is not None:
        return found
    if expected is None:
        return "nothing", lambda came: came is None or came is _MISSING
    return _shown(expected), lambda came: type(came) is type(expected) and came == expected


def _object(expected: dict[str, Any], came: Any, path: str) -> Iterator[str]:
    if not isinstance(came, dict):
        yield f"{path}: an object is expected, {_shown(came)} came"
        return
    yield from _less(expected.get("$less", []), came, path)
    taken: set[str] = set()
    for pattern, child in expected.items():
        if pattern == "$less":
            continue
        key = _key(pattern, came)
        taken.add(key)
        if key in came:
            yield from _differences(child, came[key], f"{path}.{key}")
        else:
            yield f"{path}.{key}: it is expected, and missing"
    for key in came.keys() - taken:
        yield f"{path}.{key}: it is not expected, {_shown(came[key])} came"


def _less(keys: list[str], came: dict[str, Any], path: str) -> Iterator[str]:
    """`$less`: the number at the first key is less than that at the second."""
    numbers: list[Any] = [came.get(key) for key in keys]
    if any(not isinstance(number, (int, float)) for number in numbers):
        return  # which is told of the key itself
    if any(low >= high for low, high in pairwise(numbers)):
        yield f"{path}: {' less than '.join(keys)} is expected, {_shown(numbers)} came"


def _key(pattern: str, came: dict[str, Any]) -> str:
    """The key of that name, or the first that a wildcard fits."""
    found = wildcard(pattern)
    if found is None:
        return pattern
    return next((key for key in came if found.fits(key)), pattern)


def _array(expected: list[Any], came: Any, path: str) -> Iterator[str]:
    if not isinstance(came, list):
        yield f"{path}: a list is expected, {_shown(came)} came"
        return
    if len(expected) != len(came):
        yield f"{path}: {len(expected)} elements are expected, {len(came)} came: {_shown(came)}"
        return
    for index, (one, other) in enumerate(zip(expected, came, strict=True)):
        yield from _differences(one, other, f"{path}[{index}]")


def _list(expected: dict[str, Any], came: Any, path: str) -> Iterator[str]:
    """Compare with `$list`: so many elements that are alike.

    Optional keys name what the first are besides, which there are at least, and the key whose
    order they have.
    """
    if not isinstance(came, list):
        yield f"{path}: a list is expected, {_shown(came)} came"
        return
    low, high = _bounds(expected.get("size", [0, 10**9]))
    if not low <= len(came) <= high:
        size = low if low == high else f"{low} to {high}"
        yield f"{path}: {size} elements are expected, {len(came)} came"
    for index, (one, other) in enumerate(zip(expected.get("first", ()), came, strict=False)):
        yield from _differences(one, other, f"{path}[{index}]")
    for one in expected.get("has", ()):
        if all(any(_differences(one, other, path)) for other in came):
            yield f"{path}: it has no {_shown(one)}"
    element = expected["$list"]
    if not isinstance(element, (dict, list)) and all(map(_test(element)[1], came)):
        return  # an image has 63001, which would take long one by one
    for index, one in enumerate(came):
        yield from _differences(element, one, f"{path}[{index}]")
    yield from _order(expected.get("ascending"), came, path)


def _bounds(size: Any) -> tuple[int, int]:
    low, high = size if isinstance(size, list) else (size, size)
    return low, high


def _order(key: str | None, came: list[Any], path: str) -> Iterator[str]:
    if key is None or not all(isinstance(one, dict) and key in one for one in came):
        return
    keys = [one[key] for one in came]
    if len(set(map(type, keys))) == 1 and not _is_ascending(keys):
        yield f"{path}: elements by ascending {key} are expected, {_shown(keys)} came"


def _is_ascending(keys: list[Any]) -> bool:
    """Return True for texts in the order of MariaDB, too, which compares them in capitals."""
    capitals = [key.upper() if isinstance(key, str) else key for key in keys]
    return sorted(keys) == keys or sorted(capitals) == capitals


def _open(expected: dict[str, Any], came: Any, path: str) -> Iterator[str]:
    """`$open`: an object that may have more keys than these."""
    known = expected["$open"]
    if isinstance(came, dict):
        came = {key: child for key, child in came.items() if key in known}
    yield from _object(known, came, path)


def _any(expected: dict[str, Any], came: Any, path: str) -> Iterator[str]:
    """`$any`: one of several."""
    found = [list(_differences(choice, came, path)) for choice in expected["$any"]]
    if all(found):
        yield " - or ".join(differences[0] for differences in found)


_SPECIAL = {"$list": _list, "$open": _open, "$any": _any}
SPECIAL = (*_SPECIAL, "$raw", "$less")
"""The keys that are no keys of an object."""
