"""What pydantic says of a wrong piece of a fixture, in the words of the fixture language."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, get_args

from pydantic_core import ErrorDetails

from mtango_ref.backends.fake.document import cut
from mtango_ref.backends.fake.quantities import Model
from mtango_ref.json_values import shown

MAX_COMPARED = 500
"""Names that a wrong one is compared with; comparing takes long."""

_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "an integer",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "too_short": "at least one",
}

_NAMED = {"quantity_simulation_type": "simulation", "fault": "fault"}
"""By the key that tells which it is."""


def sentence(error: ErrorDetails, model: type[Model]) -> str:
    """What is wrong; what was expected."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key; {hint(str(error['loc'][-1]), keys(model, error['loc'][:-1]))}"
    if kind == "missing":
        return "missing; expected a value"
    if kind == "enum":
        labels = context["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        return f"{shown(error['input'])} is not known; {hint(str(error['input']), labels)}"
    if kind == "union_tag_invalid":
        tags = context["expected_tags"].replace("'", "").split(", ")
        return f"{cut(context['tag'])!r} is not known; {hint(context['tag'], tags)}"
    if kind == "union_tag_not_found":
        missing = context["discriminator"].strip("'")
        return f"{missing} is missing; expected the name of a {_NAMED[missing]}"
    said = error["msg"].replace("Input should be ", "").replace("Value error, ", "")
    expected = _EXPECTED.get(kind, said)
    return f"{shown(error['input'])} does not fit; expected {expected}"


def hint(word: str, known: Iterable[str]) -> str:
    """`did you mean X?`, or `expected` and all that is known."""
    names = sorted(islice(known, MAX_COMPARED))
    lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower()[:100], lower, n=1)
    if close:
        return f"did you mean {cut(lower[close[0]])}?"
    return f"expected {_one_of(names)}" if names else "there is none"


def _one_of(names: list[str]) -> str:
    more = f" or {len(names) - 40} others" if len(names) > 40 else ""
    return ("one of " if len(names) > 1 else "") + ", ".join(map(cut, names[:40])) + more


def keys(model: type[Model], path: Iterable[Any]) -> list[str]:
    """The keys that the language has at a place below a model."""
    models = [model]
    for part in path:
        below = [
            inner
            for outer in models
            for name, field in outer.model_fields.items()
            if part in (name, field.alias)
            for inner in _models(field.annotation)
        ]
        # A part that names no field is a name of the user's, an index or a union's tag.
        models = (
            below
            or [each for each in models if each.__name__.lower() == str(part).lower()]
            or models
        )
    return [field.alias or name for each in models for name, field in each.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
