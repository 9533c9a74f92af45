"""Whether an answer is what a case expects; where it is not, sentences that say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from itertools import islice, pairwise
from typing import Any, NamedTuple

import orjson
import yaml

from mtango_ref.conformance.judging.matchers import TIMES, Wildcard, wildcard
from mtango_ref.conformance.model import Case, Difference, Place, Request, Response, Rule
from mtango_ref.names import lower, upper
from mtango_ref.yaml_loading import load_yaml

_MOST = 8
"""Differences that are kept of one body, but for those of other kinds."""
_MOST_KINDS = 40
"""Kinds of differences that are kept of one body."""
_ALL = 2000
"""Differences of one body that are looked at."""
_LONGEST_KEY = 100
"""Characters of a key that came."""
_LONGEST = 120
"""Characters of a value that came."""
ANYTHING = "$anything"
"""The body of a case that is about the headers alone."""
_JSON = "application/json"
_MISSING = object()
_LINK = re.compile(r"\$(href|link)\(([^()]*)\)", re.DOTALL)
_PLACE = re.compile(r"\$(device|DEVICE|lower_device|facility|base|path)\b")


class _At(NamedTuple):
    """A part of an answer.

    path: for people. kind: the same without positions and parents. rule: the one in force there.
    rules: all, by their names.
    """

    path: str
    kind: str
    rule: Rule
    rules: Mapping[str, Rule]

    def key(self, key: str) -> _At:
        """Return the part that an object has at the key."""
        key = key if len(key) <= _LONGEST_KEY else f"{key[:_LONGEST_KEY]}..."
        return self._replace(path=f"{self.path}.{key}", kind=key)

    def element(self, index: int) -> _At:
        """Return an element of a list."""
        return self._replace(path=f"{self.path}[{index}]")

    def by(self, name: str) -> _At:
        """Return the same part, judged by another rule; `same` is the one in force."""
        return self if name == "same" else self._replace(rule=self.rules.get(name, self.rule))

    def first_by(self, expected: Any) -> _At:
        """Return the same part, judged by the first rule that is expected of it."""
        by = expected.get("$by") if isinstance(expected, dict) else None
        return self.by(next(iter(by))) if by else self

    def says(self, text: str, kind: str | None = None) -> Difference:
        """Say what is different here; `kind` without what varies."""
        words = text if kind is None else kind
        return Difference(f"{self.path}: {text}", f"{self.kind}: {words}", self.rule)


def check(case: Case, response: Response, place: Place) -> tuple[Difference, ...]:
    """Return the differences between an answer and what is expected; none if it is right.

    An answer of another status is another answer: nothing else of it is compared.
    """
    at = _At("status", "status", case.rule, case.rules)
    if response.status != case.status:
        text = f"{case.status} is expected, {response.status} came"
        if response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return (at.by("defect").says(text, "another is expected, 500 came"),)
        return (at.says(text),)
    headers, body = placed(case.headers, place), placed(case.body, place)
    at = at._replace(path="$", kind="body")
    differences: list[Difference] = []
    media_type = headers.get("content-type", _JSON)
    if _is_read(body):
        headers["content-type"] = media_type
    for name, expected in headers.items():
        came = response.headers.get(name, _MISSING)
        header = at._replace(path=f"header {name}", kind=f"header {name}")
        if name == "content-type":
            header = header.first_by(body)
            if came is not _MISSING and expected in _READERS:
                came = str(came).partition(";")[0].strip()  # a charset may follow
        differences += _differences(expected, came, header)
    differences += _body_differences(body, media_type, response, at)
    return tuple(differences)


def addressed(request: Request, place: Place) -> Request:
    """Return the request as it is sent there."""
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
        if _LINK.fullmatch(text):
            return _LINK.sub(lambda match: f"${match[1]}({base}{match[2]})", text)
        return _LINK.sub(lambda match: base + match[2], text)
    if isinstance(node, list):
        return [placed(child, place) for child in node]
    if isinstance(node, Mapping):
        return {placed(key, place): placed(child, place) for key, child in node.items()}
    return node


def _is_read(expected: Any) -> bool:
    """Whether a body is compared as data."""
    raw = isinstance(expected, dict) and "$raw" in expected
    return not (raw or expected is None or expected == ANYTHING)


def _body_differences(
    expected: Any, media_type: str, response: Response, at: _At
) -> list[Difference]:
    shown = _shown(_text(response.body))
    whole = at._replace(path="body", kind="body").first_by(expected)
    if expected == ANYTHING:
        return []
    if expected is None:
        text = f"none is expected, {shown} came"
        return [whole.says(text, "none is expected")] if response.body else []
    if not _is_read(expected):
        return list(_differences(expected["$raw"], _text(response.body), whole))
    try:
        body = _READERS.get(media_type, orjson.loads)(response.body)
    except (orjson.JSONDecodeError, yaml.YAMLError) as error:
        return [whole.says(f"it is not {media_type} ({error}): {shown}", f"it is not {media_type}")]
    return _telling(islice(_differences(expected, body, at), _ALL))


def _telling(differences: Iterable[Difference]) -> list[Difference]:
    """Keep the first few, and the first of each kind."""
    kept: list[Difference] = []
    kinds: set[tuple[str, str]] = set()
    for one in differences:
        kind = one.rule.name, one.kind
        if len(kept) < _MOST or (kind not in kinds and len(kinds) < _MOST_KINDS):
            kept.append(one)
        kinds.add(kind)
    return kept


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


def _kind(value: Any) -> str:
    """Name what a value is, without the value."""
    if value is _MISSING:
        return "nothing"
    names = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), "a number")


def _differences(expected: Any, came: Any, at: _At) -> Iterator[Difference]:
    """Compare an expected value, with wildcards, with the one that came."""
    if isinstance(expected, dict):
        special = next((key for key in _SPECIAL if key in expected), None)
        compare = _SPECIAL[special] if special else _object
        yield from compare(expected, came, at)
    elif isinstance(expected, list):
        yield from _array(expected, came, at)
    else:
        what, fits, kind = _test(expected)
        if not fits(came):
            yield at.says(
                f"{what} is expected, {_shown(came)} came",
                f"{kind or what} is expected, {_kind(came)} came",
            )


def _test(expected: Any) -> Wildcard:
    """Return the test for what is neither an object nor a list."""
    found = wildcard(expected) if isinstance(expected, str) else None
    if found is not None:
        return found
    if expected is None:
        return Wildcard("nothing", lambda came: came is None or came is _MISSING)
    return Wildcard(
        _shown(expected),
        lambda came: type(came) is type(expected) and came == expected,
        "" if isinstance(expected, bool) else f"{_kind(expected)} that is known",
    )


def _by(expected: dict[str, Any], came: Any, at: _At) -> Iterator[Difference]:
    """Compare with `$by`: by the first of several rules that is broken."""
    for name, part in expected["$by"].items():
        found = list(islice(_differences(part, came, at.by(name)), _ALL))
        if found:
            yield from found
            return


def _object(expected: dict[str, Any], came: Any, at: _At) -> Iterator[Difference]:
    if not isinstance(came, dict):
        yield at.says(
            f"an object is expected, {_shown(came)} came",
            f"an object is expected, {_kind(came)} came",
        )
        return
    yield from _less(expected.get("$less", []), came, at)
    taken: set[str] = set()
    for pattern, child in expected.items():
        if pattern == "$less":
            continue
        key = _key(pattern, came)
        taken.add(key)
        if key in came:
            yield from _differences(child, came[key], at.key(key))
        else:
            yield at.key(key).first_by(child).says("it is expected, and missing")
    for key in came.keys() - taken:
        more = at.key(key).by("more")
        yield more.says(f"it is not expected, {_shown(came[key])} came", "it is not expected")


def _less(keys: list[str], came: dict[str, Any], at: _At) -> Iterator[Difference]:
    """`$less`: the number at the first key is less than that at the second."""
    numbers: list[Any] = [came.get(key) for key in keys]
    if any(not isinstance(number, (int, float)) for number in numbers):
        return  # which is told of the key itself
    if any(low >= high for low, high in pairwise(numbers)):
        kind = f"{' less than '.join(keys)} is expected"
        yield at.says(f"{kind}, {_shown(numbers)} came", kind)


def _key(pattern: str, came: dict[str, Any]) -> str:
    """Find the key of that name, or the first that a wildcard fits."""
    found = wildcard(pattern)
    if found is None:
        return pattern
    return next((key for key in came if found.fits(key)), pattern)


def _array(expected: list[Any], came: Any, at: _At) -> Iterator[Difference]:
    if not isinstance(came, list):
        yield _no_list(came, at)
        return
    if len(expected) != len(came):
        yield at.says(
            f"{len(expected)} elements are expected, {len(came)} came: {_shown(came)}",
            _number(len(expected), len(expected), came),
        )
        return
    for index, (one, other) in enumerate(zip(expected, came, strict=True)):
        yield from _differences(one, other, at.element(index))


def _no_list(came: Any, at: _At) -> Difference:
    text = "a list is expected"
    return at.says(f"{text}, {_shown(came)} came", f"{text}, {_kind(came)} came")


def _number(low: int, high: int, came: list[Any]) -> str:
    """Say, without numbers, how many elements are wrong."""
    size = "none" if high == 0 else f"{low} to {high}" if low < high else str(low)
    few = "none" if not came else "fewer" if len(came) < low else "more"
    return f"elements: {size} expected, {few} came"


def _list(expected: dict[str, Any], came: Any, at: _At) -> Iterator[Difference]:
    """Compare with `$list`: so many elements that are alike.

    Optional keys name what the first are besides, which there are at least, and the key whose
    order they have.
    """
    if not isinstance(came, list):
        yield _no_list(came, at)
        return
    low, high = _bounds(expected.get("size", [0, 10**9]))
    if not low <= len(came) <= high:
        size = low if low == high else f"{low} to {high}"
        yield at.says(f"{size} elements are expected, {len(came)} came", _number(low, high, came))
    for index, (one, other) in enumerate(zip(expected.get("first", ()), came, strict=False)):
        yield from _differences(one, other, at.element(index))
    for one in expected.get("has", ()):
        if all(any(True for _ in _differences(one, other, at)) for other in came):
            yield at.says(f"it has no {_shown(one)}", "it lacks an element")
    element = expected["$list"]
    if not isinstance(element, (dict, list)) and all(map(_test(element).fits, came)):
        return  # an image has 63001, which would take long one by one
    for index, one in enumerate(came):
        yield from _differences(element, one, at.element(index))
    yield from _order(expected.get("ascending"), came, at.by("order"))


def _bounds(size: Any) -> tuple[int, int]:
    low, high = size if isinstance(size, list) else (size, size)
    return low, high


def _order(key: str | None, came: list[Any], at: _At) -> Iterator[Difference]:
    if key is None or not all(isinstance(one, dict) and key in one for one in came):
        return
    keys = [one[key] for one in came]
    if len(set(map(type, keys))) == 1 and not _is_ascending(keys):
        kind = f"elements by ascending {key} are expected"
        yield at.says(f"{kind}, {_shown(keys)} came", kind)


def _is_ascending(keys: list[Any]) -> bool:
    """Return True for texts in the order of MariaDB, too, which compares them in capitals."""
    capitals = [key.upper() if isinstance(key, str) else key for key in keys]
    return sorted(keys) == keys or sorted(capitals) == capitals


def _open(expected: dict[str, Any], came: Any, at: _At) -> Iterator[Difference]:
    """`$open`: an object that may have more keys than these."""
    known = expected["$open"]
    if isinstance(came, dict):
        came = {key: child for key, child in came.items() if key in known}
    yield from _object(known, came, at)


def _any(expected: dict[str, Any], came: Any, at: _At) -> Iterator[Difference]:
    """`$any`: one of several."""
    found = [list(_differences(choice, came, at)) for choice in expected["$any"]]
    if all(found):
        firsts = [differences[0] for differences in found]
        kind = " - or ".join(one.kind for one in firsts)
        yield Difference(" - or ".join(firsts), kind, firsts[0].rule)


_SPECIAL = {"$list": _list, "$open": _open, "$any": _any, "$by": _by}
SPECIAL = (*_SPECIAL, "$raw", "$less")
"""The keys that are no keys of an object."""
