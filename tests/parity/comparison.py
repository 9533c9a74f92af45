"""Two answers to a request, compared whole, but for what a file of rules says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import yaml

from .questions import Question

Answer = dict[str, Any]
"""status, headers, body."""


class Difference(NamedTuple):
    """A place where two answers differ. path: keys and indices."""

    path: str
    real: Any
    fake: Any


class Place(NamedTuple):
    """Requests, and parts of their answers: patterns in which * is any text."""

    of: Sequence[str]
    at: Sequence[str]

    def fits(self, question: str, path: str) -> bool:
        return _matches(path, self.at) and _matches(question, self.of)


def _matches(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(text.lower(), each.lower()) for each in patterns)


class Replacement(NamedTuple):
    """A replacement on both sides before they are compared; by_chance: as two answers that are
    given one after the other may be the same; of_mariadb: only with DataBaseds on MariaDB."""

    what: str
    place: Place
    change: Callable[[Any], Any]
    reason: str
    by_chance: bool
    of_mariadb: bool


class Known(NamedTuple):
    """A difference that stays; of_old_pytango: only with the PyTango that has pipes; of_mariadb:
    only with DataBaseds on MariaDB."""

    what: str
    place: Place
    reason: str
    of_old_pytango: bool
    of_mariadb: bool


def _shape(value: Any) -> Any:
    """Return the type, and of lists how long they are and what is in them."""
    if not isinstance(value, list):
        return type(value).__name__
    kinds = dict.fromkeys(map(type, value))
    if list in kinds:
        shapes = [_shape(each) for each in value]
        return [len(value), *{orjson.dumps(each): each for each in shapes}.values()]
    return [len(value), *(each.__name__ for each in kinds)]


def _digits(value: Any) -> Any:
    """Return the type, and of a whole number how many digits it has: s differ from ms."""
    return (_shape(value), len(str(value))) if type(value) is int else _shape(value)


_KINDS: dict[str, Callable[[Any], Any]] = {"type and shape": _shape, "number of digits": _digits}


def _change(rule: dict[str, Any]) -> Callable[[Any], Any]:
    if "kind" in rule:
        return _KINDS[rule["kind"]]
    pattern, by = re.compile(rule["text"], re.DOTALL), rule["becomes"]
    return lambda value: pattern.sub(by, value) if isinstance(value, str) else value


def _place(rule: dict[str, Any]) -> Place:
    return Place(rule.get("of", ["*"]), rule["at"])


class Rules(NamedTuple):
    """The replacements, and what is known to differ."""

    replacements: Sequence[Replacement]
    differs: Sequence[Known]

    def known(self, *, has_pipes: bool, on_mariadb: bool) -> set[str]:
        """Return what differs with such a PyTango and database."""
        return {
            each.what
            for each in self.differs
            if (has_pipes or not each.of_old_pytango) and (on_mariadb or not each.of_mariadb)
        }


def rules(name: str) -> Rules:
    """Read the rules of a file beside this one."""
    data = yaml.safe_load((Path(__file__).parent / name).read_text("utf-8"))
    replacements = [
        Replacement(
            each["what"],
            _place(each),
            _change(each),
            each["reason"],
            each.get("by_chance", False),
            each.get("of_mariadb", False),
        )
        for each in data["replacements"]
    ]
    differs = [
        Known(
            each["what"],
            _place(each),
            each["reason"],
            each.get("of_old_pytango", False),
            each.get("of_mariadb", False),
        )
        for each in data["differs"]
    ]
    return Rules(replacements, differs)


RULES = rules("replacements.yml")
"""The rules for a facility and its recording."""
REPLACEMENTS, DIFFERS = RULES


class Comparison:
    """A comparison of many answers: what is replaced, what differs, and what was known to
    differ."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.requests: Counter[str] = Counter()
        """Requests by facet."""
        self.equal = 0
        """Requests whose answers are the same, be it after replacements."""
        self.identical = 0
        """Requests whose answers needed no replacement."""
        self.replaced: Counter[str] = Counter()
        """Places where the answers would differ without a replacement, by replacement."""
        self.known: Counter[str] = Counter()
        """Requests by known difference."""
        self.differing: dict[str, list[str]] = {}
        """A text for each request whose answers differ, by facet."""

    def add(self, mode: str, question: Question, real: Answer, fake: Answer) -> None:
        self.requests[question.facet] += 1
        if _same(real, fake):
            self.equal += 1
            self.identical += 1
            return
        found = [*self._differences(str(question), "", real, fake)]
        known = [self._known(str(question), each) for each in found]
        self.known.update({each for each in known if each is not None})
        left = [each for each, what in zip(found, known, strict=True) if what is None]
        if left:
            lines = [f"{mode}: {question}", *map(_shown, left[:5])]
            if len(left) > 5:
                lines.append(f"    .. and {len(left) - 5} more")
            self.differing.setdefault(question.facet, []).append("\n".join(lines))
        elif not found:
            self.equal += 1

    def figures(self) -> list[tuple[str, int]]:
        """List all findings, and how many of each."""
        total = self.requests.total()
        return [
            ("requests", total),
            ("answers that are the same as they are", self.identical),
            ("answers that are the same after replacements", self.equal - self.identical),
            *((f"places where were replaced: {what}", n) for what, n in self.replaced.items()),
            *((f"known to differ: {what}", n) for what, n in self.known.items()),
            ("answers that differ otherwise", sum(map(len, self.differing.values()))),
        ]

    def _known(self, question: str, difference: Difference) -> str | None:
        """Return the known difference that it is."""
        differs = self.rules.differs
        fitting = (each.what for each in differs if each.place.fits(question, difference.path))
        return next(fitting, None)

    def _differences(self, question: str, path: str, real: Any, fake: Any) -> Iterator[Difference]:
        if _same(real, fake):
            return
        rules = [each for each in self.rules.replacements if each.place.fits(question, path)]
        if rules:
            for each in rules:
                changed = each.change(real), each.change(fake)
                if not (_same(changed[0], real) and _same(changed[1], fake)):
                    self.replaced[each.what] += 1
                real, fake = changed
            if not _same(real, fake):
                yield Difference(path, real, fake)
        elif isinstance(real, dict) and isinstance(fake, dict) and real.keys() == fake.keys():
            name = real.get("name", "")
            path = f"{path}.{name}" if name and name == fake["name"] else path
            for key in real:
                below = real[key], fake[key]
                yield from self._differences(question, f"{path}.{key}".lstrip("."), *below)
        elif isinstance(real, list) and isinstance(fake, list) and len(real) == len(fake):
            for index, below in enumerate(zip(real, fake, strict=True)):
                has_name = isinstance(below[0], dict) and "name" in below[0]
                step = path if has_name else f"{path}.{index}"
                yield from self._differences(question, step, *below)
        else:
            yield Difference(path, real, fake)


def _same(one: Any, other: Any) -> bool:
    """Compare with types: 1, 1.0 and true are three things."""
    return _bytes(one) == _bytes(other)


def _bytes(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _shown(difference: Difference) -> str:
    texts = (repr(each) for each in (difference.real, difference.fake))
    real, fake = (text if len(text) < 300 else f"{text[:300]}.." for text in texts)
    return f"    {difference.path}\n      real {real}\n      fake {fake}"


def check_alike(comparison: Comparison, facet: str) -> None:
    """Check that requests of a facet were made, and that none of their answers differ."""
    differing = comparison.differing.get(facet, [])
    assert comparison.requests[facet] > 0
    assert not differing, f"{len(differing)} differ\n" + "\n".join(differing[:40])
