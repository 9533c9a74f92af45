"""Recorded devices -> classes, and how each device differs from its class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any, NamedTuple

from mtango_ref.fixture.language import (
    BUILT_IN_ATTRIBUTES,
    BUILT_IN_COMMANDS,
    AttributeOverride,
    CommandOverride,
)
from mtango_ref.tools.recorder.model_to_fixture import (
    COMMAND_DEFAULTS,
    Words,
    attribute_defaults,
    different,
)
from mtango_ref.tools.recorder.recording import Recording

_OWN: Words = {"polling_period": None, "properties": {}}
"""The words that are a device's own, even if it is the only one of its class; and their
defaults."""


class _Part(NamedTuple):
    """The rules of the language for attributes, or for commands."""

    built_in: Mapping[str, Words]
    """The parts that every device has, with all words."""
    overrides: frozenset[str]
    """The words in which a device may differ from its class."""
    marks: Words
    """The words of which a definition needs one, be it the default."""
    defaults: Callable[[str, Words], Words]


_PARTS = {
    "attributes": _Part(
        {
            name: attribute_defaults(name, {"data_type": each.data_type.value})
            | {"data_type": each.data_type.value}
            for name, each in BUILT_IN_ATTRIBUTES.items()
        },
        frozenset(AttributeOverride.model_fields),
        {},
        attribute_defaults,
    ),
    "commands": _Part(
        {name: each.model_dump() for name, each in BUILT_IN_COMMANDS.items()},
        frozenset(CommandOverride.model_fields),
        {"in_type": "DevVoid"},
        lambda _, __: COMMAND_DEFAULTS,
    ),
}


def classes_of(
    recordings: Sequence[Recording], properties: Callable[[str], Mapping[str, Any]]
) -> dict[str, Words]:
    """Find what the running devices of a class share, without Tango's defaults; properties:
    those of a class."""
    return {
        name: _filled(
            {
                "properties": properties(name),
                **{part: _defined(name, recordings, part) for part in _PARTS},
                "pipes": _common(name, recordings, "pipes"),
            }
        )
        for name in dict.fromkeys(each.class_name for each in recordings)
    }


def _defined(class_name: str, recordings: Sequence[Recording], part: str) -> dict[str, Words]:
    common = _common(class_name, recordings, part)
    return {
        name: _definition(part, name, words)
        for name, words in common.items()
        if name not in _PARTS[part].built_in
    }


def _common(class_name: str, recordings: Sequence[Recording], part: str) -> dict[str, Words]:
    """Return what all devices of the class begin with, as the first of them has it.

    What comes after the first difference is dynamic, and is each device's own, so that its order
    is kept. So are commands after the first that is out of the alphabet's order: Tango sorts
    those of a class.
    """
    lists = [each.parts[part] for each in recordings if each.runs and each.class_name == class_name]
    if not lists:
        return {}
    names = [
        same[0] for same in takewhile(lambda same: len({*same}) == 1, zip(*lists, strict=False))
    ]
    if part == "commands":
        names = names[: _sorted_length(names)]
    return {name: lists[0][name] for name in names}


def _sorted_length(names: Sequence[str]) -> int:
    pairs = pairwise(names)
    return min(len(names), 1 + sum(1 for _ in takewhile(lambda pair: pair[0] < pair[1], pairs)))


def _definition(part: str, name: str, words: Words) -> Words:
    """Write the definition of a class or of one device, without Tango's defaults."""
    kind = _PARTS[part]
    shared = {key: value for key, value in words.items() if key not in _OWN}
    return different(shared, kind.defaults(name, shared))


def devices_of(recordings: Sequence[Recording]) -> dict[str, Words]:
    """Return what each device owns, and what it has other than its class."""
    commons = {
        (name, part): _common(name, recordings, part)
        for name in dict.fromkeys(each.class_name for each in recordings)
        for part in (*_PARTS, "pipes")
    }
    return {each.name: {**each.words, **_filled(_own_parts(each, commons))} for each in recordings}


def _own_parts(
    recording: Recording, commons: Mapping[tuple[str, str], Mapping[str, Words]]
) -> dict[str, dict[str, Words]]:
    if not recording.runs:
        return {}
    pipes = different(recording.parts["pipes"], commons[recording.class_name, "pipes"])
    own = {part: _own(recording, part, commons[recording.class_name, part]) for part in _PARTS}
    return {**own, "pipes": pipes}


def _own(recording: Recording, part: str, common: Mapping[str, Words]) -> dict[str, Words]:
    kind = _PARTS[part]
    found = {}
    for name, words in recording.parts[part].items():
        base = kind.built_in.get(name) or common.get(name)
        override = different(words, {**base, **_OWN}) if base else words
        if base and override.keys() <= kind.overrides:
            found[name] = override
        elif name in kind.built_in:
            found[name] = {key: override[key] for key in override if key in kind.overrides}
        else:
            own = {key: value for key, value in words.items() if key in _OWN and value}
            found[name] = {**kind.marks, **_definition(part, name, words), **own}
    return _filled(found)


def _filled(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value}
