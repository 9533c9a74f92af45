"""The sources of settings: defaults < YAML file < MTANGO_* environment < command line.

Every source gives text, which is read by the same rules; YAML is not asked what type it
thinks a value has (`no`, `1_000` and `1:30` would surprise). Each source is checked on its
own, so that a mistake is reported even where a stronger source overrides it.
"""

from __future__ import annotations

import os
import re
import reprlib
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from mtango_ref.files import Unreadable, read_file
from mtango_ref.messages import did_you_mean
from mtango_ref.openapi.extensions import ExtensionError
from mtango_ref.settings.model import (
    NOW,
    PREFIX,
    Settings,
    SettingsError,
    expected,
    option,
    variable,
)

if TYPE_CHECKING:
    import yaml

CONFIG_VARIABLE = PREFIX + "CONFIG"
_MAX_BYTES = 64 * 1024
"""The size of the largest settings file."""
CAN_FORK = hasattr(os, "fork")
HAS_UNIX_SOCKETS = hasattr(socket, "AF_UNIX")
WORKERS = 4
"""Workers of a gateway, as mtango-py has them."""


class _Entry(NamedTuple):
    """One setting as a source gives it."""

    where: str
    given: object


_Source = dict[str, _Entry]


def load_settings(
    cli: Mapping[str, object], config: Path | None, environ: Mapping[str, str]
) -> Settings:
    """Merge all sources.

    cli has settings by name, only those that were given; config is the file that the
    command line names; without it MTANGO_CONFIG may name one. Raises SettingsError.
    """
    problems: list[str] = []
    path = config or environ.get(CONFIG_VARIABLE)
    sources = [
        {} if path is None else _from_file(Path(path), problems),
        _from_environment(environ, problems),
        {name: _Entry(option(name), given) for name, given in cli.items()},
    ]
    merged: dict[str, object] = {}
    for source in sources:
        values = {name: _read(name, entry.given) for name, entry in source.items()}
        problems += _refusals(source, values)
        merged |= values
    if not problems:
        problems += _contradictions(merged, sources)
    if merged.get("backend") == "tango" and CAN_FORK:
        merged.setdefault("workers", WORKERS)
    if problems:
        raise SettingsError(problems)
    return Settings.model_validate(merged)


_OF_THE_FAKE: dict[str, tuple[object, str]] = {
    "watch": (False, "the real facility has no fixture"),
    "start_time": (NOW, "the real facility has its own time"),
    "clock": ("running", "the real facility has its own clock"),
}
"""Settings of the fake alone: what they may be beside the other backend, and why."""


def _contradictions(merged: dict[str, object], sources: list[_Source]) -> Iterator[str]:
    def where(name: str) -> str:
        return [source[name].where for source in sources if name in source][-1]

    is_tango = merged.get("backend") == "tango"
    if merged.get("workers", 1) != 1 and not (is_tango and CAN_FORK):
        why = "this system cannot fork" if is_tango else "the fake keeps its state in one process"
        yield f"{where('workers')}: expected 1: {why}"
    if merged.get("socket") is not None and not HAS_UNIX_SOCKETS:
        yield f"{where('socket')}: expected none: this system has no unix sockets"
    for name, (harmless, reason) in _OF_THE_FAKE.items():
        if is_tango and merged.get(name, harmless) != harmless:
            yield f"{where(name)}: expected the backend fake: {reason}"


def _refusals(source: _Source, values: dict[str, object]) -> Iterator[str]:
    try:
        Settings.model_validate(values)
    except ValidationError as refusal:
        errors = {str(error["loc"][0]): error for error in refusal.errors(include_url=False)}
        for name, error in errors.items():
            entry = source[name]
            reason = error.get("ctx", {}).get("error")
            if isinstance(reason, ExtensionError):
                yield f"{entry.where}: {reason}"
            else:
                yield f"{entry.where}: expected {expected(name)}, got {_show(entry.given)}"


def _show(given: object) -> str:
    shown = reprlib.Repr()
    shown.maxlevel, shown.maxstring, shown.maxother = 1, 60, 60
    return "nothing" if given is None else shown.repr(given)


def _int(text: str) -> object:
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text


def _float(text: str) -> object:
    return float(text) if re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text) else text


def _bool(text: str) -> object:
    if text.lower() in ("true", "yes", "on", "1"):
        return True
    return False if text.lower() in ("false", "no", "off", "0") else text


def _names(text: str) -> object:
    return tuple(name.strip() for name in text.split(",") if name.strip())


# Text that a reader cannot read stays text, which the model then refuses.
_READERS: dict[object, Callable[[str], object]] = {
    int: _int,
    float: _float,
    bool: _bool,
    tuple[str, ...]: _names,
    tuple[str, ...] | None: _names,
}


def _read(name: str, given: object) -> object:
    reader = _READERS.get(Settings.model_fields[name].annotation)
    return reader(given) if reader and isinstance(given, str) else given


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> _Source:
    known = {variable(name): name for name in Settings.model_fields}
    source = {}
    for key in sorted(environ):
        if key in known:
            source[known[key]] = _Entry(key, environ[key])
        elif key.startswith(PREFIX) and key != CONFIG_VARIABLE:
            problems.append(f"{key}: there is no such setting{did_you_mean(key, known)}")
    return source


def _from_file(path: Path, problems: list[str]) -> _Source:
    source: _Source = {}
    for key_node, value_node in _pairs(path, problems):
        line = f"{path}, line {key_node.start_mark.line + 1}"
        key = _plain(key_node)
        if not isinstance(key, str) or key not in Settings.model_fields:
            suggestion = did_you_mean(str(key), Settings.model_fields)
            problems.append(f"{line}: there is no setting {_show(key)}{suggestion}")
        elif key in source:
            problems.append(f"{line}, {key}: duplicate setting, expected it once")
        else:
            source[key] = _Entry(f"{line}, {key}", _plain(value_node))
    return source


def _pairs(path: Path, problems: list[str]) -> list[tuple[yaml.Node, yaml.Node]]:
    import yaml  # only where there is a file

    try:
        # A pipe, too: a shell can give one, as <(..).
        text = read_file(path, _MAX_BYTES, pipes=True).decode("utf-8-sig")
        # In Python: libyaml's recursion could end the process, this one's ends in an error.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        problems.append(f"{path}{line}: not YAML: {error.problem}")
        return []
    except (Unreadable, ValueError, yaml.YAMLError, RecursionError) as error:
        problems.append(f"{path}: cannot be read: {_reason(error)}")
        return []
    if isinstance(root, yaml.MappingNode):
        return list(root.value)
    if root is not None and _plain(root) is not None:  # an empty file is as good as none
        problems.append(f"{path}: expected lines such as 'port: 8000'")
    return []


def _reason(error: Exception) -> str:
    if isinstance(error, Unreadable):
        return error.why
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error).partition("\n")[0]


def _plain(node: yaml.Node) -> object:
    """Convert a node: texts, a list of texts, None for null, YAML's word for anything else."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) if isinstance(item, yaml.ScalarNode) else None for item in node.value]
    return {}
