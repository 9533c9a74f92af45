"""Differences between an expected value, with wildcards, and the one that came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any

import orjson

from mtango_ref.conformance.judging.matchers import Wildcard, wildcard
from mtango_ref.conformance.model import Difference, Rule
from mtango_ref.messages import counted

ALL = 2000
"""Differences of one body that are looked at."""
MISSING = object()
"""The value of a key, or of a header, that is not there."""
_LONGEST_KEY = 100
"""Characters of a key that came."""
_LONGEST = 120
"""Characters of a value that came."""
NO_BOUND = 10**9
"""The largest number of elements, where none is said."""


class At:
    """A part of an answer.

    path: for people, written where something differs. kind: the same without positions and parents.
    rule: the one in force there. rules: all, by their names.
    """

    __slots__ = ("_above", "_step", "kind", "rule", "rules")

    def __init__(
        self, step: str, kind: str, rule: Rule, rules: Mapping[str, Rule], above: At | None = None
    ) -> None:
        """step: the end of the path, behind that of the part above."""
        self._above, self._step = above, step
        self.kind, self.rule, self.rules = kind, rule, rules

    @property
    def path(self) -> str:
        """The place in the answer, for people."""
        return (self._above.path if self._above else "") + self._step

    def of(self, path: str, kind: str) -> At:
        """Return another part, judged by the same rule."""
        return At(path, kind, self.rule, self.rules)

    def key(self, key: str) -> At:
        """Return the part that an object has at the key."""
        key = key if len(key) <= _LONGEST_KEY else f"{key[:_LONGEST_KEY]}..."
        return At(f".{key}", key, self.rule, self.rules, self)

    def element(self, index: int) -> At:
        """Return an element of a list."""
        return At(f"[{index}]", self.kind, self.rule, self.rules, self)

    def by(self, name: str) -> At:
        """Return the same part, judged by another rule; `same` is the one in force."""
        rule = self.rule if name == "same" else self.rules.get(name, self.rule)
        return At(self._step, self.kind, rule, self.rules, self._above)

    def first_by(self, expected: Any) -> At:
        """Return the same part, judged by the first rule that is expected of it."""
        return self.by(first_rule(expected))

    def says(self, text: str, kind: str | None = None) -> Difference:
        """Say what is different here; `kind` without what varies."""
        words = text if kind is None else kind
        return Difference(f"{self.path}: {text}", f"{self.kind}: {words}", self.rule)


def first_rule(expected: Any) -> str:
    """Name the first rule that something is expected by; `same` is the one in force."""
    by = expected.get("$by") if isinstance(expected, dict) else None
    return next(iter(by)) if by else "same"


def shown(value: Any) -> str:
    """Write a value that came, cut where it is long."""
    if value is MISSING:
        return "nothing"
    text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _kind(value: Any) -> str:
    """Name what a value is, without the value."""
    if value is MISSING:
        return "nothing"
    names = {str: "a string", bool: "true or false", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), "a number")


def differences(expected: Any, came: Any, at: At) -> Iterator[Difference]:
    """Compare an expected value, with wildcards, with the one that came."""
    if isinstance(expected, dict):
        compare = _object
        for key, special in _SPECIAL.items():
            if key in expected:
                compare = special
                break
        yield from compare(expected, came, at)
    elif isinstance(expected, list):
        yield from _array(expected, came, at)
    else:
        test = _test(expected)
        if not test.fits(came):
            yield at.says(
                f"expected {test.what}, got {shown(came)}",
                f"expected {test.kind or test.what}, got {_kind(came)}",
            )


@lru_cache(maxsize=1024, typed=True)
def _test(expected: Any) -> Wildcard:
    """Return the test for what is neither an object nor a list."""
    found = wildcard(expected) if isinstance(expected, str) else None
    if found is not None:
        return found
    if expected is None:
        return Wildcard("nothing", lambda came: came is None or came is MISSING)
    return Wildcard(
        shown(expected),
        lambda came: type(came) is type(expected) and came == expected,
        "" if isinstance(expected, bool) else _kind(expected).replace("a ", "a specific ", 1),
    )


def _by(expected: dict[str, Any], came: Any, at: At) -> Iterator[Difference]:
    """Compare with `$by`: by the first of several rules that is broken."""
    for name, part in expected["$by"].items():
        found = list(islice(differences(part, came, at.by(name)), ALL))
        if found:
            yield from found
            return


def _object(expected: dict[str, Any], came: Any, at: At) -> Iterator[Difference]:
    if not isinstance(came, dict):
        yield at.says(
            f"expected an object, got {shown(came)}",
            f"expected an object, got {_kind(came)}",
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
            yield from differences(child, came[key], at.key(key))
        else:
            yield at.key(key).first_by(child).says("expected, but missing")
    for key in came.keys() - taken:
        more = at.key(key).by("more")
        yield more.says(f"not expected, got {shown(came[key])}", "not expected")


def _less(keys: list[str], came: dict[str, Any], at: At) -> Iterator[Difference]:
    """Compare for `$less`: the number at the first key is less than that at the second."""
    numbers: list[Any] = [came.get(key) for key in keys]
    if any(not isinstance(number, (int, float)) for number in numbers):
        return  # the key itself is reported
    if any(low >= high for low, high in pairwise(numbers)):
        kind = f"expected {' less than '.join(keys)}"
        yield at.says(f"{kind}, got {shown(numbers)}", kind)


def _key(pattern: str, came: dict[str, Any]) -> str:
    """Find the key of that name, or the first that a wildcard fits."""
    found = wildcard(pattern)
    if found is None:
        return pattern
    return next((key for key in came if found.fits(key)), pattern)


def _array(expected: list[Any], came: Any, at: At) -> Iterator[Difference]:
    if not isinstance(came, list):
        yield _no_list(came, at)
        return
    if len(expected) != len(came):
        yield at.says(
            f"expected {counted(len(expected), 'element')}, got {len(came)}: {shown(came)}",
            _number(len(expected), len(expected), came),
        )
        return
    for index, (one, other) in enumerate(zip(expected, came, strict=True)):
        yield from differences(one, other, at.element(index))


def _no_list(came: Any, at: At) -> Difference:
    text = "expected a list"
    return at.says(f"{text}, got {shown(came)}", f"{text}, got {_kind(came)}")


def _number(low: int, high: int, came: list[Any]) -> str:
    """Say, without numbers, how many elements are wrong."""
    size = "none" if high == 0 else f"{low} to {high}" if low < high else str(low)
    few = "none" if not came else "fewer" if len(came) < low else "more"
    return f"elements: expected {size}, got {few}"


def _list(expected: dict[str, Any], came: Any, at: At) -> Iterator[Difference]:
    """Compare with `$list`: so many elements that are alike.

    Optional keys name what the first are in addition, which there are at least, and the key whose
    order they have.
    """
    if not isinstance(came, list):
        yield _no_list(came, at)
        return
    low, high = bounds(expected)
    if not low <= len(came) <= high:
        size = counted(low, "element") if low == high else f"{low} to {high} elements"
        yield at.says(f"expected {size}, got {len(came)}", _number(low, high, came))
    for index, (one, other) in enumerate(zip(expected.get("first", ()), came, strict=False)):
        yield from differences(one, other, at.element(index))
    for one in expected.get("has", ()):
        if all(any(True for _ in differences(one, other, at)) for other in came):
            yield at.says(f"expected an element {shown(one)}", "an expected element is missing")
    element = expected["$list"]
    if not isinstance(element, (dict, list)) and _all_fit(_test(element), came):
        return  # an image has 63001, which would take long one by one
    for index, one in enumerate(came):
        yield from differences(element, one, at.element(index))
    yield from _order(expected.get("ascending"), came, at.by("order"))


def _all_fit(test: Wildcard, came: list[Any]) -> bool:
    return test.all_fit(came) or all(map(test.fits, came))


def bounds(expected: Mapping[str, Any]) -> tuple[int, int]:
    """Return the least and the largest number of elements that a `$list` may have."""
    size = expected.get("size", [0, NO_BOUND])
    low, high = size if isinstance(size, list) else (size, size)
    return low, high


def _order(key: str | None, came: list[Any], at: At) -> Iterator[Difference]:
    if key is None or not all(isinstance(one, dict) and key in one for one in came):
        return
    keys = [one[key] for one in came]
    if len(set(map(type, keys))) == 1 and not _is_ascending(keys):
        kind = f"expected elements in ascending order of {key}"
        yield at.says(f"{kind}, got {shown(keys)}", kind)


def _is_ascending(keys: list[Any]) -> bool:
    """Return True for texts in the order of MariaDB, too, which compares them in capitals."""
    capitals = [key.upper() if isinstance(key, str) else key for key in keys]
    return sorted(keys) == keys or sorted(capitals) == capitals


def _open(expected: dict[str, Any], came: Any, at: At) -> Iterator[Difference]:
    """Compare for `$open`: an object that may have more keys than these."""
    known = expected["$open"]
    if isinstance(came, dict):
        came = {key: child for key, child in came.items() if key in known}
    yield from _object(known, came, at)


def _any(expected: dict[str, Any], came: Any, at: At) -> Iterator[Difference]:
    """Compare for `$any`: one of several."""
    found = [list(differences(choice, came, at)) for choice in expected["$any"]]
    if all(found):
        firsts = [differences[0] for differences in found]
        kind = " - or ".join(one.kind for one in firsts)
        yield Difference(" - or ".join(firsts), kind, firsts[0].rule)


_SPECIAL = {"$list": _list, "$open": _open, "$any": _any, "$by": _by}
SPECIAL = (*_SPECIAL, "$raw", "$less")
"""The keys that are no keys of an object."""
